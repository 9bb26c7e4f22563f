/**
 * A connection of reliable UDP behind the Connection port: a stream to whoever uses it. Each `send` is a message, and
 * messages come in order.
 */
import { Queue } from '../collections/queue.ts';
import { NetworkError } from '../errors/errors.ts';
import type { Connection as Machine } from '../rudp/connection.ts';
import { CLOSE_CODE, type ConnectionEvent } from '../rudp/connection-events.ts';
import { MOST_MESSAGE_BYTES } from '../rudp/layout.ts';
import type { Connection, ConnectionHandlers } from './connection.ts';
import { isOwnAddress } from './hosts.ts';
import type { PathStatistics } from './path-statistics.ts';

/** A peer that says nothing for so long while its connection is closing is gone; satellites answer within one. */
const SILENT_CLOSING_MS = 3_000;

/** The socket that a connection shares with others. */
export interface RudpOwner {
  /** The time for machines, in microseconds. */
  now(): number;
  /** There may be something to send. */
  wake(): void;
  /** The connection is gone. */
  forget(machine: Machine): void;
}

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
  readonly #owner: RudpOwner;
  readonly #machine: Machine;
  /** What the machine does not take yet. */
  readonly #overflow = new Queue<Uint8Array>();
  #overflowBytes = 0;
  #flushes: (() => void)[] = [];
  #paused = false;
  #closing = false;
  #isReady = false;
  #closingTimer: NodeJS.Timeout | undefined;
  #closed = false;
  /** Nothing that is sent goes anywhere any more. */
  #isOver = false;
  #failure: NetworkError | undefined;

  constructor(owner: RudpOwner, machine: Machine, local: string, remote: string, host: string) {
    this.#owner = owner;
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
    if (this.#closing || this.#closed || this.#isOver || this.#failure !== undefined) return true;
    for (let at = 0; at < bytes.length; at += MOST_MESSAGE_BYTES) {
      const isWhole = bytes.length <= MOST_MESSAGE_BYTES;
      const message = isWhole ? bytes : bytes.subarray(at, at + MOST_MESSAGE_BYTES);
      if (this.#overflow.length > 0 || this.#machine.isFull) {
        this.#overflow.push(message);
        this.#overflowBytes += message.length;
      } else this.#machine.send(message, this.#owner.now());
    }
    this.#owner.wake();
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
    setImmediate(() => this.#deliverLater());
  }

  shutdown(): void {
    if (this.#closing || this.#closed) return;
    this.flush(() => {
      this.#machine.end();
      this.#owner.wake();
    });
  }

  close(): void {
    if (this.#closing || this.#closed) return;
    this.#closing = true;
    this.#paused = false;
    this.flush(() => {
      this.#machine.close();
      this.#owner.wake();
    });
    this.#watchClosing();
    // What still waits to be read is thrown away, and the end may stand behind it.
    setImmediate(() => this.#deliverLater());
  }

  /** Outside the turns of the socket: what was taken may leave room to be told of. */
  #deliverLater(): void {
    this.deliver();
    this.#owner.wake();
  }

  /** A peer that is gone would keep what it never acknowledges waiting: it is given up when nothing is heard of it. */
  #watchClosing(): void {
    const { packetsReceived } = this.#machine.statistics;
    this.#closingTimer = setTimeout(() => {
      if (this.#machine.statistics.packetsReceived === packetsReceived) this.abort();
      else this.#watchClosing();
    }, SILENT_CLOSING_MS).unref();
  }

  abort(): void {
    if (this.#closed) return;
    this.#closing = true;
    this.#paused = false;
    this.#machine.abort(CLOSE_CODE.application, 'aborted', this.#owner.now());
    this.#owner.wake();
  }

  /** A listener's: nobody waits for it to be connected. */
  accepted(handlers: ConnectionHandlers): void {
    this.handlers = handlers;
    this.#isReady = true;
  }

  /** The peer has not answered yet. */
  get isConnecting(): boolean {
    return this.#machine.state === 'connecting';
  }

  /** The system says that the peer cannot be reached. What came from it before is still given. */
  fail(error: NetworkError): void {
    this.#failure ??= error;
    this.#ready.reject(error);
    this.#machine.abort(CLOSE_CODE.application, 'unreachable', this.#owner.now());
    this.#owner.wake();
  }

  /** Gives what the machine has to the owner. */
  deliver(): void {
    const machine = this.#machine;
    if (machine.state === 'closing' || machine.state === 'closed') this.#giveUpSending();
    // Who has paused gets what came before the connection broke all the same: the news of that stands behind it.
    const isBroken = (machine.closeCode ?? CLOSE_CODE.done) !== CLOSE_CODE.done;
    while (!this.#paused || isBroken) {
      const message = machine.pollMessage();
      if (message === undefined) break;
      // The stream is channel 0. An empty message adds nothing to it: readers would take it for the end.
      if (!this.#closing && message.channel === 0 && message.bytes.length > 0)
        this.handlers?.onReceive(asBuffer(message.bytes));
    }
    for (let event = machine.pollEvent(); event !== undefined; event = machine.pollEvent())
      this.#onEvent(event);
  }

  /** Who reads nothing until what it sends is taken would never hear of the end, which stands behind what waits to be read. */
  #giveUpSending(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    while (this.#overflow.shift() !== undefined);
    this.#overflowBytes = 0;
    this.#onDrain();
  }

  #onEvent(event: ConnectionEvent): void {
    switch (event.type) {
      case 'validated':
      case 'open':
        this.#isReady = true;
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
        clearTimeout(this.#closingTimer);
        const error = this.#failure ?? this.#errorOf(event);
        this.#ready.reject(error ?? new NetworkError('SW_NETWORK', `${this.remote} closed at once`));
        this.#owner.forget(this.#machine);
        // Who waits to be connected hears of it there.
        if (this.#isReady) this.handlers?.onClose(error);
        return;
      }
      case 'moved':
    }
  }

  #onDrain(): void {
    while (this.#overflow.length > 0 && !this.#machine.isFull) {
      const message = this.#overflow.shift() as Uint8Array;
      this.#overflowBytes -= message.length;
      this.#machine.send(message, this.#owner.now());
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

/** The same bytes: a message that was not copied is a part of the datagram, and so a Buffer already. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
