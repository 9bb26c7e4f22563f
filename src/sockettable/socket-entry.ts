/**
 * One socket as the kernel's tables show it (proc(5)): what is known of it, and under which name it is found again.
 */
import type { SocketState } from './states.ts';

export type Protocol = 'tcp' | 'udp' | 'unix';
export type Family = 'IPv4' | 'IPv6';

/** An IP address and a port. Port 0: none, as the remote end of a listener. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/**
 * What the kernel waits for: the ACK of something sent (`retransmit`), the end of a silence (`keepalive`), the end of
 * TIME_WAIT or of an abandoned FIN_WAIT2 (`time-wait`), or room in the peer's window (`probe`).
 */
export type TimerKind = 'retransmit' | 'keepalive' | 'time-wait' | 'probe';

export interface SocketTimer {
  readonly kind: TimerKind;
  /** Time left until it fires, in steps of 10 ms; 0: now. */
  readonly leftMs: number;
  /** How often it was sent again (`retransmit`), or how many probes were not answered (`keepalive`, `probe`). */
  readonly count: number;
}

/** A TCP or UDP socket. */
export interface InetSocket {
  readonly protocol: 'tcp' | 'udp';
  readonly family: Family;
  readonly state: SocketState;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** Received and not read yet, in bytes; undefined for a listener. UDP: memory that the datagrams take. */
  readonly receiveQueueBytes: number | undefined;
  /** Written and not acknowledged yet, in bytes; undefined for a listener, whose backlog /proc does not tell. */
  readonly sendQueueBytes: number | undefined;
  /** Connections that wait to be accepted; undefined for what is no listener. */
  readonly waiting: number | undefined;
  /** Undefined: none runs. */
  readonly timer: SocketTimer | undefined;
  /** The user that made it; undefined where no program has it any more. */
  readonly uid: number | undefined;
  /** The number under which /proc/PID/fd has it; 0: no program has it (yet, or any more). */
  readonly inode: number;
  /** Datagrams that found the queue full; undefined for TCP. */
  readonly drops: number | undefined;
}

/** A Unix socket. The kernel tells neither its queues nor its peer in /proc. */
export interface UnixSocket {
  readonly protocol: 'unix';
  readonly type: 'stream' | 'dgram' | 'seqpacket' | 'unknown';
  readonly state: SocketState;
  /** `@` and the name where it is abstract (zero bytes as `@`, too), '' where it has none. */
  readonly path: string;
  /** Connections that wait to be accepted; undefined for what is no listener. */
  readonly waiting: number | undefined;
  readonly inode: number;
}

export type SocketEntry = InetSocket | UnixSocket;

/** What a table holds, and the lines of it that could not be read: cut short, or of a form that is not known. */
export interface ParsedTable<T extends SocketEntry> {
  readonly sockets: readonly T[];
  readonly unreadableLines: number;
}

/**
 * The same text for the same socket, from one look at the tables to the next. A TCP connection is known by its two ends,
 * since its inode is 0 before it is accepted and in TIME_WAIT; what is no connection by its inode, since several can share
 * an address (SO_REUSEPORT).
 */
export function keyOf(socket: SocketEntry): string {
  const { protocol, inode } = socket;
  const isConnection = protocol === 'tcp' && socket.remote.port !== 0;
  if (protocol === 'unix' || (inode !== 0 && !isConnection)) return `${protocol} ${inode}`;
  const { local, remote } = socket;
  return `${protocol} ${local.address} ${local.port} ${remote.address} ${remote.port}`;
}

/**
 * Each socket once. The kernel gives a table a page at a time and other programs go on in between, so that one that has
 * moved may be in it twice: the later line is the newer one.
 */
export function uniqueSockets<T extends SocketEntry>(sockets: Iterable<T>): T[] {
  const byKey = new Map<string, T>();
  for (const socket of sockets) byKey.set(keyOf(socket), socket);
  return [...byKey.values()];
}
