/** The flags of `sensewire demo`. */
import { Command } from 'commander';
import { parseDuration } from '../../time/quantities.ts';
import { examples, flag, JSON_FLAG } from './flags.ts';

export interface DemoFlags {
  readonly for?: number;
  readonly web?: string;
  readonly store?: string;
  readonly json?: boolean;
}

export function demoCommand(): Command {
  return new Command('demo')
    .description('everything in one: a collector, sensors over TCP, UDP and a Unix socket, and a live view')
    .option('--for <D>', 'end after this time (default: on Ctrl-C)', flag(parseDuration))
    .option('--web <[HOST:]PORT>', 'show a live page there (default: no page)')
    .option(
      '--store <SPEC>',
      'where the readings go (default: an SQLite file in a new folder below the temporary one)',
    )
    .option(...JSON_FLAG)
    .addHelpText('after', examples('demo', 'demo --for 10s --web 8080'))
    .action(async (flags: DemoFlags) => (await import('../commands/demo.ts')).demo(flags));
}
