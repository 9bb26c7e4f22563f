/**
 * Sensors that appear with their first reading: keys of JSON lines, columns of a file.
 *
 * The first value decides the type for good; a later one of another type is a problem, never a second sensor.
 * At most `MAX_FOUND` sensors, so that an input with endless new keys cannot fill memory.
 */
import type { RawValue } from '../readings/batch.ts';
import { type SensorInfo, sensorInfo, sensorProblem } from '../readings/sensor-info.ts';

/** Ten times the columns of the widest logger that we know of. */
const MAX_FOUND = 1_000;

/** A value before it has a sensor. */
export type PlainValue = number | boolean | string;

/** A reading, or why there is none: a reason to count under, and a sentence. */
export type Found =
  | { readonly sensor: SensorInfo; readonly raw: RawValue }
  | { readonly reason: string; readonly detail: string };

interface Entry {
  readonly sensor: SensorInfo;
  left: number;
}

const TYPES = { number: 'float64', boolean: 'bool', string: 'text' } as const;

/** The sensors of one input, and how many more readings each may give. */
export class FoundSensors {
  readonly #entries = new Map<string, Entry>();
  readonly #count: number;
  #unfinished = 0;

  /** @param count readings of each sensor after which it gives no more. */
  constructor(count: number = Number.POSITIVE_INFINITY) {
    this.#count = count;
  }

  /** True when there are sensors and each has given all its readings, or none may give any. */
  get finished(): boolean {
    return this.#count === 0 || (this.#entries.size > 0 && this.#unfinished === 0);
  }

  get sensors(): readonly SensorInfo[] {
    return [...this.#entries.values()].map(({ sensor }) => sensor);
  }

  /** The sensor of a key, where it has appeared. */
  known(key: string): SensorInfo | undefined {
    return this.#entries.get(key)?.sensor;
  }

  /** A reading of the sensor `key`; undefined where it has given all it may. */
  take(key: string, value: PlainValue, describe: () => { name: string; unit: string }): Found | undefined {
    const entry = this.#entries.get(key) ?? this.#appear(key, value, describe());
    if ('reason' in entry) return entry;
    const { sensor } = entry;
    if (sensor.type !== TYPES[typeof value as keyof typeof TYPES]) {
      const detail = `"${sensor.name}" began as ${sensor.type} and now gave ${JSON.stringify(value)}`;
      return { reason: 'type changed', detail };
    }
    if (entry.left === 0) return undefined;
    if (--entry.left === 0) this.#unfinished--;
    return { sensor, raw: typeof value === 'boolean' ? Number(value) : value };
  }

  #appear(
    key: string,
    value: PlainValue,
    named: { name: string; unit: string },
  ): Entry | Exclude<Found, { raw: RawValue }> {
    if (this.#entries.size >= MAX_FOUND) {
      return {
        reason: 'too many sensors',
        detail: `"${named.name}" would be one more than ${MAX_FOUND} sensors`,
      };
    }
    const sensor = sensorInfo({ ...named, type: TYPES[typeof value as keyof typeof TYPES] });
    const problem = sensorProblem(sensor);
    if (problem !== undefined) {
      return { reason: 'bad name', detail: `${JSON.stringify(named.name)} cannot be a sensor: ${problem}` };
    }
    const entry = { sensor, left: this.#count };
    this.#entries.set(key, entry);
    this.#unfinished++;
    return entry;
  }
}
