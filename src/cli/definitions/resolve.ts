/** The flags of `sensewire resolve`. */
import { Command, Option } from 'commander';
import { parseDuration } from '../../time/quantities.ts';
import { examples, flag, JSON_FLAG, repeated } from './flags.ts';

export interface ResolveFlags {
  readonly server?: readonly string[];
  /** Microseconds. */
  readonly timeout: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export function resolveCommand(): Command {
  return new Command('resolve')
    .description(
      'everything about a name: its addresses, their names, its port, and how long each look-up took',
    )
    .argument('<NAME>', 'a host name or IP address, with :SERVICE or :PORT if wanted, such as localhost:http')
    .option(
      '--server <HOST[:PORT]>',
      "the name server to ask; repeat for more (default: this system's)",
      repeated,
    )
    .addOption(
      new Option('--timeout <D>', 'the most that one look-up may take')
        .argParser(flag(parseDuration))
        .default(2_000_000, '2s'),
    )
    .option(...JSON_FLAG)
    .option('-q, --quiet', 'only what was found, without the look-ups')
    .addHelpText(
      'after',
      examples(
        'resolve www.example.com',
        'resolve 192.168.1.20',
        'resolve localhost:http --json',
        'resolve sensor.lab --server 192.168.1.1:53 --timeout 500ms',
      ),
    )
    .action(async (name: string, flags: ResolveFlags) =>
      (await import('../commands/resolve.ts')).resolve(name, flags),
    );
}
