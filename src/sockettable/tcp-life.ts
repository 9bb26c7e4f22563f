/**
 * The life of a TCP connection (RFC 9293 §3.3.2): which states follow which.
 */
import type { SocketState } from './states.ts';

/** Who asked for the connection: the other end (`in`), or this one (`out`). */
export type Direction = 'in' | 'out';

const BEGINNINGS: Readonly<Record<Direction, readonly SocketState[]>> = {
  in: ['SYN_RECV'],
  out: ['SYN_SENT'],
};

/** The ways in which a connection ends, the usual ones first: it closes first, it closes second, both close at once. */
const ENDS: readonly (readonly SocketState[])[] = [
  ['FIN_WAIT1', 'FIN_WAIT2', 'TIME_WAIT'],
  ['CLOSE_WAIT', 'LAST_ACK'],
  ['FIN_WAIT1', 'CLOSING', 'TIME_WAIT'],
];

/**
 * The states that a connection has passed on its way, without those at both ends; undefined where there is no way, so that
 * it must be another connection with the same addresses.
 * @param from undefined: there was no connection
 * @param direction undefined: not known
 */
export function statesBetween(
  from: SocketState | undefined,
  to: SocketState,
  direction: Direction | undefined,
): readonly SocketState[] | undefined {
  const [first, last] = [from, to].map(state => (state === 'NEW_SYN_RECV' ? 'SYN_RECV' : state));
  // Both ends have asked at the same time.
  if (first === 'SYN_SENT' && last === 'SYN_RECV') return [];
  const way = first === 'SYN_RECV' ? 'in' : direction;
  const beginning = way === undefined ? [] : BEGINNINGS[way];
  for (const end of ENDS) {
    const life = [...beginning, 'ESTABLISHED', ...end];
    const start = first === undefined ? -1 : life.indexOf(first);
    const stop = life.indexOf(last as SocketState);
    const isKnown = first === undefined || start !== -1;
    if (isKnown && stop > start) return life.slice(start + 1, stop) as SocketState[];
  }
  return undefined;
}
