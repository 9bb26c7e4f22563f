/**
 * The shell of reliable UDP: one UDP socket and one timer around an `Endpoint`, and its connections behind the Connection
 * port. A stream to whoever uses it: each `send` is a message, and messages come in order.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { RemoteInfo, Socket } from 'node:dgram';
import { NetworkError } from '../errors/errors.ts';
import type { Connection as Machine } from '../rudp/connection.ts';
import { CLOSE_CODE, type ConnectionEvent } from '../rudp/connection-events.ts';
import { Endpoint } from '../rudp/endpoint.ts';
import { DEFAULT_PARAMETERS } from '../rudp/parameters.ts';
import { type Address, formatAddress, formatUrl, type RudpAddress } from './address.ts';
import type { Connection, ConnectionHandlers, OnConnection } from './connection.ts';
import { isOwnAddress, plainHost } from './hosts.ts';
import { networkError } from './network-error.ts';
import type { PathStatistics } from './path-statistics.ts';

/** Datagrams sent in one turn of the event loop; then others have their turn. */
const WORK_LIMIT = 256;
/** The largest message of the protocol; what is larger goes in several. */
const MOST_MESSAGE_BYTES = 2 ** 20;
const MOST_CONNECTIONS = 10_000;
/** A peer that says nothing for so long while its connection is closing is gone; satellites answer within one. */
const SILENT_CLOSING_MS = 3_000;
/** Timers of Node.js count milliseconds. */
const US_PER_MS = 1_000;

const now = (): number => Math.round(performance.now() * US_PER_MS);

/** One socket, any number of connections. */
export class RudpSocket {
  readonly #socket: Socket;
  readonly #address: Address;
  readonly #endpoint: Endpoint;
  readonly #onConnection: OnConnection | undefined;
  readonly #connections = new Map<Machine, RudpConnection>();
  readonly #local: string;
  #timer: NodeJS.Timeout | undefined;
  #timerAtUs = Number.POSITIVE_INFINITY;
  #immediate: NodeJS.Immediate | undefined;
  #accepts: boolean;
  #isClosed = false;

  /**
   * @param socket bound or connected
   * @param secret of the endpoint's cookies and resets
   * @param onConnection of a listener
   */
  constructor(
    socket: Socket,
    address: Address,
    secret: Uint8Array,
    { repair = 'auto', keepAliveUs = 0 }: Pick<RudpAddress, 'repair' | 'keepAliveUs'>,
    onConnection: OnConnection | undefined,
  ) {
    this.#socket = socket;
    this.#address = address;
    this.#onConnection = onConnection;
    this.#accepts = onConnection !== undefined;
    const { address: host, port } = socket.address();
    this.#local = formatUrl('rudp', plainHost(host), port);
    this.#endpoint = new Endpoint({
      accepts: this.#accepts,
      parameters: DEFAULT_PARAMETERS,
      mostConnections: MOST_CONNECTIONS,
      repair,
      keepAliveUs,
      random: count => new Uint8Array(randomBytes(count)),
      mac: data => createHmac('sha256', secret).update(data).digest(),
    });
    socket.on('message', (bytes, peer) => this.#onMessage(bytes, peer));
    socket.on('error', error => this.#onError(error));
  }

  /** Connects to the peer of a connected socket. */
  connect(
    handlers: ConnectionHandlers,
    peer: { readonly host: string; readonly port: number },
  ): RudpConnection {
    const machine = this.#endpoint.connect(pathOf(peer.host, peer.port), now());
    const connection = new RudpConnection(
      this,
      machine,
      this.#local,
      formatAddress(this.#address),
      peer.host,
    );
    connection.handlers = handlers;
    this.#connections.set(machine, connection);
    this.wake();
    return connection;
  }

  /** Takes no new peers; the socket goes with its last connection. */
  stopAccepting(): void {
    this.#accepts = false;
    this.#endpoint.stopAccepting();
    this.#closeWhenIdle();
  }

  /** There is something to send. */
  wake(): void {
    this.#immediate ??= setImmediate(() => this.#transmit());
  }

  #onMessage(bytes: Uint8Array, { address, port }: RemoteInfo): void {
    this.#endpoint.receive(bytes, pathOf(address, port), now());
    this.#deliver();
    this.wake();
  }

  #onError(error: Error): void {
    const failure = networkError(error, this.#address, 'use');
    // Of a listener it is one peer's, and its own timers find that out.
    if (this.#onConnection !== undefined) return;
    for (const connection of this.#connections.values()) connection.fail(failure);
  }

  /** Gives messages and events to their owners. */
  #deliver(): void {
    const endpoint = this.#endpoint;
    for (
      let machine = endpoint.pollConnection();
      machine !== undefined;
      machine = endpoint.pollConnection()
    ) {
      this.#accept(machine);
    }
    for (let machine = endpoint.pollActive(); machine !== undefined; machine = endpoint.pollActive()) {
      this.#connections.get(machine)?.deliver();
    }
  }

  #accept(machine: Machine): void {
    const [host = '', port = ''] = machine.path.split(' ');
    const remote = formatUrl('rudp', plainHost(host), Number(port));
    const connection = new RudpConnection(this, machine, this.#local, remote, host);
    this.#connections.set(machine, connection);
    if (this.#onConnection !== undefined) connection.handlers = this.#onConnection(connection);
  }

  #transmit(): void {
    this.#immediate = undefined;
    if (this.#isClosed) return;
    const nowUs = now();
    this.#endpoint.onTimeout(nowUs);
    this.#deliver();
    for (let sent = 0; sent < WORK_LIMIT; sent++) {
      const transmit = this.#endpoint.pollTransmit(nowUs);
      if (transmit === undefined) {
        // Sending the last packet may have been the end of a connection.
        this.#deliver();
        this.#schedule(nowUs);
        this.#closeWhenIdle();
        return;
      }
      this.#send(transmit.bytes, transmit.to);
    }
    this.wake();
  }

  #send(bytes: Uint8Array, to: string): void {
    const onSent = this.#onSent;
    // A connected socket has one peer.
    if (this.#onConnection === undefined) this.#socket.send(bytes, onSent);
    else {
      const space = to.indexOf(' ');
      this.#socket.send(bytes, Number(to.slice(space + 1)), to.slice(0, space), onSent);
    }
  }

  readonly #onSent = (error: Error | null): void => {
    // "Port unreachable" comes with whatever is done next.
    if (error !== null) this.#onError(error);
  };

  #schedule(nowUs: number): void {
    const atUs = this.#endpoint.timeoutAt();
    if (atUs === undefined) {
      clearTimeout(this.#timer);
      this.#timerAtUs = Number.POSITIVE_INFINITY;
      return;
    }
    // A timer that is early enough is left alone: it looks again.
    if (this.#timerAtUs <= atUs && this.#timerAtUs > nowUs) return;
    clearTimeout(this.#timer);
    this.#timerAtUs = atUs;
    this.#timer = setTimeout(this.#onTimer, Math.max(0, Math.ceil((atUs - nowUs) / US_PER_MS)));
  }

  readonly #onTimer = (): void => {
    this.#timerAtUs = Number.POSITIVE_INFINITY;
    if (this.#immediate === undefined) this.#transmit();
  };

  /** A connection is gone. */
  forget(machine: Machine): void {
    this.#connections.delete(machine);
    this.wake();
  }

  #closeWhenIdle(): void {
    if (this.#isClosed || this.#accepts || this.#endpoint.connections > 0) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    this.#socket.close();
  }
}

/** One connection of such a socket. */
export class RudpConnection implements Connection {
  readonly form = 'stream';
  readonly local: string;
  readonly remote: string;
  readonly sameMachine: boolean;
  readonly isThrifty = true;
  handlers: ConnectionHandlers | undefined;
  /** Resolves when the peer has proven that it is there; rejects where it has not. */
  readonly ready: Promise<void>;
  readonly #ready = Promise.withResolvers<void>();
  readonly #socket: RudpSocket;
  readonly #machine: Machine;
  /** What the machine does not take yet. */
  #overflow: Uint8Array[] = [];
  #overflowBytes = 0;
  #flushes: (() => void)[] = [];
  #paused = false;
  #closing = false;
  #onGone = (): void => undefined;
  #closed = false;
  #failure: NetworkError | undefined;

  constructor(socket: RudpSocket, machine: Machine, local: string, remote: string, host: string) {
    this.#socket = socket;
    this.#machine = machine;
    this.local = local;
    this.remote = remote;
    this.sameMachine = isOwnAddress(host);
    this.ready = this.#ready.promise;
    this.ready.catch(() => undefined);
  }

  get path(): PathStatistics {
    return this.#machine.statistics;
  }

  get unsentBytes(): number {
    return this.#overflowBytes;
  }

  send(bytes: Uint8Array): boolean {
    if (this.#closing || this.#closed) return true;
    for (let at = 0; at < bytes.length; at += MOST_MESSAGE_BYTES) {
      const message = bytes.subarray(at, at + MOST_MESSAGE_BYTES);
      if (this.#overflow.length > 0 || this.#machine.isFull) {
        this.#overflow.push(message);
        this.#overflowBytes += message.length;
      } else this.#machine.send(message, now());
    }
    this.#socket.wake();
    return this.#overflow.length === 0 && !this.#machine.isFull;
  }

  flush(done: () => void): void {
    if (this.#overflow.length === 0) done();
    else this.#flushes.push(done);
  }

  pause(): void {
    // What comes while it closes is thrown away, or its end would wait behind it for ever.
    if (!this.#closing) this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    // Never from within the caller's own call.
    setImmediate(() => this.deliver());
  }

  shutdown(): void {
    if (this.#closing || this.#closed) return;
    this.flush(() => {
      this.#machine.end();
      this.#socket.wake();
    });
  }

  close(): void {
    if (this.#closing || this.#closed) return;
    this.#closing = true;
    this.#paused = false;
    this.flush(() => {
      this.#machine.close();
      this.#socket.wake();
    });
    this.#watchClosing();
    // What still waits to be read is thrown away, and the end may stand behind it.
    setImmediate(() => this.deliver());
  }

  /** A peer that is gone would keep what it never acknowledges waiting: it is given up when nothing is heard of it. */
  #watchClosing(): void {
    const { packetsReceived } = this.#machine.statistics;
    const timer = setTimeout(() => {
      if (this.#machine.statistics.packetsReceived === packetsReceived) this.abort();
      else this.#watchClosing();
    }, SILENT_CLOSING_MS).unref();
    this.#onGone = () => clearTimeout(timer);
  }

  abort(): void {
    if (this.#closed) return;
    this.#closing = true;
    this.#paused = false;
    this.#machine.abort(CLOSE_CODE.application, 'aborted', now());
    this.#socket.wake();
  }

  /** The system says that the peer cannot be reached. */
  fail(error: NetworkError): void {
    this.#failure ??= error;
    this.#ready.reject(error);
    this.abort();
  }

  /** Gives what the machine has to the owner. */
  deliver(): void {
    const machine = this.#machine;
    while (!this.#paused) {
      const message = machine.pollMessage();
      if (message === undefined) break;
      if (!this.#closing)
        this.handlers?.onReceive(
          Buffer.from(message.bytes.buffer, message.bytes.byteOffset, message.bytes.length),
        );
    }
    for (let event = machine.pollEvent(); event !== undefined; event = machine.pollEvent())
      this.#onEvent(event);
    this.#socket.wake();
  }

  #onEvent(event: ConnectionEvent): void {
    switch (event.type) {
      case 'validated':
      case 'open':
        this.#ready.resolve();
        return;
      case 'drain':
        this.#onDrain();
        return;
      case 'end':
        if (this.handlers?.onEnd === undefined) this.close();
        else if (!this.#closing) this.handlers.onEnd();
        return;
      case 'closed': {
        if (this.#closed) return;
        this.#closed = true;
        this.#onGone();
        const error = this.#failure ?? this.#errorOf(event);
        this.#ready.reject(error ?? new NetworkError('SW_NETWORK', `${this.remote} closed at once`));
        this.#socket.forget(this.#machine);
        this.handlers?.onClose(error);
        return;
      }
      case 'moved':
    }
  }

  #onDrain(): void {
    while (this.#overflow.length > 0 && !this.#machine.isFull) {
      const message = this.#overflow.shift() as Uint8Array;
      this.#overflowBytes -= message.length;
      this.#machine.send(message, now());
    }
    if (this.#overflow.length > 0) return;
    for (const done of this.#flushes.splice(0)) done();
    if (!this.#closing) this.handlers?.onDrain();
  }

  #errorOf({ code, reason, byPeer }: Extract<ConnectionEvent, { type: 'closed' }>): NetworkError | undefined {
    if (code === CLOSE_CODE.done || (this.#closing && !byPeer && code === CLOSE_CODE.application))
      return undefined;
    if (code === CLOSE_CODE.idle || code === CLOSE_CODE.noAnswer) {
      const message = `${this.remote} does not answer (${reason}): check that a program listens there, and the network`;
      return new NetworkError('SW_UNREACHABLE', `${message} (ETIMEDOUT)`, {
        errno: 'ETIMEDOUT',
        retryable: true,
      });
    }
    const who = byPeer
      ? `${this.remote} broke the connection off`
      : `the connection to ${this.remote} was broken off`;
    return new NetworkError('SW_NETWORK', `${who}: ${reason} (ECONNRESET)`, {
      errno: 'ECONNRESET',
      retryable: true,
    });
  }
}

function pathOf(host: string, port: number): string {
  return `${host} ${port}`;
}
