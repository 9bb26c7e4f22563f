import { describe, expect, it } from 'vitest';
import { parseStates, stateOf } from './states.ts';

describe('states', () => {
  it('have the numbers of the kernel', () => {
    const names = Array.from({ length: 14 }, (_, index) => stateOf(index, 'tcp'));
    expect(names).toEqual([
      'UNKNOWN',
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
      'UNKNOWN',
    ]);
    expect([stateOf(7, 'udp'), stateOf(1, 'udp')]).toEqual(['UNCONN', 'ESTABLISHED']);
  });

  it.each([
    ['LISTEN', ['LISTEN']],
    ['time_wait', ['TIME_WAIT']],
    ['Time-Wait', ['TIME_WAIT']],
    ['fin-wait-1', ['FIN_WAIT1']],
    ['FIN_WAIT2', ['FIN_WAIT2']],
    ['FIN_WAIT', ['FIN_WAIT1', 'FIN_WAIT2']],
    ['syn-sent', ['SYN_SENT']],
    ['SYN-RECV', ['SYN_RECV', 'NEW_SYN_RECV']],
    ['estab', ['ESTABLISHED']],
    ['closed', ['CLOSE', 'UNCONN']],
    ['unconn', ['CLOSE', 'UNCONN']],
    [' close-wait , LAST_ACK ', ['CLOSE_WAIT', 'LAST_ACK']],
    ['listening', ['LISTEN', 'UNCONN']],
  ])('are understood as %j', (text, states) => {
    expect([...parseStates(text)]).toEqual(states);
  });

  it('come in groups', () => {
    const connected = parseStates('connected');
    expect([connected.has('ESTABLISHED'), connected.has('TIME_WAIT'), connected.has('SYN_SENT')]).toEqual([
      true,
      true,
      true,
    ]);
    expect([connected.has('LISTEN'), connected.has('UNCONN'), connected.has('CLOSE')]).toEqual([
      false,
      false,
      false,
    ]);
    const all = parseStates('all');
    for (let number = 0; number < 20; number++) expect(all.has(stateOf(number, 'tcp'))).toBe(true);
    expect(all.has('UNCONN')).toBe(true);
  });

  it.each(['', 'LISTEN,', 'sleeping', 'TIME WAITING', 'constructor'])('refuses %j', text => {
    expect(() => parseStates(text)).toThrow(expect.objectContaining({ code: 'SW_USAGE' }));
  });
});
