/**
 * A conversation over a stream: what is read is sent, what comes is written, both at once and each only as fast as its
 * other end takes it.
 */
import { NetworkError } from '../errors/errors.ts';
import { SHUT_WR, SO_LINGER, SOL_SOCKET } from '../socket/constants.ts';
import type { StreamSocket } from '../socket/stream-socket.ts';
import type { Clock } from '../time/clock.ts';
import { LazyTimer } from '../time/lazy-timer.ts';
import type { TalkCounters, TalkEnd } from './counters.ts';
import type { TalkInput, TalkOutput } from './ports.ts';

/** As much as Node.js reads from the kernel at once. */
const PIECE_BYTES = 65_536;

export interface StreamTalkOptions {
  readonly clock: Clock;
  readonly input: TalkInput;
  readonly output: TalkOutput;
  readonly counters: TalkCounters;
  /** Tell the server where the input ends, by shutting the sending half. */
  readonly halfClose: boolean;
  /** After the end of the input, end when nothing came for so long; undefined: wait until the server closes. */
  readonly quietUs: number | undefined;
  /** Once the server sends no more, end where the input is idle for so long: most servers have closed then. */
  readonly idleUs: number;
  readonly signal: AbortSignal;
}

/**
 * Talks until both ends have ended. The socket stays open.
 * @throws NetworkError, or what the input throws
 */
export async function talkOverStream(socket: StreamSocket, options: StreamTalkOptions): Promise<TalkEnd> {
  return new StreamTalk(socket, options).run();
}

class StreamTalk {
  readonly #socket: StreamSocket;
  readonly #options: StreamTalkOptions;
  /** Ends what waits, with a TalkEnd as the reason. */
  readonly #over = new AbortController();
  readonly #quiet: LazyTimer;
  readonly #idle: LazyTimer;
  #isSending = false;
  #inputEnded = false;
  #serverEnded = false;

  constructor(socket: StreamSocket, options: StreamTalkOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#quiet = new LazyTimer(options.clock, () => this.#finish('quiet'));
    this.#idle = new LazyTimer(options.clock, () => {
      // What is being sent may still arrive; after it the timer is set anew.
      if (!this.#isSending) options.input.stop();
    });
  }

  async run(): Promise<TalkEnd> {
    const { signal } = this.#options;
    const stop = (): void => this.#finish('stopped');
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      const results = await Promise.allSettled([this.#send(), this.#receive()]);
      for (const result of results) if (result.status === 'rejected') throw result.reason;
      return this.#over.signal.aborted ? (this.#over.signal.reason as TalkEnd) : 'closed';
    } finally {
      signal.removeEventListener('abort', stop);
      this.#quiet.stop();
      this.#idle.stop();
    }
  }

  #finish(end: TalkEnd): void {
    // Nobody waits until a peer that does not read has taken the rest.
    if (this.#isSending) this.#socket.setsockopt(SOL_SOCKET, SO_LINGER, [1, 0]);
    this.#over.abort(end);
    this.#options.input.stop();
  }

  async #send(): Promise<void> {
    const { input, output, counters, halfClose } = this.#options;
    try {
      for await (const piece of input) {
        this.#isSending = true;
        counters.unsentBytes = piece.length;
        await this.#socket.sendall(piece, { signal: this.#over.signal });
        this.#isSending = false;
        counters.unsentBytes = 0;
        counters.countSent(piece);
        await output.sent(piece);
        if (this.#serverEnded) this.#schedule(this.#idle, this.#options.idleUs);
      }
    } catch (error) {
      if (this.#over.signal.aborted) return;
      this.#isSending = false;
      this.#inputEnded = true;
      // What came before a connection broke is still read; that ends by itself.
      if (!(error instanceof NetworkError)) this.#schedule(this.#quiet, 0);
      throw error;
    }
    this.#inputEnded = true;
    if (input.left) this.#finish('left');
    if (this.#serverEnded || this.#over.signal.aborted) return;
    if (halfClose) this.#socket.shutdown(SHUT_WR);
    this.#schedule(this.#quiet, this.#options.quietUs);
  }

  async #receive(): Promise<void> {
    const { input, output, counters } = this.#options;
    const { signal } = this.#over;
    try {
      for (;;) {
        const piece = await this.#socket.recv(PIECE_BYTES, { signal });
        if (piece.length === 0) break;
        counters.countReceived(piece);
        await output.piece(piece);
        if (this.#inputEnded) this.#schedule(this.#quiet, this.#options.quietUs);
      }
    } catch (error) {
      if (signal.aborted) return;
      input.stop();
      throw error;
    }
    this.#serverEnded = true;
    this.#quiet.stop();
    if (!this.#inputEnded) this.#schedule(this.#idle, this.#options.idleUs);
  }

  #schedule(timer: LazyTimer, afterUs: number | undefined): void {
    if (afterUs !== undefined) timer.schedule(this.#options.clock.monotonicUs() + afterUs);
  }
}
