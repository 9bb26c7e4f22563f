/**
 * A Berkeley datagram socket with promises: SOCK_DGRAM of AF_INET and AF_INET6.
 *
 * Node.js cannot stop receiving datagrams, so those that nobody has read wait here, up to a limit as the kernel has
 * one; what comes beyond it is dropped and counted.
 */
import type { RemoteInfo, Socket } from 'node:dgram';
import { isIP } from 'node:net';
import { Queue } from '../collections/queue.ts';
import { NetworkError, SensewireError } from '../errors/errors.ts';
import { formatUrl } from './address.ts';
import { BaseSocket, bytesOf, checkHow, checkSize, type Sendable } from './base-socket.ts';
import * as C from './constants.ts';
import { type DatagramOptionValue, DatagramSettings } from './datagram-settings.ts';
import { type InetAddress, resolveHost, type SocketAddress } from './names.ts';
import { networkError, systemCode } from './network-error.ts';
import { badArgument, badDescriptor, brokenPipe, notSupported, wrongState } from './socket-error.ts';
import type { OptionValue } from './stream-settings.ts';
import { bindUdp, connectUdp, udpSocket } from './udp-socket.ts';
import { Waiters, type WaitOptions, waitFor } from './waiters.ts';

/**
 * Datagrams that nobody has read yet, in bytes with what each costs to keep: as much as we ask the kernel to keep for us.
 * Where SO_RCVBUF is set, it is that.
 */
const RECEIVE_LIMIT_BYTES = 4 * 2 ** 20;
/** What a datagram costs beside its bytes. */
const DATAGRAM_COST_BYTES = 256;
/** Hosts that are remembered, so that a sender does not look up the same for each datagram. */
const MOST_NAMES = 256;
/** A name is looked up again after this: as short as the shortest times to live that are common in DNS. */
const NAME_MS = 60_000;
/** The most that one datagram carries: 65,535 of IP less the headers of IPv4 and UDP (RFC 768). IPv6 takes 20 more. */
const MOST_PAYLOAD_BYTES = 65_507;

/** A datagram and where it came from. */
export type Received = [data: Buffer, peer: SocketAddress];

export class DatagramSocket extends BaseSocket implements AsyncIterable<Received>, AsyncDisposable {
  readonly type: typeof C.SOCK_DGRAM = C.SOCK_DGRAM;
  declare readonly family: typeof C.AF_INET | typeof C.AF_INET6;
  readonly #settings = new DatagramSettings();
  readonly #received = new Queue<Received>();
  readonly #readers = new Waiters<number, Received>();
  /** IP addresses of this family that datagrams went to. */
  readonly #numeric = new Set<string>();
  /** Addresses of other hosts, and until when they hold. */
  readonly #names = new Map<string, { readonly host: string; readonly untilMs: number }>();
  readonly #whenGone = Promise.withResolvers<void>();
  #socket: Socket | undefined;
  /** The one call that gives the socket its address. */
  #binding: Promise<Socket> | undefined;
  #peer: InetAddress | undefined;
  #waitingBytes = 0;
  #mostWaitingBytes = RECEIVE_LIMIT_BYTES;
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
  async bind(address: SocketAddress, { signal }: WaitOptions = {}): Promise<void> {
    if (this.#closed) throw badDescriptor();
    signal?.throwIfAborted();
    if (this.#binding !== undefined) throw wrongState('EINVAL', 'bind: the socket has an address already');
    const [name, port] = this.inetAddress(address);
    this.#binding = this.#bind(name, port, signal);
    await this.#binding;
  }

  async #bind(name: string, port: number, signal?: AbortSignal): Promise<Socket> {
    let socket: Socket | undefined;
    try {
      const host = await waitFor(resolveHost(name, this.family), null, signal);
      if (this.#closed) throw badDescriptor();
      socket = udpSocket(this.family === C.AF_INET6 ? 6 : 4, this.#settings.udpOptions);
      await bindUdp(socket, host, port);
      if (this.#closed) throw badDescriptor();
      this.#settings.apply(socket);
      this.#limitWaiting(socket);
    } catch (error) {
      socket?.close();
      this.#binding = undefined;
      if (error instanceof SensewireError || signal?.aborted) throw error;
      throw networkError(error, { transport: 'udp', host: name === '' ? '*' : name, port }, 'listen');
    }
    socket.on('message', (bytes, peer) => this.#onMessage(bytes, peer));
    socket.on('error', error => this.#onError(error));
    this.#socket = socket;
    return socket;
  }

  /** Who sets SO_RCVBUF has the same limit here. */
  #limitWaiting(socket: Socket): void {
    if (this.#settings.udpOptions.recvBufferSize !== undefined) {
      this.#mostWaitingBytes = socket.getRecvBufferSize();
    }
  }

  /** The socket, with an address that the system picks where there was no `bind`. */
  #bound(): Promise<Socket> {
    this.#binding ??= this.#bind('', 0);
    return this.#binding;
  }

  /**
   * Takes datagrams of one peer only, to which `send` goes (connect(2)).
   * @throws NetworkError, UsageError, or the signal's reason while a name is looked up
   */
  async connect(address: SocketAddress, { signal }: WaitOptions = {}): Promise<void> {
    if (this.#closed) throw badDescriptor();
    const [name, port] = this.#destination(address);
    const host = await waitFor(resolveHost(name, this.family), null, signal);
    const socket = await this.#bound();
    try {
      if (this.#peer !== undefined) {
        this.#peer = undefined;
        socket.disconnect();
      }
      await connectUdp(socket, host, port);
    } catch (error) {
      if (this.#closed) throw badDescriptor();
      throw networkError(error, { transport: 'udp', host, port }, 'connect');
    }
    this.#peer = [host, port];
  }

  /** @throws UsageError SW_USAGE */
  #destination(address: SocketAddress): InetAddress {
    const to = this.inetAddress(address);
    if (to[1] === 0) throw badArgument('datagrams go to a port from 1 to 65535: 0 is for bind only');
    return to;
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
    const signal = options?.signal;
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    if (this.#readers.isEmpty) {
      const next = this.#received.shift();
      if (next !== undefined) {
        this.#waitingBytes -= next[0].length + DATAGRAM_COST_BYTES;
        return Promise.resolve(this.#cut(next, size));
      }
      if (this.#receiveShut) return Promise.resolve([Buffer.alloc(0), this.#peer ?? this.#nowhere()]);
    }
    // An error of binding is told by this call.
    if (this.#socket === undefined) this.#bound().catch((error: unknown) => this.#readers.rejectAll(error));
    return this.#readers.wait(size, this.timeoutMs, signal);
  }

  /** The next datagram (recv(2)). @throws as `recvfrom` */
  async recv(size: number, options: WaitOptions = {}): Promise<Buffer> {
    return (await this.recvfrom(size, options))[0];
  }

  /** Datagrams as they come, until the socket is closed or its receiving half shut. */
  async *datagrams(options: WaitOptions = {}): AsyncGenerator<Received, void, undefined> {
    while (!this.#closed && !(this.#receiveShut && this.#received.length === 0)) {
      let received: Received;
      try {
        received = await this.recvfrom(65_535, options);
      } catch (error) {
        if (this.#closed) return;
        throw error;
      }
      if (this.#receiveShut && this.#received.length === 0 && received[0].length === 0) return;
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
  sendto(data: Sendable, address: SocketAddress, options?: WaitOptions): Promise<number> {
    const socket = this.#socket;
    let bytes: Uint8Array;
    let to: InetAddress;
    try {
      this.#check();
      options?.signal?.throwIfAborted();
      bytes = bytesOf(data);
      to = this.#destination(address);
      if (this.#sendShut) throw brokenPipe();
      if (this.#peer !== undefined)
        throw wrongState('EISCONN', 'sendto: the socket is connected to one peer: use send');
    } catch (error) {
      return Promise.reject(error as Error);
    }
    const [name, port] = to;
    const host = this.#knownHost(name);
    if (socket !== undefined && host !== undefined) return this.#transmit(socket, bytes, host, port);
    return this.#sendSlowly(bytes, name, port, options?.signal);
  }

  /** A name has to be looked up first, or the socket bound. */
  async #sendSlowly(bytes: Uint8Array, name: string, port: number, signal?: AbortSignal): Promise<number> {
    const host = await waitFor(resolveHost(name, this.family), null, signal);
    if (this.#names.size >= MOST_NAMES) this.#names.clear();
    this.#names.set(name, { host, untilMs: performance.now() + NAME_MS });
    const socket = await this.#bound();
    if (this.#closed) throw badDescriptor();
    return this.#transmit(socket, bytes, host, port);
  }

  /** The IP address of a host, as far as it is known without waiting. Answers go to few peers, so those are remembered. */
  #knownHost(name: string): string | undefined {
    if (this.#numeric.has(name)) return name;
    if (isIP(name) === (this.family === C.AF_INET ? 4 : 6)) {
      if (this.#numeric.size >= MOST_NAMES) this.#numeric.clear();
      this.#numeric.add(name);
      return name;
    }
    const known = this.#names.get(name);
    return known !== undefined && performance.now() < known.untilMs ? known.host : undefined;
  }

  #transmit(socket: Socket, bytes: Uint8Array, host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      socket.send(bytes, port, host, error => {
        if (error === null) resolve(bytes.length);
        else reject(this.#sendError(error, bytes.length, [host, port]));
      });
    });
  }

  #sendError(error: Error, size: number, [host, port]: InetAddress): NetworkError {
    const errno = systemCode(error);
    const to = formatUrl('udp', host, port);
    if (errno === 'EMSGSIZE') {
      const message = `${to}: ${size} bytes are too many for one datagram: at most ${MOST_PAYLOAD_BYTES} go into one, and fewer where the network does not split it (EMSGSIZE)`;
      return new NetworkError('SW_NETWORK', message, { errno, cause: error });
    }
    if (errno === 'EACCES' && this.#settings.get(C.SOL_SOCKET, C.SO_BROADCAST, undefined) === 0) {
      const message = `${to}: the system does not allow it: to send to everybody on a network, set SO_BROADCAST first (EACCES)`;
      return new NetworkError('SW_PERMISSION', message, { errno, cause: error });
    }
    return networkError(error, { transport: 'udp', host, port }, 'use');
  }

  /** Sends a datagram to the connected peer (send(2)). @throws as `sendto`; UsageError SW_SOCKET_STATE ENOTCONN */
  send(data: Sendable, options?: WaitOptions): Promise<number> {
    let bytes: Uint8Array;
    try {
      this.#check();
      options?.signal?.throwIfAborted();
      bytes = bytesOf(data);
      if (this.#sendShut) throw brokenPipe();
      if (this.#socket === undefined || this.#peer === undefined)
        throw wrongState('ENOTCONN', 'send: the socket is not connected: use sendto, or connect first');
    } catch (error) {
      return Promise.reject(error as Error);
    }
    const peer = this.#peer;
    const socket = this.#socket;
    return new Promise((resolve, reject) => {
      socket.send(bytes, error => {
        if (error === null) resolve(bytes.length);
        else reject(this.#sendError(error, bytes.length, peer));
      });
    });
  }

  /** As `send`: a datagram goes whole or not at all. */
  async sendall(data: Sendable, options?: WaitOptions): Promise<void> {
    await this.send(data, options);
  }

  /** Shuts halves of a connected socket, on this side only: datagrams have no end (shutdown(2)). */
  shutdown(how: C.ShutdownHow): void {
    checkHow(how);
    if (this.#closed) throw badDescriptor();
    if (this.#peer === undefined) throw wrongState('ENOTCONN', 'shutdown: the socket is not connected');
    if (how !== C.SHUT_RD) this.#sendShut = true;
    if (how === C.SHUT_WR) return;
    this.#receiveShut = true;
    const end: Received = [Buffer.alloc(0), this.#peer];
    while (!this.#readers.isEmpty) this.#readers.resolve(end);
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
    this.#readers.rejectAll(badDescriptor());
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
    this.checkLevel(level);
    const socket = this.#socket;
    // Between the call of bind and its end there is a socket already, and it is too late for its early options.
    if (socket === undefined && this.#binding !== undefined) {
      throw wrongState('EALREADY', 'setsockopt: wait for bind or connect first');
    }
    try {
      this.#settings.set(level, name, value, socket);
      if (socket !== undefined) this.#limitWaiting(socket);
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
    this.checkLevel(level);
    return this.#settings.get(level, name, this.#socket);
  }

  #onMessage(bytes: Buffer, { address, port }: RemoteInfo): void {
    if (this.#closed || this.#receiveShut) return;
    const received: Received = [bytes, [address, port]];
    const size = this.#readers.first;
    if (size !== undefined) {
      this.#readers.resolve(this.#cut(received, size));
      return;
    }
    // As the kernel does it: the last one may go beyond the limit.
    if (this.#waitingBytes >= this.#mostWaitingBytes) {
      this.#dropped++;
      return;
    }
    this.#waitingBytes += bytes.length + DATAGRAM_COST_BYTES;
    this.#received.push(received);
  }

  #cut(received: Received, size: number): Received {
    const [bytes, peer] = received;
    if (bytes.length <= size) return received;
    this.#truncated++;
    return [bytes.subarray(0, size), peer];
  }

  #onError(error: Error): void {
    if (this.#closed) return;
    const failed = this.#systemError(error);
    if (this.#readers.isEmpty) this.#pendingError = failed;
    else this.#readers.reject(failed);
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
