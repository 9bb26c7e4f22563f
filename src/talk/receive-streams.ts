/**
 * Connections of anybody, one after another, so that the bytes of each stay together. Nothing is answered.
 */
import { Queue } from '../collections/queue.ts';
import { NetworkError } from '../errors/errors.ts';
import type { Listener } from '../socket/connection.ts';
import { type ConnectedAddress, listenForSockets } from '../socket/dial.ts';
import type { StreamSocket } from '../socket/stream-socket.ts';
import type { TalkEnd } from './counters.ts';
import type { ReceiveOptions } from './receive-datagrams.ts';

/** Connections that wait for their turn, each with up to 64 KiB that it has sent already. */
export const MOST_WAITING = 64;

interface Waiting {
  readonly socket: StreamSocket;
  readonly remote: string;
}

/** What happens to connections. */
export type ReceiverNotice =
  | { readonly type: 'connected'; readonly url: string }
  /** Another one has its turn; `waiting` do not. */
  | { readonly type: 'waits'; readonly url: string; readonly waiting: number }
  | { readonly type: 'refused'; readonly url: string }
  | {
      readonly type: 'closed';
      readonly url: string;
      readonly bytes: number;
      /** Why it broke off. */
      readonly error?: NetworkError;
    };

/** Listens, and takes connections one after another. */
export class StreamReceiver implements AsyncDisposable {
  readonly #onNotice: (notice: ReceiverNotice) => void;
  readonly #waiting = new Queue<Waiting>();
  #listener: Listener | undefined;
  #isBusy = false;
  #onWaiting: () => void = () => undefined;

  private constructor(onNotice: (notice: ReceiverNotice) => void) {
    this.#onNotice = onNotice;
  }

  /** @throws NetworkError */
  static async open(
    address: ConnectedAddress,
    onNotice: (notice: ReceiverNotice) => void,
  ): Promise<StreamReceiver> {
    const receiver = new StreamReceiver(onNotice);
    receiver.#listener = await listenForSockets(address, (socket, remote) =>
      receiver.#add({ socket, remote }),
    );
    return receiver;
  }

  get urls(): readonly string[] {
    return this.#listener?.urls ?? [];
  }

  #add(connection: Waiting): void {
    const url = connection.remote;
    if (this.#waiting.length >= MOST_WAITING) {
      connection.socket.close();
      this.#onNotice({ type: 'refused', url });
      return;
    }
    this.#waiting.push(connection);
    if (this.#isBusy) this.#onNotice({ type: 'waits', url, waiting: this.#waiting.length });
    this.#onWaiting();
  }

  /** Takes connections until there are enough of them. */
  async run({
    output,
    counters,
    count = Number.POSITIVE_INFINITY,
    signal,
  }: ReceiveOptions): Promise<TalkEnd> {
    for (let left = count; left > 0; left--) {
      const next = await this.#next(signal);
      if (next === undefined) return 'stopped';
      const { socket, remote: url } = next;
      this.#isBusy = true;
      this.#onNotice({ type: 'connected', url });
      let bytes = 0;
      let failure: NetworkError | undefined;
      try {
        for await (const piece of socket.chunks({ signal })) {
          bytes += piece.length;
          counters.receivedBytes += piece.length;
          await output.piece(piece);
        }
      } catch (error) {
        if (!signal.aborted && !(error instanceof NetworkError)) throw error;
        if (error instanceof NetworkError) failure = error;
      } finally {
        socket.close();
        this.#isBusy = false;
      }
      counters.received++;
      await output.endOfPieces();
      if (failure !== undefined) counters.broken++;
      this.#onNotice({ type: 'closed', url, bytes, ...(failure !== undefined && { error: failure }) });
      if (signal.aborted) return 'stopped';
    }
    return 'done';
  }

  /** The next connection; undefined when it is time to stop. */
  async #next(signal: AbortSignal): Promise<Waiting | undefined> {
    while (this.#waiting.length === 0 && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#onWaiting = resolve;
      const stop = (): void => resolve();
      signal.addEventListener('abort', stop, { once: true });
      await promise;
      signal.removeEventListener('abort', stop);
    }
    return signal.aborted ? undefined : this.#waiting.shift();
  }

  /** Takes no more connections; those that wait are closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (let left = this.#waiting.shift(); left !== undefined; left = this.#waiting.shift())
      left.socket.close();
    await this.#listener?.close();
  }
}
