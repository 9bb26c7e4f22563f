import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { InetSocket, SocketEntry } from '../../sockettable/socket-entry.ts';
import type { Transition } from '../../sockettable/timeline.ts';
import { timelineText, timeWaitLeft } from './sockets-timeline.ts';

const socket: InetSocket = {
  protocol: 'tcp',
  family: 'IPv4',
  state: 'CLOSE_WAIT',
  local: { address: '127.0.0.1', port: 50_007 },
  remote: { address: '127.0.0.1', port: 41_234 },
  receiveQueueBytes: 0,
  sendQueueBytes: 0,
  waiting: undefined,
  timer: undefined,
  uid: 0,
  inode: 1,
  drops: undefined,
};
const change: Transition = {
  kind: 'changed',
  socket,
  from: 'ESTABLISHED',
  to: 'CLOSE_WAIT',
  missed: [],
  direction: 'in',
  meaning: 'the peer has closed; this program has not yet',
};
const owners = [{ pid: 1_234, name: 'python3', command: 'python3 server.py --with=many --words', fd: 5 }];
// By the clock on the wall here, wherever that is.
const moment = { sinceStartUs: 132_000, wallUs: new Date(2026, 10, 20, 12, 3, 4, 567).getTime() * 1_000 };

const text = (fields: Partial<Transition>, columns?: number, who = owners): string[] =>
  stripVTControlCharacters(timelineText({ ...change, ...fields }, who, moment, columns)).split('\n');

describe('a line of the timeline', () => {
  it('says when, who, what, and what that means', () => {
    expect(text({})).toEqual([
      '12:03:04.567   +0.132s  tcp  127.0.0.1:50007 ← 127.0.0.1:41234  ESTABLISHED → CLOSE_WAIT   the peer has closed; this program has not yet  [1234] python3 server.py --with=many --words',
      '',
    ]);
    expect(text({ direction: 'out' })[0]).toContain('127.0.0.1:50007 → 127.0.0.1:41234');
    expect(text({ direction: undefined })[0]).toContain('127.0.0.1:50007 – 127.0.0.1:41234');
  });

  it('names the ends of a life, and what was missed', () => {
    expect(text({ kind: 'new', from: undefined, missed: ['SYN_RECV', 'ESTABLISHED'] })[0]).toMatch(
      / new → CLOSE_WAIT {11}the peer .* yet; passed between two looks: SYN_RECV, ESTABLISHED {2}\[1234\]/,
    );
    expect(text({ kind: 'gone', to: undefined })[0]).toContain(' ESTABLISHED → gone  ');
    expect(text({ kind: 'found', from: undefined })[0]).toContain('41234  CLOSE_WAIT   ');
    expect(text({ kind: 'accepted', to: 'ESTABLISHED' })[0]).toContain(' ESTABLISHED → accepted  ');
  });

  it('takes several lines on a narrow terminal, none of them too long', () => {
    expect(text({ missed: ['FIN_WAIT1', 'FIN_WAIT2'] }, 80)).toEqual([
      '12:03:04.567   +0.132s  tcp  127.0.0.1:50007 ← 127.0.0.1:41234  [1234] python3 …',
      '    ESTABLISHED → CLOSE_WAIT   the peer has closed; this program has not yet;',
      '                               passed between two looks: FIN_WAIT1, FIN_WAIT2',
      '',
    ]);
    expect(text({}, 40)[0]).toMatch(/41234$/);
    expect(text({}, 80, [])[0]).toMatch(/41234$/);
  });

  it('names listeners by one address, and Unix sockets by their path', () => {
    const remote = { address: '0.0.0.0', port: 0 };
    expect(text({ socket: { ...socket, remote } })[0]).toContain('tcp  127.0.0.1:50007                    ');
    const unix: SocketEntry = {
      protocol: 'unix',
      type: 'stream',
      state: 'LISTEN',
      path: '/x\n',
      waiting: 0,
      inode: 9,
    };
    expect(text({ socket: unix })[0]).toContain('unix /x ');
    expect(text({ socket: { ...unix, path: '' } })[0]).toContain('unix (no path, inode 9)');
  });
});

it('the countdown is that of the longest TIME_WAIT', () => {
  const waiting = (leftMs: number): InetSocket => ({
    ...socket,
    state: 'TIME_WAIT',
    timer: { kind: 'time-wait', leftMs, count: 0 },
  });
  expect(timeWaitLeft([socket])).toBeUndefined();
  expect(timeWaitLeft([waiting(5_000), socket, waiting(41_010)])).toBe(42);
});
