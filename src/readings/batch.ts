/**
 * Readings of one sensor as columns: no object for each reading, from the sensor to the store.
 */
import { isNumeric, LARGEST_WHOLE, type ReadingType, type SensorInfo } from './sensor-info.ts';

/**
 * The raw values of a batch. Numbers for `bool` (0 or 1), `int`, `uint`, `float32` and `float64`;
 * strings for `text`; byte arrays for `bytes`.
 */
export type Column = Float64Array | readonly string[] | readonly Uint8Array[];

/** One raw value, before scale and offset. */
export type RawValue = number | string | Uint8Array;

/** One value as people mean it: scaled, and a boolean for `bool`. */
export type Value = number | boolean | string | Uint8Array;

/** Readings of one sensor, in the order they were taken; both columns have the same length. */
export interface Batch {
  /** When each was taken: whole microseconds since 1970-01-01 UTC. */
  readonly times: Float64Array;
  readonly values: Column;
}

/** The value that a raw one stands for. */
export function toValue(info: SensorInfo, raw: RawValue): Value {
  if (typeof raw !== 'number') return raw;
  return info.type === 'bool' ? raw !== 0 : raw * info.scale + info.offset;
}

/** Readings `from` (included) to `to` (excluded) of a batch; columns of numbers are views, not copies. */
export function sliceBatch(batch: Batch, from: number, to: number = batch.times.length): Batch {
  const { times, values } = batch;
  return {
    times: times.subarray(from, to),
    values: values instanceof Float64Array ? values.subarray(from, to) : (values.slice(from, to) as Column),
  };
}

/** Says what is wrong with a raw value for a sensor of this type, as the end of a sentence, or undefined. */
export function rawProblem(type: ReadingType, raw: unknown): string | undefined {
  switch (type) {
    case 'text':
      return typeof raw === 'string' ? undefined : 'a text reading is a string';
    case 'bytes':
      return raw instanceof Uint8Array ? undefined : 'a bytes reading is a Uint8Array';
    case 'bool':
      return raw === 0 || raw === 1 ? undefined : 'a bool reading is 0 or 1';
    case 'int':
      return isWhole(raw, -LARGEST_WHOLE) ? undefined : 'an int reading is a whole number within ±(2^52 − 1)';
    case 'uint':
      return isWhole(raw, 0) ? undefined : 'a uint reading is a whole number from 0 to 2^52 − 1';
    default:
      return isNumeric(type) && typeof raw === 'number' ? undefined : `a ${type} reading is a number`;
  }
}

function isWhole(raw: unknown, least: number): boolean {
  return Number.isInteger(raw) && (raw as number) >= least && (raw as number) <= LARGEST_WHOLE;
}
