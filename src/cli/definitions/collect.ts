/** The flags of `sensewire collect`. */
import { Command } from 'commander';
import { parseDuration } from '../../time/quantities.ts';
import { CAPTURE_FLAG, examples, flag, JSON_FLAG, QUIET_FLAG, repeated, wholeNumber } from './flags.ts';

export interface CollectFlags {
  readonly listen?: readonly string[];
  readonly store?: readonly string[];
  readonly count?: number;
  readonly for?: number;
  readonly web?: string;
  readonly control?: boolean;
  readonly mostConnections: number;
  readonly mostSensors: number;
  readonly capture?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export function collectCommand(): Command {
  return new Command('collect')
    .description('take readings from any number of senders and store them')
    .option(
      '--listen <URL>',
      'address to listen at; repeat for more (default: tcp:// and udp://127.0.0.1:50010)',
      repeated,
    )
    .option(
      '--store <SPEC>',
      'text:FILE, csv:FILE, jsonl:FILE, sqlite:FILE or none; repeat for more (default: sqlite:sensewire.db)',
      repeated,
    )
    .option('--count <N>', 'end after N readings are stored (default: no end)', wholeNumber(1))
    .option('--for <D>', 'end after this time, such as 30s (default: no end)', flag(parseDuration))
    .option('--web <[HOST:]PORT>', 'show a live page there (default: no page)')
    .option(
      '--control',
      'take commands for sensors from standard input: rate NAME 10Hz, pause NAME, resume NAME (default: off)',
    )
    .option('--most-connections <N>', 'connections and datagram peers at once', wholeNumber(1), 10_000)
    .option('--most-sensors <N>', 'sensors of one sender', wholeNumber(1), 256)
    .option(...CAPTURE_FLAG)
    .option(...JSON_FLAG)
    .option(...QUIET_FLAG)
    .addHelpText(
      'after',
      examples(
        'collect --listen tcp://*:50010 --listen udp://*:50010',
        'collect --listen tcp://127.0.0.1:50007 --store text:first100.txt --count 100',
      ),
    )
    .action(async (flags: CollectFlags) => (await import('../commands/collect.ts')).collect(flags));
}
