/**
 * The way to the collector: one connection at a time, made again with back-off whenever it breaks.
 *
 * It knows nothing of the protocol. Its owner says with `worked` that the other end is a collector that takes us.
 */
import { NetworkError } from '../errors/errors.ts';
import { type Address, formatAddress } from '../socket/address.ts';
import type { Connection } from '../socket/connection.ts';
import { connectTo } from '../socket/open.ts';
import { addPaths, type PathStatistics } from '../socket/path-statistics.ts';
import { type CancelTimer, type Clock, sleepUntil } from '../time/clock.ts';
import { Backoff } from './backoff.ts';

/** An attempt that has led to nothing for this long is worth a word: datagrams may go nowhere for ever. */
const SILENT_US = 3_000_000;

export interface LinkOwner {
  /** There is a connection: greet. */
  onConnected(): void;
  onReceive(bytes: Uint8Array): void;
  /** `send` takes bytes again. */
  onDrain(): void;
  onDisconnected(): void;
  /** No collector for now; the next attempt is in `retryUs`, 0 where this one goes on. */
  onAway(reason: string, retryUs: number): void;
}

export class Link {
  readonly #address: Address;
  readonly #clock: Clock;
  readonly #owner: LinkOwner;
  readonly #backoff = new Backoff(Math.random);
  #connection: Connection | undefined;
  #lost: ((reason: string) => void) | undefined;
  #cancelSilence: CancelTimer | undefined;
  #full = false;
  #connections = 0;
  /** Of the connections that are gone. */
  #pathBefore: PathStatistics | undefined;

  constructor(address: Address, clock: Clock, owner: LinkOwner) {
    this.#address = address;
    this.#clock = clock;
    this.#owner = owner;
  }

  /** Connections made so far. */
  get connections(): number {
    return this.#connections;
  }

  get isConnected(): boolean {
    return this.#connection !== undefined;
  }

  /** What happened on the way, over all connections, where the transport knows. */
  get path(): PathStatistics | undefined {
    const path = this.#connection?.path;
    return path === undefined ? this.#pathBefore : addPaths(this.#pathBefore, path);
  }

  /** True where `send` takes something. */
  get canSend(): boolean {
    return this.#connection !== undefined && !this.#full;
  }

  send(bytes: Uint8Array): void {
    this.#full = this.#connection?.send(bytes) === false;
  }

  /** The other end takes us: the next wait is a short one again. */
  worked(): void {
    this.#cancelSilence?.();
    this.#backoff.reset();
  }

  /** Ends this connection, to make another one after a while. */
  breakOff(reason: string): void {
    this.#lost?.(reason);
    this.#connection?.close();
  }

  /** Sends what was given, and closes. */
  close(): void {
    this.#connection?.close();
  }

  /** Connects again and again. @throws the signal's reason; NetworkError or UsageError where it can never work */
  async run(signal: AbortSignal): Promise<never> {
    for (;;) {
      const reason = await this.#attempt(signal);
      signal.throwIfAborted();
      const retryUs = this.#backoff.next();
      this.#owner.onAway(reason, retryUs);
      await sleepUntil(this.#clock, this.#clock.monotonicUs() + retryUs, signal);
    }
  }

  /** One attempt, to the end of its connection; says why it ended. */
  async #attempt(signal: AbortSignal): Promise<string> {
    this.#cancelSilence = this.#clock.setTimer(this.#clock.monotonicUs() + SILENT_US, () =>
      this.#owner.onAway(`no answer from ${formatAddress(this.#address)} yet`, 0),
    );
    try {
      return await this.#connect(signal);
    } catch (error) {
      if (signal.aborted || !(error instanceof NetworkError) || !error.retryable) throw error;
      // A name that was never known is a typing error; one that was known may be back soon.
      if (error.code === 'SW_UNKNOWN_HOST' && this.#connections === 0) throw error;
      return error.message;
    } finally {
      this.#cancelSilence();
    }
  }

  async #connect(signal: AbortSignal): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>();
    const owner = this.#owner;
    const handlers = {
      onReceive: (bytes: Uint8Array) => owner.onReceive(bytes),
      onDrain: () => {
        this.#full = false;
        owner.onDrain();
      },
      onClose: (error: NetworkError | undefined) =>
        resolve(error?.message ?? 'the collector closed the connection'),
    };
    this.#connection = await connectTo(this.#address, handlers, signal);
    this.#lost = resolve;
    this.#full = false;
    this.#connections++;
    owner.onConnected();
    try {
      return await promise;
    } finally {
      this.#pathBefore = this.path;
      this.#connection = undefined;
      this.#lost = undefined;
      owner.onDisconnected();
    }
  }
}
