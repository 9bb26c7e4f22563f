import { expect, it } from 'vitest';
import { compareSockets } from './select.ts';
import type { InetSocket, UnixSocket } from './socket-entry.ts';
import type { SocketState } from './states.ts';

function inet(protocol: 'tcp' | 'udp', state: SocketState, from: number, to: number): InetSocket {
  const end = (port: number): InetSocket['local'] => ({ address: '127.0.0.1', port });
  const none = {
    receiveQueueBytes: 0,
    sendQueueBytes: 0,
    waiting: undefined,
    timer: undefined,
    drops: undefined,
  };
  return { protocol, family: 'IPv4', state, local: end(from), remote: end(to), uid: 0, inode: 0, ...none };
}

const unix = (state: SocketState, path: string): UnixSocket => ({
  protocol: 'unix',
  type: 'stream',
  state,
  path,
  waiting: undefined,
  inode: 1,
});

it('who waits comes first, both ends of a connection are side by side, Unix sockets come last', () => {
  const sorted = [
    inet('tcp', 'LISTEN', 80, 0),
    inet('tcp', 'LISTEN', 8_080, 0),
    inet('udp', 'UNCONN', 53, 0),
    inet('tcp', 'CLOSE_WAIT', 80, 40_000),
    inet('tcp', 'FIN_WAIT2', 40_000, 80),
    inet('tcp', 'ESTABLISHED', 80, 40_001),
    inet('tcp', 'ESTABLISHED', 40_001, 80),
    inet('udp', 'ESTABLISHED', 40_000, 53),
    unix('LISTEN', '/b'),
    unix('UNCONN', ''),
    unix('ESTABLISHED', '/a'),
  ];
  expect([...sorted].reverse().sort(compareSockets)).toEqual(sorted);
});
