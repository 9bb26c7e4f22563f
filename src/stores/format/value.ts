/**
 * Values as people write them: what a raw number stands for, without the noise of binary fractions.
 *
 * 213 × 0.1 is 21.3, not 21.300000000000001, and the float32 nearest to 0.1 is 0.1, not 0.10000000149011612.
 * Every store gives values back through here, so that all of them give the same.
 */
import type { RawValue, Value } from '../../readings/batch.ts';
import { isNumeric, type SensorInfo } from '../../readings/sensor-info.ts';

/** Decimals that a double can hold beside a few digits before the point. */
const MAX_EXACT_DECIMALS = 15;
const POWERS_OF_TEN = Array.from({ length: MAX_EXACT_DECIMALS + 1 }, (_, power) => 10 ** power);

/** A function from raw values of a sensor to values. Whole numbers with a decimal scale come out exact. */
export function valueReader(sensor: SensorInfo): (raw: RawValue) => Value {
  const { type, scale, offset } = sensor;
  if (type === 'bool') return raw => raw !== 0;
  if (!isNumeric(type)) return raw => raw;
  const read = numberReader(type, scale, offset);
  return raw => read(raw as number);
}

/** As {@link valueReader}, for a numeric type. */
export function numberReader(
  type: SensorInfo['type'],
  scale: number,
  offset: number,
): (raw: number) => number {
  if (scale === 1 && offset === 0) return type === 'float32' ? shortestFloat32 : raw => raw;
  const decimals = exactDecimals(type, scale, offset);
  if (decimals !== undefined) return raw => roundTo(raw * scale + offset, decimals);
  return raw => withoutNoise(raw * scale, offset);
}

/**
 * How many decimals every value of a sensor of whole numbers has at most, or undefined where they are not
 * whole or the scale has more decimals than a double keeps.
 */
export function exactDecimals(type: SensorInfo['type'], scale: number, offset: number): number | undefined {
  if (type !== 'int' && type !== 'uint') return undefined;
  const decimals = Math.max(decimalsOf(scale), decimalsOf(offset));
  return decimals <= MAX_EXACT_DECIMALS ? decimals : undefined;
}

function decimalsOf(value: number): number {
  const [, fraction = '', exponent = '0'] = /^-?\d+(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? [];
  return Math.max(0, fraction.length - Number(exponent));
}

function roundTo(value: number, decimals: number): number {
  const power = POWERS_OF_TEN[decimals] ?? 1;
  const scaled = value * power;
  // From 2^53 on there is nothing to round.
  return Math.abs(scaled) < Number.MAX_SAFE_INTEGER ? Math.round(scaled) / power : value;
}

/** Keeps 15 significant digits of the larger term: what is below them is the noise of the smaller one. */
function withoutNoise(product: number, offset: number): number {
  const value = product + offset;
  if (!Number.isFinite(value) || value === 0) return value;
  const magnitude = Math.floor(Math.log10(Math.max(Math.abs(product), Math.abs(offset)))) + 1;
  const digits = 15 - magnitude;
  if (digits >= 0 && digits <= 100) return Number(value.toFixed(digits));
  return Number(value.toPrecision(15));
}

/** The shortest decimal number that is nearest to the same float32. */
export function shortestFloat32(value: number): number {
  if (!Number.isFinite(value) || Number.isInteger(value)) return value;
  const short = Math.round(value * 10_000) / 10_000;
  if (Math.fround(short) === value) return short;
  for (let digits = 6; digits <= 9; digits++) {
    const candidate = Number(value.toPrecision(digits));
    if (Math.fround(candidate) === value) return candidate;
  }
  return value;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Bytes as hexadecimal digits. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte];
  return text;
}

/** Hexadecimal digits as bytes. */
export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length >> 1 }, (_, at) => Number.parseInt(hex.substr(at * 2, 2), 16));
}
