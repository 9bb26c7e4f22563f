/**
 * What a row of the table is: something measured on its own, with its bars.
 */
import { type Metric, type Report, type Row, type Target, target } from '../harness/report.ts';
import type { Workbench } from '../harness/workbench.ts';
import type { Emulator } from './emulator.ts';

/** How to measure. */
export interface Setting {
  readonly workbench: Workbench;
  readonly emulator: Emulator;
  /** tcp_w1.py, the thin stream over the kernel's TCP. */
  readonly tcpProgram: string;
  readonly seed: number;
  /** Short: shows that it works, not how well. */
  readonly quick: boolean;
  /** Without it nothing but ours is measured, and bars that name another protocol are left out. */
  readonly hasOthers: boolean;
}

/** One row. The words of its name choose it on the command line. */
export interface BenchRow {
  readonly name: string;
  measure(setting: Setting): Promise<Report>;
}

export const OURS = 'reliable UDP';

/** A bar: what it is about, what was measured, and what it may be. Undefined where there is nothing to compare with. */
export type Bar = readonly [text: string, value: number, relation: '≥' | '≤', limit: number | undefined];

/** A variant that was measured once. */
export function once(variant: string, values: Readonly<Record<string, number>>): Row {
  return {
    variant,
    samples: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, [value]])),
  };
}

/** A report of a row; ours is the first of its variants. */
export function reportOf(
  title: string,
  metrics: readonly Metric[],
  rows: readonly Row[],
  bars: readonly Bar[],
  notes: readonly string[] = [],
): Report {
  return { title, metrics, rows, ours: rows[0]!.variant, targets: bars.flatMap(targetOf), notes };
}

function targetOf([text, value, relation, limit]: Bar): Target[] {
  return limit === undefined ? [] : target(text, value, relation, limit);
}
