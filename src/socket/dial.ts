/**
 * Sockets at addresses: what a client or server has to do before it can speak, in one call, over every transport.
 */
import { NetworkError } from '../errors/errors.ts';
import { type Address, formatUrl, parseAddress, type StreamAddress, type UdpAddress } from './address.ts';
import type { Listener } from './connection.ts';
import {
  type AddressFamily,
  AF_INET,
  AF_INET6,
  AF_UNIX,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  SO_REUSEPORT,
  SOL_SOCKET,
  SOMAXCONN,
} from './constants.ts';
import { DatagramSocket } from './datagram-socket.ts';
import { listenHosts, reachableHosts } from './hosts.ts';
import { checkPort, getaddrinfo, type InetAddress } from './names.ts';
import { connectTo, listenAt } from './open.ts';
import { notSupported } from './socket-error.ts';
import { connectStream } from './stream-connect.ts';
import { type Accepted, StreamSocket } from './stream-socket.ts';
import type { WaitOptions } from './waiters.ts';

/** Addresses of everything but datagrams. */
export type ConnectedAddress = Exclude<Address, UdpAddress>;

/** A socket that listens: iterating over it gives its connections. */
export type ListeningSocket = Omit<StreamSocket, typeof Symbol.asyncIterator> & AsyncIterable<Accepted>;

/**
 * A connected socket, as Python's `create_connection` makes it: a name with several addresses is tried one by one.
 * @param to `[host, port]` for TCP, or an address such as `tcp://[::1]:50007`, `rudp://…` or `unix:/run/x.sock`
 * @throws NetworkError, UsageError SW_BAD_URL, or the signal's reason
 */
export async function create_connection(
  to: InetAddress | string,
  { signal }: WaitOptions = {},
): Promise<StreamSocket> {
  const address = typeof to === 'string' ? connectedAddress(to) : tcpAddress(to);
  if (address.transport === 'rudp') return connectSocket(address, { signal });
  const { handlers, open } = StreamSocket.over(false);
  return open(await connectStream(address, handlers, { signal }));
}

/** Options of `create_server`. */
export interface ServerOptions {
  readonly family?: AddressFamily;
  readonly backlog?: number;
  readonly reuse_port?: boolean;
  /** With AF_INET6: take IPv4 peers too. */
  readonly dualstack_ipv6?: boolean;
}

/**
 * A listening socket, as Python's `create_server` makes it.
 * @param at `[host, port]`, with '' for every interface; or a path with AF_UNIX
 * @throws NetworkError SW_ADDRESS_IN_USE and the others of `bind`; UsageError
 */
export async function create_server(
  at: InetAddress | string,
  options: ServerOptions = {},
): Promise<ListeningSocket> {
  const { family = typeof at === 'string' ? AF_UNIX : AF_INET, backlog = SOMAXCONN } = options;
  const server = new StreamSocket(family);
  if (family === AF_INET6) server.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, !(options.dualstack_ipv6 ?? false));
  if (options.reuse_port === true) server.setsockopt(SOL_SOCKET, SO_REUSEPORT, 1);
  try {
    await server.bind(at);
    await server.listen(backlog);
    return server as unknown as ListeningSocket;
  } catch (error) {
    server.close();
    throw error;
  }
}

/** Connects to an address over any transport with connections. Small messages are sent at once. @throws as `connectTo` */
export async function connectSocket(
  address: ConnectedAddress,
  { signal }: WaitOptions = {},
): Promise<StreamSocket> {
  const { handlers, open } = StreamSocket.over();
  return open(await connectTo(address, handlers, signal));
}

/** Listens at an address of any transport with connections. Small messages are sent at once. @throws NetworkError */
export function listenForSockets(
  address: ConnectedAddress,
  onSocket: (socket: StreamSocket, remote: string) => void,
): Promise<Listener> {
  return listenAt(address, connection => {
    const { handlers, open } = StreamSocket.over();
    onSocket(open(connection), connection.remote);
    return handlers;
  });
}

/** A UDP socket at an address, and the URLs under which peers reach it. @throws NetworkError */
export async function bindDatagrams({
  host,
  port,
}: UdpAddress): Promise<{ readonly socket: DatagramSocket; readonly urls: readonly string[] }> {
  let failure: unknown;
  for (const name of listenHosts(host)) {
    const socket = new DatagramSocket(await familyOfHost(name));
    try {
      await socket.bind([name, port]);
      const [, bound] = socket.getsockname() as InetAddress;
      return { socket, urls: reachableHosts(host).map(reachable => formatUrl('udp', reachable, bound)) };
    } catch (error) {
      socket.close();
      failure ??= error;
      // Without IPv6 in this system, `*` is every IPv4 interface.
      if (!(error instanceof NetworkError) || error.errno !== 'EAFNOSUPPORT') break;
    }
  }
  throw failure;
}

/** IPv4 where a name has both, as the listeners of the telemetry do. */
async function familyOfHost(host: string): Promise<typeof AF_INET | typeof AF_INET6> {
  const found = await getaddrinfo(host, 0);
  return found.some(({ family }) => family === AF_INET) ? AF_INET : AF_INET6;
}

function tcpAddress([host, port]: InetAddress): StreamAddress {
  checkPort(port);
  return { transport: 'tcp', host, port };
}

function connectedAddress(url: string): ConnectedAddress {
  const address = parseAddress(url);
  if (address.transport !== 'udp') return address;
  throw notSupported('EOPNOTSUPP', `${url}: datagrams have no connection: use socket(AF_INET, SOCK_DGRAM)`);
}
