import { describe, expect, it } from 'vitest';
import type { SocketState } from './states.ts';
import { type Direction, statesBetween } from './tcp-life.ts';

const U = undefined;

describe('the states between', () => {
  it.each<[SocketState | undefined, SocketState, Direction | undefined, readonly SocketState[]]>([
    [U, 'SYN_SENT', 'out', []],
    [U, 'ESTABLISHED', 'out', ['SYN_SENT']],
    [U, 'ESTABLISHED', 'in', ['SYN_RECV']],
    [U, 'ESTABLISHED', U, []],
    [U, 'CLOSE_WAIT', 'in', ['SYN_RECV', 'ESTABLISHED']],
    ['SYN_SENT', 'ESTABLISHED', 'out', []],
    ['SYN_SENT', 'SYN_RECV', 'out', []],
    ['SYN_RECV', 'ESTABLISHED', 'out', []],
    ['NEW_SYN_RECV', 'ESTABLISHED', 'in', []],
    ['ESTABLISHED', 'FIN_WAIT2', U, ['FIN_WAIT1']],
    ['ESTABLISHED', 'TIME_WAIT', 'out', ['FIN_WAIT1', 'FIN_WAIT2']],
    ['ESTABLISHED', 'LAST_ACK', 'in', ['CLOSE_WAIT']],
    ['ESTABLISHED', 'CLOSING', 'in', ['FIN_WAIT1']],
    ['FIN_WAIT1', 'TIME_WAIT', 'in', ['FIN_WAIT2']],
    ['CLOSING', 'TIME_WAIT', 'in', []],
  ])('%s and %s (%s) are %j', (from, to, direction, states) => {
    expect(statesBetween(from, to, direction)).toEqual(states);
  });

  it.each<[SocketState, SocketState]>([
    ['TIME_WAIT', 'ESTABLISHED'],
    ['TIME_WAIT', 'SYN_SENT'],
    ['CLOSE_WAIT', 'FIN_WAIT1'],
    ['LAST_ACK', 'SYN_RECV'],
    ['FIN_WAIT2', 'CLOSE_WAIT'],
    ['ESTABLISHED', 'UNKNOWN'],
  ])('%s and %s there are none: it is another connection', (from, to) => {
    for (const direction of ['in', 'out', U] as const) {
      expect(statesBetween(from, to, direction)).toBeUndefined();
    }
  });
});
