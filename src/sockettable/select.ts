/**
 * Which sockets are asked for, and in what order they are shown.
 */
import type { InetSocket, SocketEntry } from './socket-entry.ts';
import type { SocketState } from './states.ts';

const PROTOCOLS = ['tcp', 'udp', 'unix'] as const;

/** Whoever waits for others comes first, what is over last. */
const ORDER: readonly SocketState[] = [
  'LISTEN',
  'UNCONN',
  'SYN_SENT',
  'SYN_RECV',
  'NEW_SYN_RECV',
  'ESTABLISHED',
  'FIN_WAIT1',
  'CLOSE_WAIT',
  'FIN_WAIT2',
  'CLOSING',
  'LAST_ACK',
  'TIME_WAIT',
  'CLOSE',
  'UNKNOWN',
];

/** Place of a state in a socket's life: small numbers come first. */
export function rankOf(state: SocketState): number {
  return ORDER.indexOf(state);
}

/** For sorting: who waits for others first, both ends of a connection side by side, Unix sockets last. */
export function compareSockets(one: SocketEntry, other: SocketEntry): number {
  return (
    Number(one.protocol === 'unix') - Number(other.protocol === 'unix') ||
    phaseOf(one) - phaseOf(other) ||
    PROTOCOLS.indexOf(one.protocol) - PROTOCOLS.indexOf(other.protocol) ||
    compareEnds(one, other) ||
    rankOf(one.state) - rankOf(other.state) ||
    one.inode - other.inode
  );
}

function phaseOf({ state }: SocketEntry): number {
  return rankOf(state) <= rankOf('UNCONN') ? 0 : 1;
}

function compareEnds(one: SocketEntry, other: SocketEntry): number {
  if (one.protocol === 'unix' || other.protocol === 'unix') {
    return one.protocol === other.protocol ? compareText(pathOf(one), pathOf(other)) : 0;
  }
  const [low, high] = portsOf(one);
  const [otherLow, otherHigh] = portsOf(other);
  return (
    // The lower port is the well-known one in most cases.
    low - otherLow ||
    high - otherHigh ||
    one.local.port - other.local.port ||
    compareText(one.local.address, other.local.address) ||
    compareText(one.remote.address, other.remote.address)
  );
}

function portsOf({ local, remote }: InetSocket): [low: number, high: number] {
  return [Math.min(local.port, remote.port || local.port), Math.max(local.port, remote.port)];
}

/** Sockets without a path go last. */
function pathOf(socket: SocketEntry): string {
  return socket.protocol === 'unix' && socket.path !== '' ? socket.path : '\uffff';
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
