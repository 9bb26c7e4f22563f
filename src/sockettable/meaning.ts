/**
 * What a change of state means, in one plain phrase each, for people who see it for the first time.
 */
import type { InetSocket, SocketEntry } from './socket-entry.ts';
import type { SocketState } from './states.ts';

/**
 * The phrase for a socket that has gone from one state to another.
 * @param from undefined: it is new, or was there before the first look
 * @param to undefined: it is gone
 */
export function meaningOf(
  socket: SocketEntry,
  from: SocketState | undefined,
  to: SocketState | undefined,
): string {
  if (to === undefined) return socket.protocol === 'tcp' ? endOfTcp(socket) : 'closed';
  switch (socket.protocol) {
    case 'tcp':
      return from === to ? 'the program has accepted the connection' : stateOfTcp(socket);
    case 'udp':
      return to === 'ESTABLISHED'
        ? 'connected: sends to one peer, and takes datagrams of that one only'
        : 'bound: takes datagrams from anybody';
    case 'unix':
      if (to === 'LISTEN') return 'waits for connections';
      return to === 'ESTABLISHED' ? 'connected' : 'not connected';
  }
}

function stateOfTcp(socket: InetSocket): string {
  const isOwned = socket.inode !== 0;
  switch (socket.state) {
    case 'LISTEN':
      return 'waits for connections';
    case 'SYN_SENT':
      return 'asks for a connection: SYN sent, no answer yet';
    case 'SYN_RECV':
    case 'NEW_SYN_RECV':
      return 'was asked for a connection: SYN-ACK sent, the last ACK is awaited';
    case 'ESTABLISHED':
      return isOwned
        ? 'the connection stands: both ends may send'
        : 'the connection stands, but the program has not accepted it yet';
    case 'FIN_WAIT1':
      return `this program has ${isOwned ? 'finished sending' : 'closed'}: FIN sent, its ACK is awaited`;
    case 'FIN_WAIT2':
      return isOwned
        ? 'the peer has acknowledged our FIN; it may still send, and this program reads'
        : 'the peer has acknowledged our FIN, and has not closed yet';
    case 'CLOSE_WAIT':
      return isOwned
        ? 'the peer has closed; this program has not yet'
        : 'the peer has closed before the program accepted the connection';
    case 'LAST_ACK':
      return 'this program has closed as well: FIN sent, the last ACK is awaited';
    case 'CLOSING':
      return 'both ends have closed at the same time; the ACK of our FIN is awaited';
    case 'TIME_WAIT':
      return `both ends have closed; kept ${secondsLeft(socket)}in case segments come late`;
    case 'CLOSE':
    case 'UNCONN':
      return 'not connected';
    case 'UNKNOWN':
      return 'a state that we do not know';
  }
}

function endOfTcp({ state }: InetSocket): string {
  switch (state) {
    case 'LISTEN':
      return 'nobody waits for connections here any more';
    case 'SYN_SENT':
      return 'the attempt is over: refused, given up, or done between two looks';
    case 'SYN_RECV':
    case 'NEW_SYN_RECV':
      return 'the attempt is over: the last ACK did not come, or a reset did';
    case 'LAST_ACK':
      return 'the last ACK has come: closed';
    case 'TIME_WAIT':
      return 'the wait is over: these two addresses are free again';
    case 'FIN_WAIT2':
    case 'FIN_WAIT1':
    case 'CLOSING':
      return 'gone between two looks: reset, or given up';
    default:
      return 'gone between two looks: reset, or closed faster than we look';
  }
}

function secondsLeft({ timer }: InetSocket): string {
  return timer?.kind === 'time-wait' ? `${Math.ceil(timer.leftMs / 1_000)} s ` : '';
}
