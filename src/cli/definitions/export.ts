/** The flags of `sensewire export`. */
import { Command, Option } from 'commander';
import { examples } from './flags.ts';

export interface ExportFlags {
  readonly format: 'csv' | 'jsonl' | 'line';
  readonly sensor?: string;
  readonly from?: string;
  readonly to?: string;
}

export function exportCommand(): Command {
  return new Command('export')
    .description('print the readings of a store')
    .argument('<STORE>', 'sqlite:FILE, csv:FILE or jsonl:FILE, or just the file')
    .addOption(
      new Option('--format <F>', 'csv, jsonl, or line (InfluxDB line protocol)')
        .choices(['csv', 'jsonl', 'line'])
        .default('csv'),
    )
    .option('--sensor <NAME>', 'only this sensor (default: all)')
    .option(
      '--from <TIME>',
      'from this time on: 2026-11-20T20:43:58Z, or 5m for five minutes ago (default: the first)',
    )
    .option('--to <TIME>', 'before this time (default: the last)')
    .addHelpText(
      'after',
      examples(
        'export sensewire.db > readings.csv',
        'export sqlite:sensewire.db --sensor tmp36 --from 1h --format jsonl',
      ),
    )
    .action(async (store: string, flags: ExportFlags) =>
      (await import('../commands/export.ts')).exportReadings(store, flags),
    );
}
