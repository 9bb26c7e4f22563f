/** The flags of `sensewire talk`. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { parseDuration, parseSize } from '../../time/quantities.ts';
import { CAPTURE_FLAG, examples, flag, JSON_FLAG, QUIET_FLAG, wholeNumber } from './flags.ts';

/** The largest payload of a UDP datagram over IPv4. */
const MOST_DATAGRAM_BYTES = 65_507;
/** An IP packet's time to live is one byte. */
const MOST_TTL = 255;

export interface TalkFlags {
  readonly text?: string;
  readonly data?: string;
  readonly count?: number;
  readonly halfClose?: boolean;
  readonly listen?: boolean;
  readonly hex?: boolean;
  readonly eol?: 'lf' | 'crlf' | 'none';
  readonly raw?: boolean;
  readonly size?: number;
  readonly timeout?: number;
  readonly for?: number;
  readonly ttl?: number;
  readonly interface?: string;
  readonly capture?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export function talkCommand(): Command {
  return new Command('talk')
    .description(
      'talk to a server: lines or bytes of standard input go there, answers come to standard output',
    )
    .argument(
      '<URL>',
      'the server: tcp://HOST:PORT, udp://HOST:PORT (also a broadcast address or a multicast group), rudp://HOST:PORT (reliable UDP) or unix:PATH; ' +
        'without a port 50007, with --listen udp:// 5005',
    )
    .option(
      '--text <T>',
      'send this instead of standard input, and wait for the answer, which is printed as a line (default: standard input; with --count Hello, world)',
    )
    .option(
      '--data <HEX>',
      'as --text, with the bytes in hexadecimal; into a pipe, answers go exactly as they come (default: none)',
    )
    .option(
      '--count <N>',
      'send the text N times, each after the answer to the one before; with --listen: end after N datagrams or connections (default: 1; with --listen no end)',
      wholeNumber(1),
    )
    .option(
      '--half-close',
      'after the last text shut the sending half, and read until the server closes (default: after the end of standard input)',
    )
    .option('--no-half-close', 'keep the sending half open after the end of standard input')
    .option('--listen', 'only receive: print what anybody sends to the address (default: off)')
    .option('--hex', 'print what is sent (>) and what comes (<) as hexadecimal and ASCII (default: off)')
    .addOption(
      new Option(
        '--eol <E>',
        'what ends a line when it is sent; lines of a pipe are then taken as from a keyboard (default: lf from a keyboard, none for --text and datagrams; a pipe goes unchanged)',
      ).choices(['lf', 'crlf', 'none']),
    )
    .option(
      '--raw',
      'exact bytes: a pipe to udp:// goes in pieces of --size, and what comes goes on without added line ends (default: off: answers to --text and datagrams each end their line)',
    )
    .option(
      '--size <N>',
      'bytes of a datagram at most: longer ones are cut when they come (default: 65507; sending with --raw 1200)',
      flag(datagramSize),
    )
    .option(
      '--timeout <D>',
      'how long to wait for the connection, for an answer, and for more of it at the end; 0s: do not wait for answers (default: 5s, datagrams 1s, the connection 10s; after the end of a pipe until the server closes)',
      flag(parseDuration),
    )
    .option('--for <D>', 'end after this time (default: no end)', flag(parseDuration))
    .option(
      '--ttl <N>',
      'how many routers a datagram may pass, with the last (default: 1 to groups, else 64)',
      hops,
    )
    .option(
      '--interface <I>',
      "name or address of the interface to send from, or to join a group at (default: the system's choice; joins at all)",
    )
    .option(...CAPTURE_FLAG)
    .option(...JSON_FLAG)
    .option(...QUIET_FLAG)
    .addHelpText(
      'after',
      `
From a keyboard, end or Ctrl-D ends the conversation, Ctrl-C at once. Bytes of a pipe go through unchanged.
Exit: 0 done, 1 when nobody was reached, the connection failed, something was not sent, or answers are missing, 2 wrong usage.
${examples(
  'talk tcp://127.0.0.1:50007',
  'talk tcp://127.0.0.1:50007 --text "Hello, world" --count 1000',
  'talk tcp://127.0.0.1:50007 < photo.jpg > same.jpg',
  'talk udp://255.255.255.255:5005 --text "who is there?"',
  'talk --listen udp://239.1.2.3:5005',
  'talk --listen tcp://*:5005 --count 1 > received.bin',
)}`,
    )
    .action(async (url: string, flags: TalkFlags) => (await import('../commands/talk.ts')).talk(url, flags));
}

function datagramSize(text: string): number {
  const size = parseSize(text);
  if (size >= 1 && size <= MOST_DATAGRAM_BYTES) return size;
  throw new InvalidArgumentError(`Give a size from 1 to ${MOST_DATAGRAM_BYTES}.`);
}

function hops(text: string): number {
  const value = wholeNumber(0)(text);
  if (value > MOST_TTL) throw new InvalidArgumentError(`Give a whole number from 0 to ${MOST_TTL}.`);
  return value;
}
