/**
 * A conversation in datagrams: each piece of the input is one, and so is each answer.
 *
 * Datagrams have no end and no flow control. So with one peer a datagram goes once the one before is answered, or a short
 * while after it; and at the end answers are waited for as long as they may take.
 */
import { NetworkError } from '../errors/errors.ts';
import type { Clock } from '../time/clock.ts';
import { LazyTimer } from '../time/lazy-timer.ts';
import type { TalkCounters, TalkEnd } from './counters.ts';
import { type DatagramPeer, senderUrl } from './datagram-peer.ts';
import type { TalkInput, TalkOutput } from './ports.ts';

/**
 * How long the next datagram waits for an answer to the one before: a Python server of the classic kind answers in a
 * tenth of this, and the kernel keeps only some 280 small datagrams for it. To who never answers go 50 a second.
 */
const PACE_US = 20_000;

export interface DatagramTalkOptions {
  readonly clock: Clock;
  readonly input: TalkInput;
  readonly output: TalkOutput;
  readonly counters: TalkCounters;
  /** How long answers may take after the last datagram; 0: there are none to wait for. */
  readonly timeoutUs: number;
  /** What goes wrong on the way, such as "nobody listens", where the conversation can go on. */
  readonly onProblem?: ((error: NetworkError) => void) | undefined;
  readonly signal: AbortSignal;
}

/** Talks until the input has ended and the answers are there. The socket stays open. @throws NetworkError, or what the input throws */
export async function talkOverDatagrams(peer: DatagramPeer, options: DatagramTalkOptions): Promise<TalkEnd> {
  return new DatagramTalk(peer, options).run();
}

class DatagramTalk {
  readonly #peer: DatagramPeer;
  readonly #options: DatagramTalkOptions;
  readonly #over = new AbortController();
  readonly #quiet: LazyTimer;
  #inputEnded = false;
  /** Called when something has come. */
  #onReceived: () => void = () => undefined;

  constructor(peer: DatagramPeer, options: DatagramTalkOptions) {
    this.#peer = peer;
    this.#options = options;
    this.#quiet = new LazyTimer(options.clock, () => this.#finish('quiet'));
  }

  async run(): Promise<TalkEnd> {
    const { signal } = this.#options;
    const stop = (): void => this.#finish('stopped');
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      const results = await Promise.allSettled([this.#send(), this.#receive()]);
      for (const result of results) if (result.status === 'rejected') throw result.reason;
      return this.#over.signal.reason as TalkEnd;
    } finally {
      signal.removeEventListener('abort', stop);
      this.#quiet.stop();
    }
  }

  #finish(end: TalkEnd): void {
    this.#over.abort(end);
    this.#options.input.stop();
    this.#onReceived();
  }

  async #send(): Promise<void> {
    const { input, output, counters } = this.#options;
    try {
      for await (const datagram of input) {
        await this.#transmit(datagram);
        counters.countSent(datagram);
        await output.sent(datagram);
        await this.#pace();
        if (this.#over.signal.aborted) return;
      }
    } catch (error) {
      this.#finish('stopped');
      throw error;
    }
    this.#inputEnded = true;
    if (input.left) this.#finish('left');
    else this.#awaitAnswers();
  }

  async #transmit(datagram: Uint8Array): Promise<void> {
    try {
      await this.#peer.send(datagram);
    } catch (error) {
      this.#report(error);
    }
  }

  /** Waits until everything is answered, or the pace allows more. */
  async #pace(): Promise<void> {
    const { clock, timeoutUs } = this.#options;
    if (timeoutUs === 0 || this.#peer.reach !== 'one' || this.#isAnswered) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = clock.setTimer(clock.monotonicUs() + PACE_US, resolve);
    this.#onReceived = () => {
      if (this.#isAnswered || this.#over.signal.aborted) resolve();
    };
    await promise;
    cancel();
    this.#onReceived = () => undefined;
  }

  async #receive(): Promise<void> {
    const { output, counters } = this.#options;
    const { signal } = this.#over;
    while (!signal.aborted) {
      try {
        const [bytes, peer] = await this.#peer.socket.recvfrom(MOST_UDP_BYTES, { signal });
        counters.countReceived(bytes);
        await output.message(bytes, this.#peer.reach === 'one' ? {} : { from: senderUrl(peer) });
        this.#onReceived();
      } catch (error) {
        if (signal.aborted) return;
        try {
          this.#report(error);
        } catch (failure) {
          this.#finish('stopped');
          throw failure;
        }
      }
      if (this.#inputEnded) this.#awaitAnswers();
    }
  }

  /** As many datagrams came as went. Who answers to a group is not known, so there it is never so. */
  get #isAnswered(): boolean {
    const { counters } = this.#options;
    return this.#peer.reach === 'one' && counters.received >= counters.sent;
  }

  #awaitAnswers(): void {
    const { clock, timeoutUs } = this.#options;
    if (timeoutUs === 0 || this.#isAnswered) this.#finish('done');
    else this.#quiet.schedule(clock.monotonicUs() + timeoutUs);
  }

  /** @throws the error, where nobody wants to go on after it */
  #report(error: unknown): void {
    const { onProblem } = this.#options;
    if (onProblem === undefined || !(error instanceof NetworkError)) throw error;
    onProblem(error);
  }
}

const MOST_UDP_BYTES = 65_535;
