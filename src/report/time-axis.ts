/** Time along the bottom of a plot: from the beginning of a conversation, in the unit that fits its length. */
import type { Axis } from './chart.ts';
import { between } from './scale.ts';

export interface TimeAxis extends Axis {
  /** When it begins, in nanoseconds since the capture's first frame. */
  readonly startNs: number;
  /** Nanoseconds of one unit. */
  readonly each: number;
}

const UNITS = [
  ['h', 3_600e9, 2 * 3_600e9],
  ['min', 60e9, 5 * 60e9],
  ['s', 1e9, 1e9],
  ['ms', 1e6, 1e6],
  ['µs', 1e3, 0],
] as const;

export function timeAxis(startNs: number, durationNs: number): TimeAxis {
  const [unit, each] = unitFor(durationNs);
  return { scale: between(0, durationNs / each), unit, startNs, each };
}

/** The unit in which so long a time is a number of a few digits, and its nanoseconds. */
export function unitFor(ns: number): readonly [unit: string, ns: number] {
  const [unit, each] = UNITS.find(([, , least]) => ns >= least) ?? UNITS[4];
  return [unit, each];
}
