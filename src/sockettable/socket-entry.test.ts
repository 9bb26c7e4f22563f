import { describe, expect, it } from 'vitest';
import { type InetSocket, keyOf, type SocketEntry, uniqueSockets } from './socket-entry.ts';

const tcp: InetSocket = {
  protocol: 'tcp',
  family: 'IPv4',
  state: 'ESTABLISHED',
  local: { address: '127.0.0.1', port: 80 },
  remote: { address: '127.0.0.1', port: 5_000 },
  receiveQueueBytes: 0,
  sendQueueBytes: 0,
  waiting: undefined,
  timer: undefined,
  uid: 0,
  inode: 7,
  drops: undefined,
};
const listener: InetSocket = { ...tcp, state: 'LISTEN', remote: { address: '0.0.0.0', port: 0 } };
const udp: InetSocket = { ...listener, protocol: 'udp', state: 'UNCONN' };
const unix: SocketEntry = {
  protocol: 'unix',
  type: 'stream',
  state: 'ESTABLISHED',
  path: '',
  waiting: undefined,
  inode: 7,
};

describe('a socket', () => {
  it('is the same connection before it is accepted, after that, and in TIME_WAIT', () => {
    const lives: SocketEntry[] = [{ ...tcp, inode: 0 }, tcp, { ...tcp, state: 'TIME_WAIT', inode: 0 }];
    expect(new Set(lives.map(keyOf)).size).toBe(1);
    expect(uniqueSockets(lives)).toEqual([lives[2]]);
  });

  it('is the same UDP socket when it is connected', () => {
    expect(keyOf(udp)).toBe(keyOf({ ...udp, remote: { address: '127.0.0.1', port: 9 } }));
  });

  it('is not the other one that shares its address', () => {
    for (const socket of [listener, udp, unix]) {
      expect(uniqueSockets([socket, { ...socket, inode: 8 }, socket])).toHaveLength(2);
    }
    const ends = { local: tcp.remote, remote: tcp.local };
    expect(uniqueSockets<SocketEntry>([tcp, { ...tcp, ...ends }, listener, udp, unix])).toHaveLength(5);
  });
});
