/**
 * UDP sockets of Node.js as both the Connection port and the Berkeley interface use them.
 */
import { createSocket, type Socket, type SocketOptions } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { formatUrl, type RudpAddress, type UdpAddress } from './address.ts';
import { listenHosts, plainHost } from './hosts.ts';
import { networkError, systemCode } from './network-error.ts';

/** The kernel's queue of datagrams that we have not read: 4 MiB hold some 5,000, a tenth of a second at full load. */
const RECEIVE_BUFFER_BYTES = 4 * 2 ** 20;

/** What can be said of a UDP socket only when it is made. */
export interface UdpOptions {
  /** SO_REUSEADDR: share an address with others that set it, as receivers of a multicast group do. */
  readonly reuseAddr?: boolean;
  /** SO_REUSEPORT: several sockets at one port, between which the kernel shares the peers. */
  readonly reusePort?: boolean;
  /** IPV6_V6ONLY: no IPv4 peers at an IPv6 socket. */
  readonly ipv6Only?: boolean;
  /** SO_RCVBUF and SO_SNDBUF in bytes. The kernel takes double, for its own needs (socket(7)). */
  readonly recvBufferSize?: number;
  readonly sendBufferSize?: number;
}

type Answer = (error: null, address: string, family: number) => void;

/** Host names were resolved before: this only keeps dgram from asking again for every datagram. */
const NO_LOOKUP = {
  4: (host: string, _options: unknown, answer: Answer): void => answer(null, host, 4),
  6: (host: string, _options: unknown, answer: Answer): void => answer(null, host, 6),
} as const;

/** A socket whose hosts must be IP addresses. Its events come while `bind` and `connect` are being called. */
export function udpSocket(family: 4 | 6, options: UdpOptions = {}): Socket {
  return createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    lookup: NO_LOOKUP[family] as NonNullable<SocketOptions['lookup']>,
    recvBufferSize: RECEIVE_BUFFER_BYTES,
    ...options,
  });
}

/** Binds to an IP address. @throws the system's error */
export async function bindUdp(socket: Socket, host: string, port: number): Promise<void> {
  const listening = once(socket, 'listening');
  listening.catch(() => undefined);
  socket.bind({ address: host, port });
  await listening;
}

/** Connects to an IP address: only its datagrams come, and its errors too. @throws the system's error */
export async function connectUdp(socket: Socket, host: string, port: number): Promise<void> {
  const connecting = once(socket, 'connect');
  connecting.catch(() => undefined);
  socket.connect(port, host);
  await connecting;
}

export function udpUrl(host: string, port: number): string {
  return formatUrl('udp', plainHost(host), port);
}

/** A socket bound to a host, or `*` for all interfaces. @throws NetworkError */
export async function bindHost(address: UdpAddress | RudpAddress): Promise<Socket> {
  let failure: unknown;
  for (const name of listenHosts(address.host)) {
    let socket: Socket | undefined;
    try {
      const { address: host, family } = await lookup(name, { order: 'ipv4first' });
      socket = udpSocket(family === 6 ? 6 : 4);
      await bindUdp(socket, host, address.port);
      return socket;
    } catch (error) {
      socket?.close();
      failure ??= error;
      // Without IPv6 in this system, `*` is every IPv4 interface.
      if (systemCode(error) !== 'EAFNOSUPPORT') break;
    }
  }
  throw networkError(failure, address, 'listen');
}
