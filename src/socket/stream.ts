/**
 * TCP and Unix sockets behind the Connection port.
 *
 * A peer that shuts its sending half ends the connection: what it sent before is received, what was given to `send`
 * before still goes to it.
 */
import { once } from 'node:events';
import { lstatSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { NetworkError } from '../errors/errors.ts';
import { formatAddress, formatUrl, type TcpAddress, type UnixAddress } from './address.ts';
import type { Connection, ConnectionHandlers, Listener, OnConnection } from './connection.ts';
import { isOwnAddress, listenHosts, reachableHosts } from './hosts.ts';
import { networkError, systemCode } from './network-error.ts';

type StreamAddress = TcpAddress | UnixAddress;

/** Unanswered for this long, the kernel begins to ask whether the peer is there (tcp(7), TCP_KEEPIDLE). */
const KEEP_ALIVE_MS = 30_000;
/** A peer that does not close its half is cut off after this. */
const LINGER_MS = 2_000;
/** Connections that wait to be accepted; the kernel's own limit (net.core.somaxconn) is 4,096. */
const BACKLOG = 4_096;

class StreamConnection implements Connection {
  readonly form = 'stream';
  readonly remote: string;
  readonly sameMachine: boolean;
  readonly #socket: Socket;
  #closing = false;

  constructor(socket: Socket, remote: string, sameMachine: boolean) {
    this.#socket = socket;
    this.remote = remote;
    this.sameMachine = sameMachine;
  }

  /** Begins to pass events on. */
  attach(handlers: ConnectionHandlers, address: StreamAddress): this {
    let failure: NetworkError | undefined;
    this.#socket
      .on('data', (bytes: Uint8Array) => {
        if (!this.#closing) handlers.onReceive(bytes);
      })
      .on('drain', () => handlers.onDrain())
      .on('error', error => {
        failure = networkError(error, address, 'use');
      })
      .on('close', () => handlers.onClose(failure));
    return this;
  }

  send(bytes: Uint8Array): boolean {
    return this.#closing || this.#socket.write(bytes);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#socket.end();
    // What still comes is read and thrown away, or the peer's last bytes would turn our FIN into a reset.
    this.#socket.resume();
    const timer = setTimeout(() => this.#socket.destroy(), LINGER_MS).unref();
    this.#socket.once('close', () => clearTimeout(timer));
  }

  abort(): void {
    this.#closing = true;
    this.#socket.destroy();
  }
}

/** Connects. @throws NetworkError, or the signal's reason */
export async function connectStream(
  address: StreamAddress,
  handlers: ConnectionHandlers,
  signal?: AbortSignal,
): Promise<Connection> {
  const socket =
    address.transport === 'unix'
      ? connect({ path: address.path })
      : connect({
          host: address.host,
          port: address.port,
          noDelay: true,
          keepAlive: true,
          keepAliveInitialDelay: KEEP_ALIVE_MS,
        });
  try {
    await once(socket, 'connect', signal ? { signal } : {});
  } catch (error) {
    socket.destroy();
    signal?.throwIfAborted();
    throw networkError(firstCause(error), address, 'connect');
  }
  const sameMachine = address.transport === 'unix' || isOwnAddress(socket.remoteAddress);
  return new StreamConnection(socket, formatAddress(address), sameMachine).attach(handlers, address);
}

/** A host name with several addresses fails with all their errors in one: the first says enough. */
function firstCause(error: unknown): unknown {
  return error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
}

/** Listens. @throws NetworkError */
export async function listenStream(address: StreamAddress, onConnection: OnConnection): Promise<Listener> {
  let accepted = 0;
  const server = createServer(
    { noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS },
    socket => {
      const [host, port] = [socket.remoteAddress, socket.remotePort];
      accepted++;
      const remote =
        address.transport === 'unix'
          ? `${formatAddress(address)}#${accepted}`
          : formatUrl('tcp', plainHost(host ?? '?'), port ?? 0);
      const connection = new StreamConnection(
        socket,
        remote,
        address.transport === 'unix' || isOwnAddress(host),
      );
      connection.attach(onConnection(connection), address);
    },
  );
  if (address.transport === 'unix') await listenAtPath(server, address);
  else await listenAtHost(server, address);
  // One connection could not be accepted (too many open files, say): those that there are live on.
  server.on('error', () => undefined);
  return {
    urls: urlsOf(server, address),
    kernelDrops: () => 0,
    close: () => closeServer(server),
  };
}

async function listenAtHost(server: Server, address: TcpAddress): Promise<void> {
  const hosts = listenHosts(address.host);
  for (const [index, host] of hosts.entries()) {
    try {
      await listening(server, { host, port: address.port, backlog: BACKLOG });
      return;
    } catch (error) {
      const noIpv6 = systemCode(error) === 'EAFNOSUPPORT';
      if (!noIpv6 || index === hosts.length - 1) throw networkError(error, address, 'listen');
    }
  }
}

async function listenAtPath(server: Server, address: UnixAddress): Promise<void> {
  const { path } = address;
  try {
    try {
      await listening(server, { path, backlog: BACKLOG });
    } catch (error) {
      if (systemCode(error) !== 'EADDRINUSE' || !(await isLeftOver(path))) throw error;
      unlinkSync(path);
      await listening(server, { path, backlog: BACKLOG });
    }
  } catch (error) {
    throw networkError(error, address, 'listen');
  }
}

/** True for a socket that a killed program left behind: nobody answers. Other files refuse connections too, and are not ours. */
async function isLeftOver(path: string): Promise<boolean> {
  if (!lstatSync(path).isSocket()) return false;
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

async function listening(server: Server, options: Parameters<Server['listen']>[0]): Promise<void> {
  server.listen(options as { port: number });
  await once(server, 'listening');
}

function urlsOf(server: Server, address: StreamAddress): string[] {
  if (address.transport === 'unix') return [formatAddress(address)];
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : address.port;
  return reachableHosts(address.host).map(host => formatUrl('tcp', host, port));
}

async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  // Not awaited: 'close' comes only when the last connection is gone, and those live on.
  server.close();
}

/** An IPv4 peer of a dual-stack socket as plain IPv4. */
function plainHost(host: string): string {
  return host.replace(/^::ffff:(?=[0-9.]+$)/, '');
}
