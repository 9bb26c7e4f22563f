/** Values along the side of a plot: from 0 to the largest, in the unit that fits. */
import type { Axis } from './chart.ts';
import { fromZero } from './scale.ts';

export interface UnitAxis extends Axis {
  /** What one unit is, in bytes or bits a second. */
  readonly each: number;
}

const BYTES: readonly (readonly [string, number])[] = [
  ['GiB', 2 ** 30],
  ['MiB', 2 ** 20],
  ['KiB', 2 ** 10],
];
const RATES: readonly (readonly [string, number])[] = [
  ['Gbit/s', 1e9],
  ['Mbit/s', 1e6],
  ['kbit/s', 1e3],
];
/** Below so many units the smaller one reads better. */
const LEAST_UNITS = 10;

export function bytesAxis(most: number): UnitAxis {
  return axisOf(most, BYTES, 'B', LEAST_UNITS);
}

export function rateAxis(most: number): UnitAxis {
  return axisOf(most, RATES, 'bit/s', 1);
}

function axisOf(
  most: number,
  units: readonly (readonly [string, number])[],
  smallest: string,
  least: number,
): UnitAxis {
  const [unit, each] = units.find(([, size]) => most >= least * size) ?? [smallest, 1];
  return { scale: fromZero(most / each), unit, each };
}
