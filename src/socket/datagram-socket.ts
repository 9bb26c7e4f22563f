/**
 * A Berkeley datagram socket with promises: SOCK_DGRAM of AF_INET and AF_INET6.
 *
 * Node.js cannot stop receiving datagrams, so those that nobody has read wait here, up to a limit as the kernel has
 * one; what comes beyond it is dropped and counted.
 */
import type { RemoteInfo, Socket } from 'node:dgram';
import { isIP } from 'node:net';
import { Queue } from '../collections/queue.ts';
import { type NetworkError, SensewireError } from '../errors/errors.ts';
import { BaseSocket, bytesOf, checkSize, type Sendable } from './base-socket.ts';
import * as C from './constants.ts';
import { type DatagramOptionValue, DatagramSettings } from './datagram-settings.ts';
import { type InetAddress, resolveHost, type SocketAddress } from './names.ts';
import { networkError } from './network-error.ts';
import { badDescriptor, brokenPipe, notSupported, wrongState } from './socket-error.ts';
import type { OptionValue } from './stream-settings.ts';
import { bindUdp, connectUdp, udpSocket } from './udp-socket.ts';
import { Waiters, type WaitOptions } from './waiters.ts';

/** Datagrams that nobody has read yet, in bytes with what each costs to keep: as much as the kernel keeps for us. */
const RECEIVE_LIMIT_BYTES = 4 * 2 ** 20;
/** What a datagram costs beside its bytes. */
const DATAGRAM_COST_BYTES = 256;
/** Addresses that were looked up, so that a sender does not ask for each datagram. */
const MOST_NAMES = 256;

/** A datagram and where it came from. */
export type Received = [data: Buffer, peer: SocketAddress];

export class DatagramSocket extends BaseSocket implements AsyncIterable<Received>, AsyncDisposable {
  readonly type: typeof C.SOCK_DGRAM = C.SOCK_DGRAM;
  declare readonly family: typeof C.AF_INET | typeof C.AF_INET6;
  readonly #settings = new DatagramSettings();
  readonly #received = new Queue<Received>();
  readonly #readers = new Waiters<number, Received>();
  /** The first reader, where it waits for ever. That is the usual one, so it costs no more than a promise. */
  #parked: ((received: Received) => void) | undefined;
  #parkedReject: (error: unknown) => void = () => undefined;
  #parkedSize = 0;
  readonly #names = new Map<string, string>();
  readonly #whenGone = Promise.withResolvers<void>();
  #socket: Socket | undefined;
  /** The one call that gives the socket its address. */
  #binding: Promise<Socket> | undefined;
  #peer: InetAddress | undefined;
  #waitingBytes = 0;
  #dropped = 0;
  #truncated = 0;
  #closed = false;
  #receiveShut = false;
  #sendShut = false;
  /** "Port unreachable" and the like: told to the next call, once (SO_ERROR). */
  #pendingError: NetworkError | undefined;

  /** @internal a new one is made with `socket` */
  constructor(family: typeof C.AF_INET | typeof C.AF_INET6) {
    super(family);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Datagrams dropped because nobody read them in time. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Datagrams that were longer than the `size` of the call that read them: the rest of those is gone (recv(2)). */
  get truncated(): number {
    return this.#truncated;
  }

  /**
   * Gives the socket an address of this machine (bind(2)). Port 0 lets the system pick one, '' is every interface, with
   * AF_INET6 for IPv4 peers too (IPV6_V6ONLY).
   * @throws NetworkError SW_ADDRESS_IN_USE, SW_ADDRESS_NOT_AVAILABLE, SW_PERMISSION, SW_UNKNOWN_HOST; UsageError
   */
  async bind(address: SocketAddress): Promise<void> {
    if (this.#closed) throw badDescriptor();
    if (this.#binding !== undefined) throw wrongState('EINVAL', 'bind: the socket has an address already');
    const [name, port] = this.inetAddress(address);
    this.#binding = this.#bind(name, port);
    await this.#binding;
  }

  async #bind(name: string, port: number): Promise<Socket> {
    let socket: Socket | undefined;
    try {
      const host = await resolveHost(name, this.family);
      if (this.#closed) throw badDescriptor();
      socket = udpSocket(this.family === C.AF_INET6 ? 6 : 4, this.#settings.udpOptions);
      await bindUdp(socket, host, port);
      if (this.#closed) throw badDescriptor();
      this.#settings.apply(socket);
    } catch (error) {
      socket?.close();
      this.#binding = undefined;
      if (error instanceof SensewireError) throw error;
      throw networkError(error, { transport: 'udp', host: name === '' ? '*' : name, port }, 'listen');
    }
    socket.on('message', (bytes, peer) => this.#onMessage(bytes, peer));
    socket.on('error', error => this.#onError(error));
    this.#socket = socket;
    return socket;
  }

  /** The socket, with an address that the system picks where there was no `bind`. */
  #bound(): Promise<Socket> {
    this.#binding ??= this.#bind('', 0);
    return this.#binding;
  }

  /** Takes datagrams of one peer only, to which `send` goes (connect(2)). @throws NetworkError, UsageError */
  async connect(address: SocketAddress): Promise<void> {
    if (this.#closed) throw badDescriptor();
    const [name, port] = this.inetAddress(address);
    const host = await resolveHost(name, this.family);
    const socket = await this.#bound();
    if (this.#peer !== undefined) {
      this.#peer = undefined;
      socket.disconnect();
    }
    try {
      await connectUdp(socket, host, port);
    } catch (error) {
      throw networkError(error, { transport: 'udp', host, port }, 'connect');
    }
    this.#peer = [host, port];
  }

  /**
   * The next datagram and its sender (recvfrom(2)); what is longer than `size` is cut, and counted in `truncated`.
   * @throws NetworkError SW_TIMEOUT, SW_UNREACHABLE; UsageError SW_CLOSED; or the signal's reason
   */
  recvfrom(size: number, options?: WaitOptions): Promise<Received> {
    try {
      checkSize(size);
      this.#check();
    } catch (error) {
      return Promise.reject(error as Error);
    }
    const isFirst = this.#parked === undefined && this.#readers.count === 0;
    if (isFirst) {
      const next = this.#received.shift();
      if (next !== undefined) {
        this.#waitingBytes -= next[0].length + DATAGRAM_COST_BYTES;
        return Promise.resolve(this.#cut(next, size));
      }
      if (this.#receiveShut) return Promise.resolve([Buffer.alloc(0), this.#peer ?? this.#nowhere()]);
    }
    // An error of binding is told by this call.
    if (this.#socket === undefined) this.#bound().catch((error: unknown) => this.#rejectAll(error));
    const { timeoutMs } = this;
    const signal = options?.signal;
    if (!isFirst || timeoutMs !== null || signal !== undefined)
      return this.#readers.wait(size, timeoutMs, signal);
    this.#parkedSize = size;
    return new Promise(this.#park);
  }

  readonly #park = (resolve: (received: Received) => void, reject: (error: unknown) => void): void => {
    this.#parked = resolve;
    this.#parkedReject = reject;
  };

  /** Fails the first who waits; false where nobody does. */
  #rejectFirst(error: unknown): boolean {
    if (this.#parked !== undefined) {
      this.#parked = undefined;
      this.#parkedReject(error);
      return true;
    }
    const waits = this.#readers.count > 0;
    this.#readers.reject(error);
    return waits;
  }

  #rejectAll(error: unknown): void {
    while (this.#rejectFirst(error));
  }

  /** The next datagram (recv(2)). @throws as `recvfrom` */
  async recv(size: number, options: WaitOptions = {}): Promise<Buffer> {
    return (await this.recvfrom(size, options))[0];
  }

  /** Datagrams as they come, until the socket is closed. */
  async *datagrams(options: WaitOptions = {}): AsyncGenerator<Received, void, undefined> {
    while (!this.#closed) {
      let received: Received;
      try {
        received = await this.recvfrom(65_535, options);
      } catch (error) {
        if (this.#closed) return;
        throw error;
      }
      yield received;
    }
  }

  [Symbol.asyncIterator](): AsyncGenerator<Received, void, undefined> {
    return this.datagrams();
  }

  /**
   * Sends a datagram (sendto(2)); resolves with its size when the kernel has taken it.
   * @throws NetworkError SW_NETWORK EMSGSIZE, SW_PERMISSION for broadcasts without SO_BROADCAST, SW_UNKNOWN_HOST;
   *   UsageError SW_SOCKET_STATE EISCONN, SW_CLOSED
   */
  sendto(data: Sendable, address: SocketAddress): Promise<number> {
    const bytes = bytesOf(data);
    const socket = this.#socket;
    let to: InetAddress;
    try {
      this.#check();
      to = this.inetAddress(address);
      if (this.#sendShut) throw brokenPipe();
      if (this.#peer !== undefined)
        throw wrongState('EISCONN', 'sendto: the socket is connected to one peer: use send');
    } catch (error) {
      return Promise.reject(error as Error);
    }
    const [name, port] = to;
    const host = this.#knownHost(name);
    if (socket !== undefined && host !== undefined) return transmit(socket, bytes, host, port);
    return this.#sendSlowly(bytes, name, port);
  }

  /** A name has to be looked up first, or the socket bound. */
  async #sendSlowly(bytes: Uint8Array, name: string, port: number): Promise<number> {
    const host = await resolveHost(name, this.family);
    this.#remember(name, host);
    return transmit(await this.#bound(), bytes, host, port);
  }

  /** The IP address of a host, as far as it is known without waiting. Answers go to few peers, so those are remembered. */
  #knownHost(name: string): string | undefined {
    const known = this.#names.get(name);
    if (known !== undefined || isIP(name) !== (this.family === C.AF_INET ? 4 : 6)) return known;
    this.#remember(name, name);
    return name;
  }

  #remember(name: string, host: string): void {
    if (this.#names.size >= MOST_NAMES) this.#names.clear();
    this.#names.set(name, host);
  }

  /** Sends a datagram to the connected peer (send(2)). @throws as `sendto`; UsageError SW_SOCKET_STATE ENOTCONN */
  send(data: Sendable): Promise<number> {
    const bytes = bytesOf(data);
    try {
      this.#check();
      if (this.#sendShut) throw brokenPipe();
      if (this.#socket === undefined || this.#peer === undefined)
        throw wrongState('ENOTCONN', 'send: the socket is not connected: use sendto, or connect first');
    } catch (error) {
      return Promise.reject(error as Error);
    }
    const [host, port] = this.#peer;
    const socket = this.#socket;
    return new Promise((resolve, reject) => {
      socket.send(bytes, error => {
        if (error === null) resolve(bytes.length);
        else reject(networkError(error, { transport: 'udp', host, port }, 'use'));
      });
    });
  }

  /** As `send`: a datagram goes whole or not at all. */
  async sendall(data: Sendable): Promise<void> {
    await this.send(data);
  }

  /** Shuts halves of a connected socket, on this side only: datagrams have no end (shutdown(2)). */
  shutdown(how: C.ShutdownHow): void {
    if (this.#closed) throw badDescriptor();
    if (this.#peer === undefined) throw wrongState('ENOTCONN', 'shutdown: the socket is not connected');
    if (how !== C.SHUT_RD) this.#sendShut = true;
    if (how === C.SHUT_WR) return;
    this.#receiveShut = true;
    const end: Received = [Buffer.alloc(0), this.#peer];
    this.#parked?.(end);
    this.#parked = undefined;
    while (this.#readers.count > 0) this.#readers.resolve(end);
  }

  /** @throws UsageError SW_SOCKET_UNSUPPORTED EOPNOTSUPP: datagrams have no connections to accept */
  listen(): Promise<void> {
    return Promise.reject(notSupported('EOPNOTSUPP', 'datagram sockets do not listen: bind, then recvfrom'));
  }

  /** @throws as `listen` */
  accept(): Promise<never> {
    return Promise.reject(
      notSupported(
        'EOPNOTSUPP',
        'datagram sockets accept nothing: recvfrom gives each datagram and its sender',
      ),
    );
  }

  /** Closes the socket; calls that wait fail with EBADF. What `sendto` has sent still goes. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#received.clear();
    this.#rejectAll(badDescriptor());
    if (this.#socket === undefined) this.#whenGone.resolve();
    else this.#socket.close(() => this.#whenGone.resolve());
  }

  /** Closes, and waits until the port is free. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.#whenGone.promise;
  }

  /** This end's address (getsockname(2)). @throws UsageError SW_CLOSED */
  getsockname(): SocketAddress {
    if (this.#closed) throw badDescriptor();
    if (this.#socket === undefined) return this.#nowhere();
    const { address, port } = this.#socket.address();
    return [address, port];
  }

  /** The connected peer's address (getpeername(2)). @throws UsageError SW_SOCKET_STATE ENOTCONN, SW_CLOSED */
  getpeername(): SocketAddress {
    if (this.#closed) throw badDescriptor();
    if (this.#peer === undefined) throw wrongState('ENOTCONN', 'this socket is not connected');
    return this.#peer;
  }

  /**
   * Sets an option (setsockopt(2)): SO_REUSEADDR, SO_REUSEPORT, SO_BROADCAST, SO_RCVBUF, SO_SNDBUF, IP_TTL,
   * IP_MULTICAST_TTL, _LOOP, _IF, IP_ADD_MEMBERSHIP and IP_DROP_MEMBERSHIP (also for one source), those of IPv6, and
   * IPV6_V6ONLY. Before `bind` it is kept until then.
   * @throws UsageError SW_SOCKET_UNSUPPORTED ENOPROTOOPT with the reason and what to use instead, SW_USAGE; NetworkError
   */
  setsockopt(level: number, name: number, value: DatagramOptionValue): void {
    if (this.#closed) throw badDescriptor();
    const socket = this.#socket;
    // Between the call of bind and its end there is a socket already, and it is too late for its early options.
    if (socket === undefined && this.#binding !== undefined) {
      throw wrongState('EALREADY', 'setsockopt: wait for bind or connect first');
    }
    try {
      this.#settings.set(level, name, value, socket);
    } catch (error) {
      throw error instanceof Error && 'syscall' in error ? this.#systemError(error) : error;
    }
  }

  /** An option's value (getsockopt(2)); also SO_TYPE, SO_DOMAIN. @throws as `setsockopt` */
  getsockopt(level: number, name: number): OptionValue {
    if (this.#closed) throw badDescriptor();
    if (level === C.SOL_SOCKET) {
      if (name === C.SO_TYPE) return this.type;
      if (name === C.SO_DOMAIN) return this.family;
      if (name === C.SO_ACCEPTCONN) return 0;
    }
    return this.#settings.get(level, name, this.#socket);
  }

  #onMessage(bytes: Buffer, { address, port }: RemoteInfo): void {
    if (this.#closed || this.#receiveShut) return;
    const received: Received = [bytes, [address, port]];
    const parked = this.#parked;
    if (parked !== undefined) {
      this.#parked = undefined;
      parked(this.#cut(received, this.#parkedSize));
      return;
    }
    const size = this.#readers.first;
    if (size !== undefined) {
      this.#readers.resolve(this.#cut(received, size));
      return;
    }
    const cost = bytes.length + DATAGRAM_COST_BYTES;
    if (this.#waitingBytes + cost > RECEIVE_LIMIT_BYTES) {
      this.#dropped++;
      return;
    }
    this.#waitingBytes += cost;
    this.#received.push(received);
  }

  #cut(received: Received, size: number): Received {
    const [bytes, peer] = received;
    if (bytes.length <= size) return received;
    this.#truncated++;
    return [bytes.subarray(0, size), peer];
  }

  #onError(error: Error): void {
    const failed = this.#systemError(error);
    if (!this.#rejectFirst(failed)) this.#pendingError = failed;
  }

  #systemError(error: Error): NetworkError {
    const [host, port] = this.#peer ?? (this.getsockname() as InetAddress);
    return networkError(error, { transport: 'udp', host, port }, 'use');
  }

  /** @throws where the socket is closed, or something has happened to it meanwhile */
  #check(): void {
    if (this.#closed) throw badDescriptor();
    const error = this.#pendingError;
    this.#pendingError = undefined;
    if (error !== undefined) throw error;
  }

  #nowhere(): InetAddress {
    return [this.family === C.AF_INET6 ? '::' : '0.0.0.0', 0];
  }
}

function transmit(socket: Socket, bytes: Uint8Array, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    socket.send(bytes, port, host, error => {
      if (error === null) resolve(bytes.length);
      else reject(networkError(error, { transport: 'udp', host, port }, 'use'));
    });
  });
}
