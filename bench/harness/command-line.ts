/**
 * The arguments that every benchmark takes.
 */
import { parseArgs } from 'node:util';
import { printReport } from './print.ts';
import type { BenchOptions, Report } from './report.ts';

export interface BenchArguments extends BenchOptions {
  /** Which benchmarks; none: all. */
  readonly names: readonly string[];
  /** Where to write everything as JSON. */
  readonly json?: string;
}

/** Reads `[NAMES...] [--rounds N] [--quick] [--json FILE]`; ends the process with 2 where that is not what it gets. */
export function benchArguments(args: readonly string[] = process.argv.slice(2)): BenchArguments {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { rounds: { type: 'string' }, quick: { type: 'boolean' }, json: { type: 'string' } },
    });
    const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
    if (rounds !== undefined && !(Number.isInteger(rounds) && rounds >= 1))
      throw new Error(`--rounds takes a whole number from 1, not ${values.rounds}`);
    return {
      names: positionals,
      quick: values.quick ?? false,
      ...(rounds !== undefined && { rounds }),
      ...(values.json !== undefined && { json: values.json }),
    };
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(2);
  }
}

/** One benchmark as a program of its own. */
export async function runAlone(run: (options: BenchOptions) => Promise<readonly Report[]>): Promise<void> {
  for (const report of await run(benchArguments())) printReport(report);
}
