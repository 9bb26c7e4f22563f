/**
 * A connected stream with promises, over anything behind the Connection port.
 *
 * Flow control is real: beyond `RECEIVE_LIMIT_BYTES` that nobody has read, the peer is not read any more; and sending
 * waits until the system has taken everything. So the memory of a connection is bounded in both directions.
 */
import { type NetworkError, UsageError } from '../errors/errors.ts';
import { ByteQueue } from './byte-queue.ts';
import type { Connection, ConnectionHandlers } from './connection.ts';
import { badDescriptor, brokenPipe, EndOfStreamError, timedOut } from './socket-error.ts';
import { Waiters } from './waiters.ts';

/** Bytes that wait to be read before the peer must wait: one piece as Node.js reads it from the kernel. */
const RECEIVE_LIMIT_BYTES = 65_536;

const EMPTY = Buffer.alloc(0);
const DONE = Promise.resolve();

/** What a reader waits for. The separator's bytes must not change. */
export type ReadRequest =
  /** At least one byte, at most so many; nothing at the end of the stream. A number, as it is what most ask for. */
  | number
  | { readonly kind: 'exactly'; readonly size: number }
  /** Up to the end of `separator`; `orRest`: or what there is at the end of the stream. */
  | {
      readonly kind: 'until';
      readonly separator: Uint8Array;
      readonly limit: number;
      readonly orRest: boolean;
    };

export class ByteStream {
  /** What the connection tells. */
  readonly handlers: ConnectionHandlers;
  #connection: Connection | undefined;
  readonly #received = new ByteQueue();
  readonly #readers = new Waiters<ReadRequest, Buffer>(() => this.#serve());
  /** Senders with the number of their flush. */
  readonly #senders = new Waiters<number, void>();
  readonly #whenGone = Promise.withResolvers<void>();
  #flushes = 0;
  #paused = false;
  /** Nothing more comes: the peer ended, or this end shut its receiving half. */
  #ended = false;
  #discards = false;
  #sendShut = false;
  #closed = false;
  /** The error that ended the connection. */
  #failure: NetworkError | undefined;
  /** The same, where it came before the end of what the peer sent. */
  #readFailure: NetworkError | undefined;

  constructor() {
    this.handlers = {
      onReceive: bytes => this.#onReceive(bytes as Buffer),
      onDrain: () => undefined,
      onEnd: () => this.#end(),
      onClose: error => this.#onClose(error),
    };
  }

  /** To be called once, with the connection that has the handlers. */
  open(connection: Connection): void {
    this.#connection = connection;
  }

  /** Resolves when the connection is gone. */
  get gone(): Promise<void> {
    return this.#whenGone.promise;
  }

  /** @throws UsageError SW_CLOSED, SW_LIMIT, NetworkError, EndOfStreamError, or the signal's reason */
  read(request: ReadRequest, timeoutMs: number | null, signal?: AbortSignal): Promise<Buffer> {
    if (this.#closed) return Promise.reject(badDescriptor());
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    if (this.#readers.isEmpty) {
      try {
        const answer = this.#answer(request);
        if (answer !== undefined) {
          this.#regulate();
          return Promise.resolve(answer);
        }
      } catch (error) {
        return Promise.reject(error as Error);
      }
    }
    const waiting = this.#readers.wait(request, timeoutMs, signal);
    this.#regulate();
    return waiting;
  }

  /** Resolves when the system has taken all bytes. @throws UsageError SW_CLOSED, NetworkError, or the signal's reason */
  send(bytes: Uint8Array, timeoutMs: number | null, signal?: AbortSignal): Promise<void> {
    const connection = this.#connection as Connection;
    const refusal = this.#sendRefusal(timeoutMs === 0);
    if (refusal !== undefined) return Promise.reject(refusal);
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    connection.send(bytes);
    return connection.unsentBytes === 0 ? DONE : this.#flushed(connection, timeoutMs, signal);
  }

  /** Takes a copy of the bytes to be sent, where nothing waits to be. @throws as `send` */
  sendNow(bytes: Uint8Array): void {
    const refusal = this.#sendRefusal(true);
    if (refusal !== undefined) throw refusal;
    this.#connection?.send(new Uint8Array(bytes));
  }

  #sendRefusal(mayNotWait: boolean): Error | undefined {
    if (this.#closed) return badDescriptor();
    if (this.#failure !== undefined) return this.#failure;
    if (this.#sendShut) return brokenPipe();
    return mayNotWait && this.#connection?.unsentBytes !== 0 ? timedOut(0) : undefined;
  }

  #flushed(connection: Connection, timeoutMs: number | null, signal?: AbortSignal): Promise<void> {
    const number = ++this.#flushes;
    const waiting = this.#senders.wait(number, timeoutMs, signal);
    connection.flush(() => {
      // Those that gave up meanwhile are not among the waiting any more.
      while ((this.#senders.first ?? Number.POSITIVE_INFINITY) <= number) this.#senders.resolve();
    });
    return waiting;
  }

  /** Nothing more is received: what came and what comes is thrown away. */
  shutReceiving(): void {
    this.#discards = true;
    this.#received.clear();
    this.#end();
    this.#regulate();
  }

  /** Tells the peer that nothing more comes. */
  shutSending(): void {
    if (this.#sendShut) return;
    this.#sendShut = true;
    this.#connection?.shutdown();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#received.clear();
    this.#readers.rejectAll(badDescriptor());
    this.#senders.rejectAll(badDescriptor());
    this.#connection?.close();
  }

  #onReceive(bytes: Buffer): void {
    if (this.#discards || this.#closed) return;
    const first = this.#readers.first;
    if (typeof first === 'number' && bytes.length <= first && this.#received.size === 0) {
      this.#readers.resolve(bytes);
      return;
    }
    this.#received.push(bytes);
    this.#serve();
  }

  #end(): void {
    this.#ended = true;
    this.#serve();
  }

  #onClose(error: NetworkError | undefined): void {
    this.#failure = error;
    if (!this.#ended) this.#readFailure = error;
    this.#ended = true;
    this.#serve();
    this.#senders.rejectAll(error ?? brokenPipe());
    this.#whenGone.resolve();
  }

  /** Answers those who wait, as far as it goes. */
  #serve(): void {
    for (let request = this.#readers.first; request !== undefined; request = this.#readers.first) {
      let answer: Buffer | undefined;
      try {
        answer = this.#answer(request);
      } catch (error) {
        this.#readers.reject(error);
        continue;
      }
      if (answer === undefined) break;
      this.#readers.resolve(answer);
    }
    this.#regulate();
  }

  /** What the request asks for; undefined where it has to wait. */
  #answer(request: ReadRequest): Buffer | undefined {
    const { size } = this.#received;
    if (typeof request === 'number') {
      if (size > 0 || request === 0) return this.#received.takeSome(request);
    } else if (request.kind === 'exactly') {
      if (size >= request.size) return this.#received.take(request.size);
    } else {
      const at = this.#received.indexOf(request.separator);
      const end = at + request.separator.length;
      if (at >= 0 && end <= request.limit) return this.#received.take(end);
      if (at >= 0 || size >= request.limit) throw tooLong(request.limit);
    }
    if (!this.#ended) return undefined;
    if (this.#readFailure !== undefined) throw this.#readFailure;
    if (typeof request === 'number') return EMPTY;
    const rest = this.#received.take(size);
    if (request.kind === 'until' && request.orRest) return rest;
    throw new EndOfStreamError(request.kind === 'until' ? 'the separator' : `${request.size} bytes`, rest);
  }

  /** Makes the peer wait while more is there than is wanted. */
  #regulate(): void {
    const first = this.#readers.first;
    const wanted = typeof first !== 'object' ? 0 : first.kind === 'exactly' ? first.size : first.limit;
    const full = !this.#discards && this.#received.size >= Math.max(RECEIVE_LIMIT_BYTES, wanted);
    if (full === this.#paused) return;
    this.#paused = full;
    if (full) this.#connection?.pause();
    else this.#connection?.resume();
  }
}

function tooLong(limit: number): UsageError {
  return new UsageError(
    'SW_LIMIT',
    `no separator came within ${limit} bytes, which are still to be read: the peer sends something else, or give a larger limit`,
  );
}
