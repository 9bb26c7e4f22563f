/**
 * UDP behind the Connection port: a connected socket for a sender, one socket for any number of peers for a listener.
 */
import type { RemoteInfo, Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import type { NetworkError } from '../errors/errors.ts';
import { dropsAtPort } from '../sockettable/own-port.ts';
import { formatAddress, formatUrl, type UdpAddress } from './address.ts';
import type { Connection, ConnectionHandlers, Listener, OnConnection } from './connection.ts';
import { isOwnAddress, reachableHosts } from './hosts.ts';
import { networkError } from './network-error.ts';
import { bindHost, connectUdp, udpSocket, udpUrl } from './udp-socket.ts';

/** Datagrams given to the system and not taken yet, above which a sender should wait. */
const MOST_PENDING = 256;

/** Gives a datagram to the system, which calls back when it is gone. */
type Transmit = (bytes: Uint8Array, done: (error: Error | null) => void) => void;

/** One UDP peer, over a socket that may serve others too. */
class DatagramConnection implements Connection {
  readonly form = 'datagram';
  readonly isThrifty = true;
  readonly unsentBytes = 0;
  readonly local: string;
  readonly remote: string;
  readonly sameMachine: boolean;
  readonly handlers: ConnectionHandlers;
  readonly #transmit: Transmit;
  readonly #onClosed: () => void;
  #pending = 0;
  #wantsDrain = false;
  #paused = false;
  #closed = false;

  constructor(
    local: string,
    remote: string,
    sameMachine: boolean,
    transmit: Transmit,
    handlers: ConnectionHandlers | OnConnection,
    onClosed: () => void,
  ) {
    this.local = local;
    this.remote = remote;
    this.sameMachine = sameMachine;
    this.#transmit = transmit;
    this.#onClosed = onClosed;
    this.handlers = typeof handlers === 'function' ? handlers(this) : handlers;
  }

  receive(bytes: Uint8Array): void {
    if (!this.#closed && !this.#paused) this.handlers.onReceive(bytes);
  }

  send(bytes: Uint8Array): boolean {
    if (this.#closed) return true;
    this.#pending++;
    this.#transmit(bytes, this.#sent);
    this.#wantsDrain ||= this.#pending >= MOST_PENDING;
    return !this.#wantsDrain;
  }

  readonly #sent = (): void => {
    this.#pending--;
    if (!this.#wantsDrain || this.#pending > MOST_PENDING / 2 || this.#closed) return;
    this.#wantsDrain = false;
    this.handlers.onDrain();
  };

  flush(done: () => void): void {
    done();
  }

  shutdown(): void {}

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
  }

  close(error?: NetworkError): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClosed();
    // Never from within the caller's own call, as with streams.
    queueMicrotask(() => this.handlers.onClose(error));
  }

  abort(): void {
    this.close();
  }
}

/** A connected UDP socket: errors such as "port unreachable" come back to it. @throws NetworkError */
export async function connectDatagram(
  address: UdpAddress,
  handlers: ConnectionHandlers,
  signal?: AbortSignal,
): Promise<Connection> {
  signal?.throwIfAborted();
  let socket: Socket | undefined;
  try {
    // No second address is tried where the first is silent, and IPv4 is what collectors listen at.
    const { address: host, family } = await lookup(address.host, { order: 'ipv4first' });
    socket = udpSocket(family === 6 ? 6 : 4);
    await connectUdp(socket, host, address.port);
    const connected = socket;
    const local = connected.address();
    const onError = (error: Error): void => connection.close(networkError(error, address, 'use'));
    const connection: DatagramConnection = new DatagramConnection(
      udpUrl(local.address, local.port),
      formatAddress(address),
      isOwnAddress(host),
      (bytes, done) => {
        connected.send(bytes, error => {
          // "Port unreachable" comes with whatever is done next: a datagram sent, or one received.
          if (error) onError(error);
          done(error);
        });
      },
      handlers,
      () => connected.close(),
    );
    connected.on('message', bytes => connection.receive(bytes));
    connected.on('error', onError);
    signal?.throwIfAborted();
    return connection;
  } catch (error) {
    socket?.close();
    signal?.throwIfAborted();
    throw networkError(error, address, 'connect');
  }
}

/** Listens for datagrams; the first one of an address makes a connection. @throws NetworkError */
export async function listenDatagram(address: UdpAddress, onConnection: OnConnection): Promise<Listener> {
  const socket = await bindHost(address);
  const { address: ownHost, port } = socket.address();
  const local = udpUrl(ownHost, port);
  const peers = new Map<string, DatagramConnection>();
  let open = true;

  const connectionOf = (peer: RemoteInfo): DatagramConnection => {
    const key = `${peer.address} ${peer.port}`;
    let connection = peers.get(key);
    if (connection === undefined) {
      const transmit: Transmit = (bytes, done) => {
        if (open) socket.send(bytes, peer.port, peer.address, done);
      };
      const onClosed = (): void => void peers.delete(key);
      connection = new DatagramConnection(
        local,
        udpUrl(peer.address, peer.port),
        isOwnAddress(peer.address),
        transmit,
        onConnection,
        onClosed,
      );
      peers.set(key, connection);
    }
    return connection;
  };

  socket.on('message', (bytes, peer) => connectionOf(peer).receive(bytes));
  socket.on('error', error => {
    for (const connection of peers.values()) connection.close(networkError(error, address, 'use'));
  });
  let drops = 0;
  const kernelDrops = (): number => {
    // A closed socket is in no table any more.
    if (open) drops = dropsAtPort(port);
    return drops;
  };
  const close = async (): Promise<void> => {
    for (const connection of peers.values()) connection.close();
    // What was just sent must leave before the socket goes.
    await new Promise(resolve => setImmediate(resolve));
    kernelDrops();
    open = false;
    socket.close();
    await once(socket, 'close');
  };
  let closed: Promise<void> | undefined;
  return {
    urls: reachableHosts(address.host).map(host => formatUrl('udp', host, port)),
    kernelDrops,
    close: () => (closed ??= close()),
  };
}
