/**
 * The shell of reliable UDP: one UDP socket and one timer around an `Endpoint`. No protocol is here.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { RemoteInfo, Socket } from 'node:dgram';
import type { Connection as Machine } from '../rudp/connection.ts';
import { Endpoint } from '../rudp/endpoint.ts';
import { DEFAULT_PARAMETERS } from '../rudp/parameters.ts';
import { formatAddress, formatUrl, type RudpAddress } from './address.ts';
import type { ConnectionHandlers, OnConnection } from './connection.ts';
import { plainHost } from './hosts.ts';
import { networkError, systemCode } from './network-error.ts';
import { RudpConnection, type RudpOwner } from './rudp-connection.ts';

/** Datagrams sent in one turn of the event loop; then others have their turn. */
const WORK_LIMIT = 256;
/** docs/RELIABLE-UDP.md section 8. */
const MOST_CONNECTIONS = 10_000;
/** As much as SHA-256 gives. */
const SECRET_BYTES = 32;
/** Timers of Node.js count milliseconds. */
const US_PER_MS = 1_000;

/** One socket, any number of connections. */
export class RudpSocket implements RudpOwner {
  readonly #socket: Socket;
  readonly #address: RudpAddress;
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
   * @param onConnection of a listener
   */
  constructor(socket: Socket, address: RudpAddress, onConnection?: OnConnection) {
    const { repair = 'auto', keepAliveUs = 0 } = address;
    // Of this start alone: one that is derived from the machine, every user of it could derive (docs/RELIABLE-UDP.md section 12).
    const secret = randomBytes(SECRET_BYTES);
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
    const machine = this.#endpoint.connect(pathOf(peer.host, peer.port), this.now());
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

  /** What the endpoint dropped or refused. */
  get strangers(): Readonly<Record<string, number>> {
    return { ...this.#endpoint.counters };
  }

  now(): number {
    return Math.round(performance.now() * US_PER_MS);
  }

  wake(): void {
    this.#immediate ??= setImmediate(() => this.#transmit());
  }

  #onMessage(bytes: Uint8Array, { address, port }: RemoteInfo): void {
    this.#endpoint.receive(bytes, pathOf(address, port), this.now());
    this.#deliver();
    this.wake();
  }

  /** What the system says of a datagram that went: by itself, or of what an ICMP message told it (docs/RELIABLE-UDP.md section 11). */
  #onError(error: Error): void {
    // Of a listener it is one peer's: a packet that is lost, as others are.
    if (this.#onConnection !== undefined) return;
    const code = systemCode(error);
    // Larger than the path takes: lost too, and smaller ones follow.
    if (code === 'EMSGSIZE') return;
    const failure = networkError(error, this.#address, 'use');
    // Nobody is there any more. A way that is missing may come back before the connection is idle.
    for (const connection of this.#connections.values())
      if (code === 'ECONNREFUSED' || connection.isConnecting) connection.fail(failure);
  }

  /** Gives messages and events to their owners; true where there were any to look at. */
  #deliver(): boolean {
    const endpoint = this.#endpoint;
    let hasActive = false;
    for (
      let machine = endpoint.pollConnection();
      machine !== undefined;
      machine = endpoint.pollConnection()
    ) {
      this.#accept(machine);
    }
    for (let machine = endpoint.pollActive(); machine !== undefined; machine = endpoint.pollActive()) {
      this.#connections.get(machine)?.deliver();
      hasActive = true;
    }
    return hasActive;
  }

  #accept(machine: Machine): void {
    const [host = '', port = ''] = machine.path.split(' ');
    const remote = formatUrl('rudp', plainHost(host), Number(port));
    const connection = new RudpConnection(this, machine, this.#local, remote, host);
    this.#connections.set(machine, connection);
    if (this.#onConnection !== undefined) connection.accepted(this.#onConnection(connection));
  }

  #transmit(): void {
    this.#immediate = undefined;
    if (this.#isClosed) return;
    const nowUs = this.now();
    this.#endpoint.onTimeout(nowUs);
    this.#deliver();
    for (let sent = 0; sent < WORK_LIMIT; sent++) {
      const transmit = this.#endpoint.pollTransmit(nowUs);
      if (transmit === undefined) {
        // Sending the last packet may have been the end of a connection, and its owner may answer with more.
        if (this.#deliver()) this.wake();
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

function pathOf(host: string, port: number): string {
  return `${host} ${port}`;
}
