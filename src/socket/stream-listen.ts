/**
 * Listening at TCP and Unix sockets.
 */
import { once } from 'node:events';
import { lstatSync, unlinkSync } from 'node:fs';
import { type BoundSocket, connect, createServer, type ListenOptions, type Server } from 'node:net';
import {
  formatAddress,
  formatUrl,
  type StreamAddress,
  type TcpAddress,
  type UnixAddress,
} from './address.ts';
import type { Listener, OnConnection } from './connection.ts';
import { SOMAXCONN } from './constants.ts';
import { listenHosts, reachableHosts } from './hosts.ts';
import { networkError, systemCode } from './network-error.ts';
import { nodeOptions, StreamConnection, type StreamOptions, TELEMETRY_STREAM } from './stream-connection.ts';

/** How to listen; the options of the accepted connections are those of the listener, as with the kernel. */
export interface ListenStreamOptions extends StreamOptions {
  readonly backlog?: number;
  /** A socket that was bound before. */
  readonly bound?: BoundSocket | undefined;
  /** SO_REUSEPORT: several sockets at one port, between which the kernel shares the connections. */
  readonly reusePort?: boolean;
  /** IPV6_V6ONLY: no IPv4 peers at an IPv6 socket. */
  readonly ipv6Only?: boolean;
  /** Whether the file that a killed program left at a Unix path is taken away. */
  readonly replaceLeftOver?: boolean;
}

/** A listener that knows where. */
export interface StreamListener extends Listener {
  /** Host and port as the kernel says them, or the path. */
  readonly address: { readonly host: string; readonly port: number } | string;
}

/** Listens. @throws NetworkError */
export async function listenStream(
  address: StreamAddress,
  onConnection: OnConnection,
  options: ListenStreamOptions = TELEMETRY_STREAM,
): Promise<StreamListener> {
  let accepted = 0;
  const server = createServer({ allowHalfOpen: true, ...nodeOptions(options) }, socket => {
    accepted++;
    // A peer that is gone again has no address any more.
    if (address.transport === 'tcp' && socket.remoteAddress === undefined) {
      socket.destroy();
      return;
    }
    const remote = address.transport === 'unix' ? `${formatAddress(address)}#${accepted}` : undefined;
    const connection = new StreamConnection(socket, address, options, remote);
    connection.attach(onConnection(connection), address);
  });
  const { backlog = SOMAXCONN, bound } = options;
  try {
    if (bound !== undefined) await listening(server, () => server.listen(bound, backlog));
    else if (address.transport === 'unix') await listenAtPath(server, address, options);
    else await listenAtHost(server, address, options);
  } catch (error) {
    throw networkError(error, address, 'listen');
  }
  // One connection could not be accepted (too many open files, say): those that there are live on.
  server.on('error', () => undefined);
  return {
    address: addressOf(server, address),
    urls: urlsOf(server, address),
    kernelDrops: () => 0,
    close: async () => {
      // Not awaited: 'close' comes only when the last connection is gone, and those live on.
      if (server.listening) server.close();
    },
  };
}

async function listenAtHost(
  server: Server,
  address: TcpAddress,
  options: ListenStreamOptions,
): Promise<void> {
  const { backlog = SOMAXCONN, reusePort = false, ipv6Only = false } = options;
  const hosts = listenHosts(address.host);
  for (const [index, host] of hosts.entries()) {
    try {
      const where: ListenOptions = { host, port: address.port, backlog, reusePort, ipv6Only };
      await listening(server, () => server.listen(where));
      return;
    } catch (error) {
      const noIpv6 = systemCode(error) === 'EAFNOSUPPORT';
      if (!noIpv6 || index === hosts.length - 1) throw error;
    }
  }
}

async function listenAtPath(
  server: Server,
  { path }: UnixAddress,
  { backlog = SOMAXCONN, replaceLeftOver = true }: ListenStreamOptions,
): Promise<void> {
  const listen = (): Promise<void> => listening(server, () => server.listen({ path, backlog }));
  try {
    await listen();
  } catch (error) {
    if (systemCode(error) !== 'EADDRINUSE' || !replaceLeftOver || !(await isLeftOver(path))) throw error;
    unlinkSync(path);
    await listen();
  }
}

/** True for a socket that a killed program left behind: nobody answers. Other files refuse connections too, and are not ours. */
export async function isLeftOver(path: string): Promise<boolean> {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() !== true) return false;
  const socket = connect({ path });
  try {
    await once(socket, 'connect');
    return false;
  } catch (error) {
    return systemCode(error) === 'ECONNREFUSED';
  } finally {
    socket.destroy();
  }
}

async function listening(server: Server, listen: () => void): Promise<void> {
  const isListening = once(server, 'listening');
  // A call that throws at once leaves nobody to wait.
  isListening.catch(() => undefined);
  listen();
  await isListening;
}

function addressOf(server: Server, address: StreamAddress): StreamListener['address'] {
  const bound = server.address();
  if (address.transport === 'unix' || bound === null || typeof bound === 'string') {
    return address.transport === 'unix' ? address.path : String(bound);
  }
  return { host: bound.address, port: bound.port };
}

function urlsOf(server: Server, address: StreamAddress): string[] {
  const where = addressOf(server, address);
  if (typeof where === 'string' || address.transport === 'unix') return [formatAddress(address)];
  return reachableHosts(address.host).map(host => formatUrl('tcp', host, where.port));
}
