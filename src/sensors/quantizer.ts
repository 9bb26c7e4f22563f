/**
 * Values as whole numbers of steps, so that the wire carries a small number and not eight bytes.
 *
 * value = raw × resolution + origin for `int` and `uint`; the value itself for floats.
 */
import type { SensorInfo } from '../readings/sensor-info.ts';

/** The types that a generated signal can have. */
export type NumericType = 'int' | 'uint' | 'float32' | 'float64';

/** How values become raw numbers, and what the sensor says about it. */
export interface Quantizer {
  readonly info: Pick<SensorInfo, 'type' | 'scale' | 'offset'>;
  toRaw(value: number): number;
}

/** @param origin the value that has raw number 0; a `uint` sensor must not go below it. */
export function quantizer(type: NumericType, resolution: number, origin: number): Quantizer {
  if (type === 'float64') return { info: { type, scale: 1, offset: 0 }, toRaw: value => value };
  if (type === 'float32') return { info: { type, scale: 1, offset: 0 }, toRaw: Math.fround };
  return {
    info: { type, scale: resolution, offset: origin },
    // Adding 0 makes −0 a plain 0: a whole number on the wire has no sign of zero.
    toRaw: value => Math.round((value - origin) / resolution) + 0,
  };
}
