/** The flags of `sensewire sockets`. */
import { Command, Option } from 'commander';
import { parseDuration } from '../../time/quantities.ts';
import { examples, flag, JSON_FLAG, QUIET_FLAG } from './flags.ts';

export interface SocketsFlags {
  /** A port, or the name of a service. */
  readonly port?: string;
  readonly state?: string;
  readonly process?: string;
  readonly tcp?: boolean;
  readonly udp?: boolean;
  readonly unix?: boolean;
  readonly ipv4?: boolean;
  readonly ipv6?: boolean;
  readonly watch?: boolean;
  readonly every?: number;
  readonly for?: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export function socketsCommand(): Command {
  return new Command('sockets')
    .description("show this machine's sockets: their states, queues, timers and programs")
    .option('--port <N>', 'only sockets with this port, or service as http, at either end (default: all)')
    .option(
      '--state <S>',
      'only this state, as LISTEN or time-wait, several with commas, or connected, listening, all (default: all)',
    )
    .option('--process <P>', 'only sockets of the process with this number or name (default: all)')
    .option('-t, --tcp', 'TCP (default: TCP, UDP and Unix; with --watch TCP and UDP)')
    .option('-u, --udp', 'UDP')
    .option('-x, --unix', 'Unix sockets')
    .option('-4, --ipv4', 'only IPv4')
    .option('-6, --ipv6', 'only IPv6')
    .option('-w, --watch', 'follow the states as they change, until Ctrl-C')
    .addOption(
      new Option('--every <D>', 'with --watch: time between two looks (default: 20ms)').argParser(
        flag(parseDuration),
      ),
    )
    .option('--for <D>', 'with --watch: end after this time (default: on Ctrl-C)', flag(parseDuration))
    .option(...JSON_FLAG)
    .option(...QUIET_FLAG)
    .addHelpText(
      'after',
      examples(
        'sockets --tcp --state listening',
        'sockets --port 50007 --watch',
        'sockets --state time-wait,close-wait --json',
      ),
    )
    .action(async (flags: SocketsFlags) => (await import('../commands/sockets.ts')).sockets(flags));
}
