/**
 * The generated sensors: random values and waves, for trials without hardware.
 *
 * Deterministic: a wave depends only on the time since the first sample, `random` and `walk` only on their
 * seed and the number of samples before. None reads a clock. By default each looks like a room's temperature
 * and is announced as whole steps of its resolution.
 */
import type { RawValue } from '../readings/batch.ts';
import { type ReadingType, sensorInfo } from '../readings/sensor-info.ts';
import { quantizer } from './quantizer.ts';
import { RandomNumbers } from './random-numbers.ts';
import type { Probe } from './source.ts';
import { badSpec, SpecOptions } from './spec-options.ts';

/** A probe of one sensor that holds nothing. */
function generatedProbe(
  info: Parameters<typeof sensorInfo>[0],
  next: (elapsedUs: number) => RawValue,
): Probe {
  return {
    sensors: [sensorInfo(info)],
    sample: elapsedUs => [next(elapsedUs)],
    close: () => undefined,
  };
}

/** The options of `random`. */
const RANDOM_KEYS = ['seed', 'min', 'max', 'resolution', 'type', 'length', 'name', 'unit'] as const;

/** `random[:…]`: evenly distributed, like a TMP36 in a moody room; of any type, for trials. */
export function randomProbe(spec: string, text: string): Probe {
  const options = SpecOptions.parse(spec, text, RANDOM_KEYS);
  const type = options.choice('type', ['int', 'uint', 'float32', 'float64', 'bool', 'text', 'bytes']);
  const numbers = new RandomNumbers(seedOf(options));
  const info = { name: options.text('name', 'random'), unit: options.text('unit', defaultUnit(type)) };
  if (type === 'bool') return generatedProbe({ ...info, type }, () => numbers.below(2));
  if (type === 'text' || type === 'bytes') {
    const length = options.number('length', 8, { least: 0, most: 4096, whole: true });
    return generatedProbe({ ...info, type }, () =>
      type === 'text' ? randomLetters(numbers, length) : randomBytes(numbers, length),
    );
  }
  const { min, max } = boundsOf(spec, options);
  const resolution = options.number('resolution', 0.1, { above: 0 });
  const steps = Math.floor((max - min) / resolution + 1e-9);
  if (!Number.isSafeInteger(steps)) throw badSpec(spec, `resolution=${resolution} is too fine for its range`);
  const { info: scaling, toRaw } = quantizer(type, resolution, min);
  const isFloat = type === 'float32' || type === 'float64';
  return generatedProbe({ ...info, ...scaling }, () =>
    isFloat ? toRaw(min + numbers.unit() * (max - min)) : numbers.below(steps + 1),
  );
}

/** The options of `sine`. */
const SINE_KEYS = ['period', 'amplitude', 'mean', 'phase', 'resolution', 'type', 'name', 'unit'] as const;

/** `sine[:…]`: mean + amplitude × sin(2π × (elapsed / period + phase)). */
export function sineProbe(spec: string, text: string): Probe {
  const options = SpecOptions.parse(spec, text, SINE_KEYS);
  const type = options.choice('type', ['int', 'float32', 'float64']);
  const { phaseAt, mean, amplitude, resolution, info } = waveOptions(options, 'sine', type);
  const { info: scaling, toRaw } = quantizer(type, resolution, mean);
  return generatedProbe({ ...info, ...scaling }, elapsedUs =>
    toRaw(mean + amplitude * Math.sin(2 * Math.PI * phaseAt(elapsedUs))),
  );
}

/** The options of `square`. */
const SQUARE_KEYS = [...SINE_KEYS, 'duty'] as const;

/** `square[:…]`: mean + amplitude for `duty` of each period, then mean − amplitude; or true and false. */
export function squareProbe(spec: string, text: string): Probe {
  const options = SpecOptions.parse(spec, text, SQUARE_KEYS);
  const type = options.choice('type', ['int', 'float32', 'float64', 'bool']);
  const { phaseAt, mean, amplitude, resolution, info } = waveOptions(options, 'square', type);
  const duty = options.number('duty', 0.5, { least: 0, most: 1 });
  const isHigh = (elapsedUs: number): boolean => phaseAt(elapsedUs) < duty;
  if (type === 'bool') return generatedProbe({ ...info, type }, elapsedUs => Number(isHigh(elapsedUs)));
  const { info: scaling, toRaw } = quantizer(type, resolution, mean);
  return generatedProbe({ ...info, ...scaling }, elapsedUs =>
    toRaw(isHigh(elapsedUs) ? mean + amplitude : mean - amplitude),
  );
}

/** The options of `walk`. */
const WALK_KEYS = ['seed', 'min', 'max', 'start', 'step', 'resolution', 'type', 'name', 'unit'] as const;

/** `walk[:…]`: each value is at most `step` from the one before, and stays within `min` and `max`. */
export function walkProbe(spec: string, text: string): Probe {
  const options = SpecOptions.parse(spec, text, WALK_KEYS);
  const type = options.choice('type', ['int', 'float32', 'float64']);
  const { min, max } = boundsOf(spec, options);
  const start = options.number('start', (min + max) / 2, { least: min, most: max });
  const step = options.number('step', 0.1, { above: 0 });
  const numbers = new RandomNumbers(seedOf(options));
  const { info: scaling, toRaw } = quantizer(type, options.number('resolution', 0.01, { above: 0 }), start);
  const info = { name: options.text('name', 'walk'), unit: options.text('unit', '°C') };
  let value = start;
  return generatedProbe({ ...info, ...scaling }, () => {
    const raw = toRaw(value);
    value = Math.min(max, Math.max(min, value + (2 * numbers.unit() - 1) * step));
    return raw;
  });
}

interface WaveOptions {
  readonly mean: number;
  readonly amplitude: number;
  readonly resolution: number;
  readonly info: { readonly name: string; readonly unit: string };
  /** Where in its period the wave is, from 0 to below 1; exact after days, since the time is cut first. */
  phaseAt(elapsedUs: number): number;
}

function waveOptions(options: SpecOptions, name: string, type: ReadingType): WaveOptions {
  const periodUs = options.duration('period', 10_000_000);
  const phase = options.number('phase', 0);
  return {
    mean: options.number('mean', 20),
    amplitude: options.number('amplitude', 5),
    resolution: options.number('resolution', 0.01, { above: 0 }),
    info: { name: options.text('name', name), unit: options.text('unit', defaultUnit(type)) },
    phaseAt: (elapsedUs: number): number => {
      const turns = (elapsedUs % periodUs) / periodUs + phase;
      return turns - Math.floor(turns);
    },
  };
}

function defaultUnit(type: ReadingType): string {
  return type === 'bool' || type === 'text' || type === 'bytes' ? '' : '°C';
}

function seedOf(options: SpecOptions): number {
  return options.number('seed', 1, { least: 0, most: 2 ** 32 - 1, whole: true });
}

function boundsOf(spec: string, options: SpecOptions): { min: number; max: number } {
  const [min, max] = [options.number('min', 15), options.number('max', 35)];
  if (min >= max) throw badSpec(spec, `min=${min} should be below max=${max}`);
  return { min, max };
}

function randomLetters(numbers: RandomNumbers, length: number): string {
  return Array.from({ length }, () => String.fromCharCode(97 + numbers.below(26))).join('');
}

function randomBytes(numbers: RandomNumbers, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => numbers.below(256));
}
