/**
 * A Berkeley stream socket with promises: SOCK_STREAM of AF_INET, AF_INET6 and AF_UNIX.
 *
 * The states are those of the man pages: new → bound → listening, or new → (bound →) connected; closed at the end.
 * What is read and written once it is connected is `ByteStream`'s.
 */
import { existsSync } from 'node:fs';
import * as net from 'node:net';
import { Queue } from '../collections/queue.ts';
import type { NetworkError, UsageError } from '../errors/errors.ts';
import { parseAddress, type StreamAddress } from './address.ts';
import { BaseSocket, bytesOf, checkHow, checkSize, type Sendable } from './base-socket.ts';
import { ByteStream, type ReadRequest } from './byte-stream.ts';
import type { Connection, ConnectionHandlers } from './connection.ts';
import * as C from './constants.ts';
import { type InetAddress, numericHost, resolveHost, type SocketAddress } from './names.ts';
import { networkError } from './network-error.ts';
import { badArgument, badDescriptor, notSupported, timedOut, wrongState } from './socket-error.ts';
import { connectStream } from './stream-connect.ts';
import { StreamConnection } from './stream-connection.ts';
import { listenStream, type StreamListener } from './stream-listen.ts';
import { type OptionValue, StreamSettings } from './stream-settings.ts';
import { limitWait, Waiters, type WaitOptions, waitFor } from './waiters.ts';

/** Node.js accepts for us, so connections that nobody takes pile up here: more than the kernel would keep are reset. */
const MOST_UNACCEPTED = C.SOMAXCONN;
/** `send` takes at most this much of its bytes at once, as the kernel takes what has room. */
const SEND_LIMIT_BYTES = 1_048_576;
/** A piece of async iteration: what Node.js reads from the kernel at once. */
const CHUNK_BYTES = 65_536;
/** A line or record that is longer is refused, unless the caller allows more. */
const LINE_LIMIT_BYTES = 65_536;

const NEWLINE = Buffer.from('\n');

type State =
  | { readonly is: 'new' }
  | { readonly is: 'bound'; readonly to: SocketAddress; readonly held: net.BoundSocket | undefined }
  | { readonly is: 'connecting'; readonly giveUp: AbortController }
  | {
      readonly is: 'listening';
      readonly listener: Promise<StreamListener>;
      readonly begun: Promise<void>;
      at: SocketAddress;
    }
  | {
      readonly is: 'connected';
      readonly stream: ByteStream;
      readonly connection: Connection;
      readonly own: SocketAddress;
      readonly peer: SocketAddress;
    }
  | { readonly is: 'closed' };

/** A connection that `accept` gives, with the peer's address. */
export type Accepted = [connection: StreamSocket, peer: SocketAddress];

/** Options of `readuntil` and `readline`. */
export interface ReadLimit extends WaitOptions {
  /** Bytes with the separator; 65,536 where it is not given. */
  readonly limit?: number;
}

export class StreamSocket extends BaseSocket implements AsyncIterable<Buffer>, AsyncDisposable {
  readonly type: typeof C.SOCK_STREAM = C.SOCK_STREAM;
  #state: State = { is: 'new' };
  #settings = new StreamSettings();
  /** Whether closing waits for the peer's end. */
  #lingers = false;
  readonly #accepted = new Queue<StreamSocket>();
  readonly #accepters = new Waiters<undefined, Accepted>();
  #refused = 0;

  /** @internal a new one is made with `socket` */
  constructor(family: C.AddressFamily) {
    super(family);
  }

  /**
   * A socket over a connection that something else makes: that one gets the handlers, and is then opened here.
   * @param lingers whether closing waits for the peer's end, so that one which still sends gets our last bytes; else
   *   closing is that of close(2)
   */
  static over(lingers = true): {
    readonly handlers: ConnectionHandlers;
    open(connection: Connection): StreamSocket;
  } {
    const stream = new ByteStream();
    return {
      handlers: stream.handlers,
      open: connection => {
        const made = new StreamSocket(familyOf(connection));
        made.#lingers = lingers;
        if (connection instanceof StreamConnection) made.#settings = StreamSettings.of(connection.options);
        return made.#connected(stream, connection);
      },
    };
  }

  get closed(): boolean {
    return this.#state.is === 'closed';
  }

  /** Connections that were reset because nobody accepts them any more, or 4,096 waited for that. */
  get refused(): number {
    return this.#refused;
  }

  /**
   * Gives the socket an address of this machine (bind(2)). Port 0 lets the system pick one, '' is every interface, with
   * AF_INET6 for IPv4 peers too (IPV6_V6ONLY).
   *
   * Node.js before 26.4 binds only in `listen` or `connect`: there a taken port is reported by those, and the port that
   * the system picked is known only then. A path of AF_UNIX becomes a file in `listen`, and goes with `close`.
   * @throws NetworkError SW_ADDRESS_IN_USE, SW_ADDRESS_NOT_AVAILABLE, SW_PERMISSION, SW_UNKNOWN_HOST; UsageError; or the
   *   signal's reason while a name is looked up
   */
  async bind(address: SocketAddress, { signal }: WaitOptions = {}): Promise<void> {
    if (this.#state.is !== 'new') throw this.#unfit('bind');
    signal?.throwIfAborted();
    if (this.family === C.AF_UNIX) {
      const { path } = this.#unixAddress(address);
      if (existsSync(path)) throw addressInUse({ transport: 'unix', path });
      this.#state = { is: 'bound', to: path, held: undefined };
      return;
    }
    const [name, port] = this.inetAddress(address);
    // Only names have to be waited for: with an IP address the socket is bound when the call returns.
    let host = numericHost(name, this.family);
    if (host === undefined) {
      host = await waitFor(resolveHost(name, this.family), null, signal);
      if (this.#state.is !== 'new') throw this.#unfit('bind');
    }
    const held = this.#hold(host, port);
    this.#state = { is: 'bound', to: held === undefined ? [host, port] : boundTo(held), held };
  }

  /** Takes the address now, where Node.js can (26.4 and newer). */
  #hold(host: string, port: number): net.BoundSocket | undefined {
    const { BoundSocket } = net as { BoundSocket?: typeof net.BoundSocket };
    if (BoundSocket === undefined) return undefined;
    const { reusePort, ipv6Only } = this.#settings;
    try {
      return new BoundSocket({ host, port, reusePort, ipv6Only: ipv6Only && this.family === C.AF_INET6 });
    } catch (error) {
      throw networkError(error, { transport: 'tcp', host, port }, 'listen');
    }
  }

  /**
   * Begins to accept connections (listen(2)). A socket that was not bound gets a port that the system picks.
   *
   * It need not be awaited: where it fails, `accept` says so too. With Node.js 26.4 and newer, and for paths, the kernel
   * listens when the call returns.
   * @param backlog connections that the kernel keeps while this program is busy; at most net.core.somaxconn. Node.js
   *   accepts by itself, so up to 4,096 more wait here for `accept`.
   * @throws NetworkError as `bind`; UsageError SW_SOCKET_STATE EINVAL, EISCONN
   */
  listen(backlog: number = C.SOMAXCONN): Promise<void> {
    const state = this.#state;
    if (state.is === 'listening') return state.begun;
    if (state.is !== 'new' && state.is !== 'bound') return Promise.reject(this.#unfit('listen'));
    if (state.is === 'new' && this.family === C.AF_UNIX) {
      return Promise.reject(wrongState('EINVAL', 'a Unix socket must be bound to a path before listen'));
    }
    let to: SocketAddress = state.is === 'bound' ? state.to : ['', 0];
    let held = state.is === 'bound' ? state.held : undefined;
    if (state.is === 'new') {
      try {
        held = this.#hold(this.family === C.AF_INET6 ? '::' : '0.0.0.0', 0);
      } catch (error) {
        return Promise.reject(error as Error);
      }
      if (held !== undefined) to = boundTo(held);
    }
    const listener = this.#listen(to, held, backlog);
    const begun = listener.then(({ address }) => {
      listening.at = typeof address === 'string' ? address : [address.host, address.port];
    });
    // Who does not await this hears of it in accept.
    begun.catch(() => undefined);
    const listening: Extract<State, { is: 'listening' }> = { is: 'listening', listener, begun, at: to };
    this.#state = listening;
    return begun;
  }

  async #listen(
    to: SocketAddress,
    bound: net.BoundSocket | undefined,
    backlog: number,
  ): Promise<StreamListener> {
    const settings = this.#settings;
    const { reusePort, ipv6Only, streamOptions } = settings;
    const where: StreamAddress =
      typeof to === 'string'
        ? this.#unixAddress(to)
        : {
            transport: 'tcp',
            // What is held has its address: nothing is waited for before the kernel listens.
            host: bound === undefined ? await this.#resolve(to[0]) : to[0],
            port: to[1],
          };
    const onConnection = (connection: Connection): ConnectionHandlers => {
      const stream = new ByteStream();
      const accepted = new StreamSocket(this.family);
      accepted.#settings = StreamSettings.of(streamOptions, settings.resets);
      // The connection begins to speak once it has its handlers.
      this.#take(accepted.#connected(stream, connection));
      return stream.handlers;
    };
    return listenStream(where, onConnection, {
      ...streamOptions,
      backlog,
      bound,
      reusePort,
      ipv6Only,
      replaceLeftOver: false,
    });
  }

  #take(accepted: StreamSocket): void {
    if (this.#state.is !== 'listening' || this.#accepted.length >= MOST_UNACCEPTED) {
      this.#refused++;
      accepted.#reset();
    } else if (!this.#accepters.isEmpty) this.#accepters.resolve([accepted, accepted.getpeername()]);
    else this.#accepted.push(accepted);
  }

  /**
   * The next connection (accept(2)).
   * @throws UsageError SW_SOCKET_STATE EINVAL where the socket does not listen; SW_CLOSED; NetworkError SW_TIMEOUT,
   *   and that of `listen`; or the signal's reason
   */
  async accept({ signal }: WaitOptions = {}): Promise<Accepted> {
    const state = this.#state;
    if (state.is === 'closed') throw badDescriptor();
    if (state.is !== 'listening')
      throw wrongState('EINVAL', 'this socket does not listen: call listen before accept');
    signal?.throwIfAborted();
    await state.begun;
    const first = this.#accepted.shift();
    if (first !== undefined) return [first, first.getpeername()];
    // It may have been closed meanwhile.
    if (this.closed) throw badDescriptor();
    return this.#accepters.wait(undefined, this.timeoutMs, signal);
  }

  /** Connections as they come, until the socket is closed. */
  async *connections(options: WaitOptions = {}): AsyncGenerator<Accepted, void, undefined> {
    while (!this.closed) {
      let accepted: Accepted;
      try {
        accepted = await this.accept(options);
      } catch (error) {
        if (this.closed) return;
        throw error;
      }
      yield accepted;
    }
  }

  /**
   * Connects to a peer (connect(2)). A name stands for the first of its addresses, as in Python; `create_connection`
   * tries them all. After a failure the socket may be used again, at the address it was bound to.
   * @throws NetworkError SW_UNREACHABLE, SW_UNKNOWN_HOST, SW_TIMEOUT; UsageError SW_SOCKET_STATE EISCONN, EALREADY; or
   *   the signal's reason
   */
  async connect(address: SocketAddress, { signal }: WaitOptions = {}): Promise<void> {
    const before = this.#state;
    if (before.is !== 'new' && before.is !== 'bound') throw this.#unfit('connect');
    const to = this.family === C.AF_UNIX ? this.#unixAddress(address) : this.inetAddress(address);
    if (this.family === C.AF_UNIX && before.is === 'bound') throw unixBound();
    const { timeoutMs } = this;
    signal?.throwIfAborted();
    if (timeoutMs === 0) throw timedOut(0);
    const giveUp = new AbortController();
    const release = limitWait(timeoutMs, signal, error => giveUp.abort(error));
    this.#state = { is: 'connecting', giveUp };
    let after: State = before;
    try {
      const where = 'transport' in to ? to : await this.#tcpAddress(to, giveUp.signal);
      // From here on the held address is the connection's.
      if (before.is === 'bound') after = { ...before, held: undefined };
      const stream = new ByteStream();
      const connection = await connectStream(where, stream.handlers, {
        ...this.#settings.streamOptions,
        ...localEnd(before),
        signal: giveUp.signal,
      });
      if (giveUp.signal.aborted) connection.abort();
      giveUp.signal.throwIfAborted();
      this.#connected(stream, connection);
    } catch (error) {
      if (!this.closed) this.#state = after;
      else if (after.is === 'bound') after.held?.close();
      throw error;
    } finally {
      release?.();
    }
  }

  #connected(stream: ByteStream, connection: Connection): this {
    stream.open(connection);
    const own = this.#ownAddress(connection);
    const peer = this.#peerAddress(connection);
    this.#state = { is: 'connected', stream, connection, own, peer };
    return this;
  }

  /**
   * At most `size` bytes, as soon as there are any (recv(2)); empty at the end of the stream.
   *
   * A peer that resets the connection while nobody here reads is ECONNRESET after what came before; Node.js before 26
   * may take it for the end of the stream.
   * @throws UsageError SW_SOCKET_STATE ENOTCONN, SW_CLOSED; NetworkError; or the signal's reason
   */
  recv(size: number, options?: WaitOptions): Promise<Buffer> {
    return this.#read(size, size, options?.signal);
  }

  /** As `recv`, with the peer's address (recvfrom(2)). */
  async recvfrom(size: number, options?: WaitOptions): Promise<[data: Buffer, peer: SocketAddress]> {
    const peer = this.getpeername();
    return [await this.recv(size, options), peer];
  }

  /** Exactly `size` bytes. @throws EndOfStreamError with what came before the stream ended; and as `recv` */
  readexactly(size: number, { signal }: WaitOptions = {}): Promise<Buffer> {
    return this.#read({ kind: 'exactly', size }, size, signal);
  }

  /**
   * Up to and with the separator.
   * @throws UsageError SW_LIMIT where it does not come within `limit` bytes, which are then still to be read;
   *   EndOfStreamError; and as `recv`
   */
  readuntil(separator: Sendable, { limit = LINE_LIMIT_BYTES, signal }: ReadLimit = {}): Promise<Buffer> {
    // A copy: what is waited for must not change.
    const bytes = new Uint8Array(bytesOf(separator));
    if (bytes.length === 0) return Promise.reject(badArgument('a separator needs at least one byte'));
    return this.#read({ kind: 'until', separator: bytes, limit, orRest: false }, limit, signal);
  }

  /** A line with its `\n`; the last one may have none, and at the end of the stream it is empty. @throws as `readuntil` */
  readline({ limit = LINE_LIMIT_BYTES, signal }: ReadLimit = {}): Promise<Buffer> {
    return this.#read({ kind: 'until', separator: NEWLINE, limit, orRest: true }, limit, signal);
  }

  #read(request: ReadRequest, size: number, signal: AbortSignal | undefined): Promise<Buffer> {
    try {
      checkSize(size);
      return this.#stream('receive').read(request, this.timeoutMs, signal);
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  /** Pieces as they come, until the stream ends. The socket stays open. */
  async *chunks(options: WaitOptions = {}): AsyncGenerator<Buffer, void, undefined> {
    for (;;) {
      const chunk = await this.recv(CHUNK_BYTES, options);
      if (chunk.length === 0) return;
      yield chunk;
    }
  }

  /** Pieces of a connection; of a listening socket, whose type `create_server` gives, its connections. */
  [Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
    if (this.#state.is !== 'listening') return this.chunks();
    return this.connections() as AsyncGenerator<unknown, void, undefined> as ReturnType<typeof this.chunks>;
  }

  /**
   * Sends at most 1 MiB of the bytes, and resolves with how many when the kernel has taken them (send(2)).
   *
   * With `settimeout(0)` they are copied and nobody waits: EAGAIN where others are still to be taken. After any other
   * timeout or an abort nobody knows how much the peer will get: close the connection.
   * @throws NetworkError SW_NETWORK EPIPE, ECONNRESET, SW_TIMEOUT; UsageError; or the signal's reason
   */
  async send(data: Sendable, { signal }: WaitOptions = {}): Promise<number> {
    const bytes = bytesOf(data).subarray(0, SEND_LIMIT_BYTES);
    const stream = this.#stream('send');
    signal?.throwIfAborted();
    if (this.timeoutMs === 0) stream.sendNow(bytes);
    else await stream.send(bytes, this.timeoutMs, signal);
    return bytes.length;
  }

  /**
   * Sends all bytes; resolves when the kernel has taken the last one, and they may be changed again.
   *
   * After a timeout or an abort nobody knows how much the peer will get: close the connection.
   * @throws as `send`
   */
  sendall(data: Sendable, options?: WaitOptions): Promise<void> {
    try {
      return this.#stream('send').send(bytesOf(data), this.timeoutMs, options?.signal);
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  /** As `send`: a stream has one peer, so an address is refused with EISCONN (sendto(2)). */
  sendto(data: Sendable, address?: SocketAddress, options?: WaitOptions): Promise<number> {
    if (address !== undefined && this.#state.is === 'connected') return Promise.reject(this.#unfit('sendto'));
    return this.send(data, options);
  }

  /**
   * Shuts one half, or both, of a connection (shutdown(2)). The peer reads the end of the stream once it has read what
   * was sent before; the other half goes on.
   *
   * After SHUT_RD what came and what comes is thrown away, so that the peer is not held up.
   * @throws UsageError SW_SOCKET_STATE ENOTCONN, SW_CLOSED, SW_USAGE
   */
  shutdown(how: C.ShutdownHow): void {
    checkHow(how);
    const stream = this.#stream('shut down');
    if (how === C.SHUT_RD || how === C.SHUT_RDWR) stream.shutReceiving();
    if (how === C.SHUT_WR || how === C.SHUT_RDWR) stream.shutSending();
  }

  /**
   * Closes the socket (close(2)); calls that wait fail with EBADF. What `sendall` has sent still goes to the peer; with
   * SO_LINGER [1, 0] it gets a reset. A peer that sends on gets one too. Idempotent.
   */
  close(): void {
    const state = this.#state;
    if (state.is === 'closed') return;
    this.#state = { is: 'closed' };
    switch (state.is) {
      case 'bound':
        state.held?.close();
        break;
      case 'connecting':
        state.giveUp.abort(badDescriptor());
        break;
      case 'connected':
        if (this.#settings.resets) resetConnection(state.connection);
        else if (!this.#lingers && state.connection instanceof StreamConnection) state.connection.release();
        state.stream.close();
        this.#gone = state.stream.gone;
        break;
      case 'listening':
        this.#gone = state.listener.then(listener => listener.close()).catch(() => undefined);
        this.#accepters.rejectAll(badDescriptor());
        for (let left = this.#accepted.shift(); left !== undefined; left = this.#accepted.shift())
          left.#reset();
    }
  }

  #gone: Promise<void> = Promise.resolve();

  /** Closes, and waits until the connection is gone: two seconds at most, if the peer does not take what is still to go. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.#gone;
  }

  /** Closes with a reset, as the kernel does with what nobody accepted. */
  #reset(): void {
    this.#settings.set(C.SOL_SOCKET, C.SO_LINGER, [1, 0], undefined, true);
    this.close();
  }

  /** This end's address (getsockname(2)). @throws UsageError SW_CLOSED */
  getsockname(): SocketAddress {
    const state = this.#state;
    switch (state.is) {
      case 'closed':
        throw badDescriptor();
      case 'bound':
        return state.to;
      case 'listening':
        return state.at;
      case 'connected':
        return state.own;
      default:
        return this.family === C.AF_UNIX ? '' : [this.family === C.AF_INET6 ? '::' : '0.0.0.0', 0];
    }
  }

  /** The peer's address (getpeername(2)). @throws UsageError SW_SOCKET_STATE ENOTCONN, SW_CLOSED */
  getpeername(): SocketAddress {
    if (this.#state.is === 'connected') return this.#state.peer;
    throw this.#unfit('getpeername');
  }

  /**
   * Sets an option (setsockopt(2)): SO_REUSEPORT, SO_KEEPALIVE, SO_LINGER, TCP_NODELAY, TCP_KEEPIDLE, IPV6_V6ONLY.
   * Before `listen`, it holds for the accepted connections too.
   * @throws UsageError SW_SOCKET_UNSUPPORTED ENOPROTOOPT with the reason and what to use instead, SW_USAGE
   */
  setsockopt(level: number, name: number, value: OptionValue): void {
    const state = this.#state;
    if (state.is === 'closed') throw badDescriptor();
    if (state.is === 'connecting') throw this.#unfit('setsockopt');
    this.checkLevel(level);
    const connection = state.is === 'connected' ? state.connection : undefined;
    const nodeSocket = connection instanceof StreamConnection ? connection.socket : undefined;
    this.#settings.set(level, name, value, nodeSocket, state.is !== 'new');
  }

  /** An option's value (getsockopt(2)); also SO_TYPE, SO_DOMAIN, SO_ACCEPTCONN. @throws as `setsockopt` */
  getsockopt(level: number, name: number): OptionValue {
    if (this.closed) throw badDescriptor();
    if (level === C.SOL_SOCKET) {
      if (name === C.SO_TYPE) return this.type;
      if (name === C.SO_DOMAIN) return this.family;
      if (name === C.SO_ACCEPTCONN) return Number(this.#state.is === 'listening');
      if (name === C.SO_ERROR) return 0;
    }
    this.checkLevel(level);
    return this.#settings.get(level, name);
  }

  #stream(what: string): ByteStream {
    const state = this.#state;
    if (state.is === 'connected') return state.stream;
    throw state.is === 'closed'
      ? badDescriptor()
      : wrongState(
          'ENOTCONN',
          `this socket is not connected, so there is nobody to ${what} ${what === 'receive' ? 'from' : 'to'}`,
        );
  }

  /** Why a call does not fit the state. */
  #unfit(call: string): Error {
    switch (this.#state.is) {
      case 'closed':
        return badDescriptor();
      case 'connecting':
        return wrongState('EALREADY', `${call}: a connection is being made`);
      case 'connected':
        return call === 'bind'
          ? wrongState('EINVAL', 'bind: the socket has an address already')
          : wrongState('EISCONN', `${call}: the socket is connected already`);
      case 'listening':
        return call === 'getpeername'
          ? wrongState('ENOTCONN', 'a listening socket has no peer')
          : wrongState('EINVAL', `${call}: the socket listens already`);
      case 'bound':
        return call === 'getpeername'
          ? wrongState('ENOTCONN', 'this socket is not connected')
          : wrongState('EINVAL', `${call}: the socket has an address already`);
      case 'new':
        return wrongState('ENOTCONN', 'this socket is not connected');
    }
  }

  #unixAddress(address: SocketAddress): StreamAddress & { readonly transport: 'unix' } {
    if (typeof address !== 'string') {
      throw badArgument(`an address of AF_UNIX is a path, not ${JSON.stringify(address)}`);
    }
    // The same limits as for addresses of the command line.
    return parseAddress(`unix:${address}`) as StreamAddress & { readonly transport: 'unix' };
  }

  async #tcpAddress([host, port]: InetAddress, signal: AbortSignal): Promise<StreamAddress> {
    return { transport: 'tcp', host: await waitFor(this.#resolve(host), null, signal), port };
  }

  #resolve(host: string): Promise<string> {
    return resolveHost(host, this.family === C.AF_INET6 ? C.AF_INET6 : C.AF_INET);
  }

  #ownAddress({ local, remote }: Connection): SocketAddress {
    // A Unix socket that connects has no path of its own.
    if (this.family === C.AF_UNIX) return local === remote ? '' : pathOf(local);
    return this.#socketAddress(local);
  }

  #peerAddress(connection: Connection): SocketAddress {
    const { local, remote } = connection;
    if (this.family === C.AF_UNIX) return local === remote ? pathOf(remote) : '';
    if (connection instanceof StreamConnection) {
      const { remoteAddress, remotePort } = connection.socket;
      if (remoteAddress !== undefined && remotePort !== undefined) return [remoteAddress, remotePort];
    }
    return this.#socketAddress(remote);
  }

  #socketAddress(url: string): InetAddress {
    const { host, port } = parseAddress(url) as { readonly host: string; readonly port: number };
    return [this.family === C.AF_INET6 && net.isIPv4(host) ? `::ffff:${host}` : host, port];
  }
}

function familyOf({ local }: Connection): C.AddressFamily {
  if (local.startsWith('unix:')) return C.AF_UNIX;
  return local.includes('://[') ? C.AF_INET6 : C.AF_INET;
}

function pathOf(url: string): string {
  return url.slice('unix:'.length);
}

function boundTo(held: net.BoundSocket): SocketAddress {
  const { address, port } = held.address();
  return [address, port];
}

/** What `bind` left for `connect`. */
function localEnd(state: State): { bound?: net.BoundSocket; from?: { host: string; port: number } } {
  if (state.is !== 'bound' || typeof state.to === 'string') return {};
  if (state.held !== undefined) return { bound: state.held };
  const [host, port] = state.to;
  return { from: { host, port } };
}

function resetConnection(connection: Connection): void {
  // Unix sockets have no reset: their peer reads the end.
  const isTcp = connection instanceof StreamConnection && connection.remote.startsWith('tcp:');
  if (isTcp) connection.socket.resetAndDestroy();
  else connection.abort();
}

function unixBound(): UsageError {
  const message =
    'Node.js cannot connect from a path: leave out bind, and send the peer a name where it needs one';
  return notSupported('EOPNOTSUPP', message);
}

function addressInUse(address: StreamAddress): NetworkError {
  const cause = Object.assign(new Error('EADDRINUSE'), { code: 'EADDRINUSE' });
  return networkError(cause, address, 'listen');
}
