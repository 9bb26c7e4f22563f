import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { InetSocket, SocketTimer } from '../../sockettable/socket-entry.ts';
import type { OwnedSocket } from './sockets-output.ts';
import { socketTables } from './sockets-table.ts';

const COMMAND = 'python3 a-server-with-a-long-name.py --verbose';
const owners = [{ pid: 1_234, name: 'python3', command: COMMAND, fd: 5 }];

function inet(fields: Partial<InetSocket>): OwnedSocket {
  const socket: InetSocket = {
    protocol: 'tcp',
    family: 'IPv4',
    state: 'ESTABLISHED',
    local: { address: '127.0.0.1', port: 50_007 },
    remote: { address: '127.0.0.1', port: 41_234 },
    receiveQueueBytes: 0,
    sendQueueBytes: 12,
    waiting: undefined,
    timer: undefined,
    uid: 0,
    inode: 4_711,
    drops: undefined,
    ...fields,
  };
  return { socket, owners: socket.inode === 0 ? [] : owners, user: 'root' };
}

const listener = inet({
  state: 'LISTEN',
  remote: { address: '0.0.0.0', port: 0 },
  receiveQueueBytes: undefined,
  sendQueueBytes: undefined,
  waiting: 0,
});
const linesOf = (sockets: readonly OwnedSocket[], columns?: number): string[] =>
  stripVTControlCharacters(socketTables(sockets, columns)).split('\n').slice(0, -1);

/** What is said of one socket beside the columns. */
function detail(fields: Partial<InetSocket>): string {
  const [heading = '', line = ''] = linesOf([inet({ ...fields, inode: 0 })]);
  const from = heading.indexOf('DETAIL');
  return from === -1 ? '' : line.slice(from, heading.indexOf('  USER')).trim();
}
const timer = (kind: SocketTimer['kind'], leftMs: number, count = 0): Partial<InetSocket> => ({
  timer: { kind, leftMs, count },
});

describe('the table', () => {
  it('has every column for a program that reads it', () => {
    expect(linesOf([listener, inet({})])).toEqual([
      'NET  STATE        RECV  SEND  LOCAL            REMOTE           USER  INODE   PID  FD  COMMAND',
      `tcp  LISTEN          –     –  127.0.0.1:50007  0.0.0.0:*        root   4711  1234   5  ${COMMAND}`,
      `tcp  ESTABLISHED     0    12  127.0.0.1:50007  127.0.0.1:41234  root   4711  1234   5  ${COMMAND}`,
    ]);
  });

  it('fits 80 columns: commands are cut, then what matters least is left out', () => {
    const quiet = inet({ sendQueueBytes: 0 });
    const over = inet({ state: 'TIME_WAIT', sendQueueBytes: 0, inode: 0, ...timer('time-wait', 41_500) });
    const sockets = [listener, quiet, over];
    expect(linesOf(sockets, 110)[1]).toBe(
      'tcp  LISTEN          –     –  127.0.0.1:50007  0.0.0.0:*                     1234  python3 a-server-with-a-lo…',
    );
    expect(linesOf(sockets, 80)).toEqual([
      'NET  STATE        LOCAL            REMOTE           DETAIL        PID  COMMAND',
      'tcp  LISTEN       127.0.0.1:50007  0.0.0.0:*                     1234  python3 …',
      'tcp  ESTABLISHED  127.0.0.1:50007  127.0.0.1:41234               1234  python3 …',
      'tcp  TIME_WAIT    127.0.0.1:50007  127.0.0.1:41234  41.5 s left',
    ]);
  });

  it('leaves no queue out in which something waits', () => {
    const [heading] = linesOf([listener, inet({})], 60);
    expect([heading?.includes('SEND'), heading?.includes('RECV')]).toEqual([true, false]);
  });

  it('never cuts an address, however narrow it is', () => {
    const local = { address: '2001:db8:1234:5678:9abc:def0:1234:5678', port: 443 };
    for (const columns of [1, 20, 80]) {
      expect(linesOf([inet({ family: 'IPv6', local })], columns)[1]).toContain(`[${local.address}]:443`);
    }
  });

  it('says what there is to say of few', () => {
    expect(detail({})).toBe('');
    expect(detail({ state: 'LISTEN', waiting: 3 })).toBe('3 to accept');
    expect(detail(timer('retransmit', 200, 3))).toBe('retransmit 200 ms ×3');
    expect(detail(timer('keepalive', 7_200_000))).toBe('keepalive 120 min');
    expect(detail(timer('probe', 6_400, 1))).toBe('probe 6.4 s ×1');
    expect(detail(timer('time-wait', 60_000))).toBe('60 s left');
    expect(detail({ protocol: 'udp', drops: 1_200 })).toBe('1,200 dropped');
  });

  it('has Unix sockets below, and control characters of paths and commands harm nobody', () => {
    const unix: OwnedSocket = {
      user: undefined,
      socket: {
        protocol: 'unix',
        type: 'stream',
        state: 'LISTEN',
        path: '/tmp/\x1b[2Jx',
        waiting: 2,
        inode: 9,
      },
      owners: [...owners, { pid: 7, name: 'x', command: 'x', fd: 1 }].map(owner => ({
        ...owner,
        command: 'a\nb',
      })),
    };
    expect(linesOf([listener, unix]).slice(2)).toEqual([
      '',
      'NET   TYPE    STATE   DETAIL       INODE     PID  FD  COMMAND  PATH',
      'unix  stream  LISTEN  2 to accept      9  1234+1   5  a b      /tmp/ [2Jx',
    ]);
  });

  it('of nothing is empty', () => {
    expect(socketTables([], 80)).toBe('');
  });
});
