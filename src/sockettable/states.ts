/**
 * The states of sockets: their names, and how people write them.
 *
 * TCP's are those of RFC 9293 §3.3.2 by the kernel's names. A UDP or Unix socket that is not connected has the number of
 * TCP's CLOSE in the kernel; it is called UNCONN here, as `ss` does, because it is not closed at all.
 */
import { UsageError } from '../errors/errors.ts';

/** By the number that the kernel has for them (include/net/tcp_states.h), from 1 on. */
const TCP_STATES = [
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECV',
  'FIN_WAIT1',
  'FIN_WAIT2',
  'TIME_WAIT',
  'CLOSE',
  'CLOSE_WAIT',
  'LAST_ACK',
  'LISTEN',
  'CLOSING',
  'NEW_SYN_RECV',
] as const;

export type SocketState = (typeof TCP_STATES)[number] | 'UNCONN' | 'UNKNOWN';

const STATES: readonly SocketState[] = [...TCP_STATES, 'UNCONN'];

/** What the kernel holds to be one state. */
const NOT_CONNECTED: readonly SocketState[] = ['CLOSE', 'UNCONN'];
const HALF_OPEN: readonly SocketState[] = ['SYN_RECV', 'NEW_SYN_RECV'];

/** Groups, and names that mean the same or several. */
const ALIASES: ReadonlyMap<string, readonly SocketState[]> = new Map<string, readonly SocketState[]>([
  ['ALL', [...STATES, 'UNKNOWN']],
  ['CONNECTED', STATES.filter(state => state !== 'LISTEN' && !NOT_CONNECTED.includes(state))],
  ['LISTENING', ['LISTEN', 'UNCONN']],
  ['ESTAB', ['ESTABLISHED']],
  ['SYNRECV', HALF_OPEN],
  ['SYNRCV', HALF_OPEN],
  ['FINWAIT', ['FIN_WAIT1', 'FIN_WAIT2']],
  ['CLOSE', NOT_CONNECTED],
  ['CLOSED', NOT_CONNECTED],
  ['UNCONN', NOT_CONNECTED],
  ['UNCONNECTED', NOT_CONNECTED],
]);

/** The state with this number in /proc/net/tcp and /proc/net/udp. */
export function stateOf(number: number, protocol: 'tcp' | 'udp'): SocketState {
  const state = TCP_STATES[number - 1] ?? 'UNKNOWN';
  return state === 'CLOSE' && protocol === 'udp' ? 'UNCONN' : state;
}

/**
 * The states that a text names: `TIME_WAIT`, `time-wait`, `fin-wait-1`, a group (`connected`, `listening`, `all`), or
 * several of them with commas.
 * @throws UsageError SW_USAGE
 */
export function parseStates(text: string): ReadonlySet<SocketState> {
  return new Set(text.split(',').flatMap(one => statesNamed(one)));
}

function statesNamed(text: string): readonly SocketState[] {
  const name = bare(text);
  const states = ALIASES.get(name) ?? STATES.filter(state => bare(state) === name);
  if (states.length > 0) return states;
  throw new UsageError(
    'SW_USAGE',
    `"${text.trim()}" is not a state: give one of ${STATES.join(', ')}, or connected, listening, all`,
  );
}

/** `fin-wait-1`, `FIN_WAIT1` and `FinWait1` are one. */
function bare(name: string): string {
  return name.replace(/[-_\s]/g, '').toUpperCase();
}
