/** The flags of `sensewire serve`, and which services there are. */
import { Command, Option } from 'commander';
import { parseDuration } from '../../time/quantities.ts';
import { CAPTURE_FLAG, examples, flag, JSON_FLAG, QUIET_FLAG, repeated, wholeNumber } from './flags.ts';

/** How a service is offered where no address is given. */
export interface Offer {
  readonly port: number;
  /** Whether it is offered over UDP, too. */
  readonly udp: boolean;
  /** What the argument after its name is; undefined: it takes none. */
  readonly argument?: string;
  readonly summary: string;
}

export type ServiceName = 'echo' | 'upper' | 'greet' | 'chat' | 'struct' | 'http';

/** The ports are those of the programs that are used in courses, so that theirs find ours. */
export const OFFERS: Readonly<Record<ServiceName, Offer>> = {
  echo: { port: 50_007, udp: true, summary: 'sends back what comes, until the client closes' },
  upper: { port: 12_000, udp: true, summary: 'answers a line of UTF-8 text in capitals and closes' },
  greet: { port: 1234, udp: false, summary: 'says "Thank you for connecting" and closes' },
  chat: { port: 8080, udp: false, summary: 'many clients at once, each hears what it says, until its bye' },
  struct: {
    port: 10_001,
    udp: true,
    argument: 'FORMAT',
    summary: "prints records of one of Python's struct formats",
  },
  http: {
    port: 8000,
    udp: false,
    argument: '[DIR]',
    summary: 'serves a folder (default: this one) to web clients',
  },
};

export interface ServeFlags {
  readonly listen?: readonly string[];
  readonly udp?: boolean;
  readonly idle?: number;
  readonly lifetime?: number;
  readonly mostConnections: number;
  readonly count?: number;
  readonly for?: number;
  readonly capture?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export function serveCommand(): Command {
  return new Command('serve')
    .description('run a classic server: echo, upper, greet, chat, struct or http')
    .argument('<name>', 'one of the services below')
    .argument('[argument]', 'the FORMAT of struct, the DIR of http')
    .option(
      '--listen <URL>',
      'address to listen at; repeat for more (default: tcp://127.0.0.1 and, where it fits, udp://127.0.0.1, at the port below)',
      repeated,
    )
    .option('--udp', 'only UDP (default: off)')
    .addOption(
      new Option(
        '--idle <D>',
        'close connections without traffic after this time, such as 30s, and forget UDP peers (default: never, UDP 60s)',
      ).argParser(flag(parseDuration)),
    )
    .option(
      '--lifetime <D>',
      'close connections after this time in all, whatever passes, such as 10m (default: never)',
      flag(parseDuration),
    )
    .option('--most-connections <N>', 'refuse more connections at once', wholeNumber(1), 10_000)
    .option(
      '--count <N>',
      'end after N connections and datagrams, of struct N records, of http N requests (default: no end)',
      wholeNumber(1),
    )
    .option('--for <D>', 'end after this time, such as 30s (default: no end)', flag(parseDuration))
    .option(...CAPTURE_FLAG)
    .option(...JSON_FLAG)
    .option(...QUIET_FLAG)
    .addHelpText('after', `\n${services()}`)
    .addHelpText(
      'after',
      examples(
        'serve echo',
        'serve chat --listen tcp://*:8080 --idle 10m --lifetime 2h',
        "serve struct '=iif' --udp --json",
        'serve http public --listen tcp://127.0.0.1:8000 --listen unix:/tmp/web.sock',
      ),
    )
    .action(async (name: string, argument: string | undefined, flags: ServeFlags) =>
      (await import('../commands/serve.ts')).serve(name, argument, flags),
    );
}

function services(): string {
  const rows = Object.entries(OFFERS).map(([name, { port, udp, argument, summary }]) => {
    const transports = udp ? 'tcp rudp udp unix' : 'tcp rudp unix';
    return `  ${[name, argument].join(' ').trim().padEnd(15)}${String(port).padStart(6)}  ${transports.padEnd(19)}${summary}`;
  });
  return `Services, their ports and transports:\n${rows.join('\n')}`;
}
