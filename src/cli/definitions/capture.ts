/** The flags of `sensewire capture`. */
import { Command, Option } from 'commander';
import { parseDuration, parseSize } from '../../time/quantities.ts';
import { examples, flag, JSON_FLAG, QUIET_FLAG, wholeNumber } from './flags.ts';

export interface CaptureFlags {
  readonly interface: string;
  readonly filter?: string;
  readonly output?: string;
  readonly count?: number;
  readonly for?: number;
  readonly snaplen?: number;
  readonly promiscuous?: boolean;
  readonly explain?: boolean;
  readonly method?: 'ring' | 'tcpdump';
  readonly list?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export function captureCommand(): Command {
  return new Command('capture')
    .description('record what goes over an interface, complete from the first packet to the last')
    .option('-i, --interface <NAME>', 'where to capture; any is every interface at once', 'any')
    .option(
      '-f, --filter <FILTER>',
      'what to capture, in the words of pcap-filter(7), such as "tcp port 50007" (default: everything)',
    )
    .option(
      '-o, --output <FILE>',
      'write a pcapng file, which Wireshark opens; - is standard output (default: none: each frame is explained)',
    )
    .option('--count <N>', 'end after N packets (default: on Ctrl-C)', wholeNumber(1))
    .option('--for <D>', 'end after this time (default: on Ctrl-C)', flag(parseDuration))
    .option('--snaplen <SIZE>', 'keep so much of each packet (default: all)', flag(parseSize))
    .option('--promiscuous', 'also frames for other machines, where the interface sees them (default: off)')
    .option('--explain', 'print each frame as it comes, and what it means (default: off with -o)')
    .addOption(
      new Option('--method <M>', 'how to capture (default: ring, and tcpdump where that cannot be)').choices([
        'ring',
        'tcpdump',
      ]),
    )
    .option('--list', 'show the interfaces, and end')
    .option(...JSON_FLAG)
    .option(...QUIET_FLAG)
    .addHelpText(
      'after',
      examples(
        'capture -i lo -f "tcp port 50007" -o talk.pcapng',
        'capture -i lo -f udp --explain --count 10',
        'capture --list',
        'capture -o - -f "host 192.0.2.7" | wireshark -k -i -',
      ),
    )
    .action(async (flags: CaptureFlags) => (await import('../commands/capture.ts')).capture(flags));
}
