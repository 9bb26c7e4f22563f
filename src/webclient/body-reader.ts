/**
 * The body of an answer, taken as it comes. Node.js throws away what its streams still hold when a connection breaks off;
 * here everything that came is given first, and the error after it.
 */
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { Queue } from '../collections/queue.ts';

/** Held for a reader that is slower than the network, such as a disk: some pieces of what is read at once. */
const MOST_HELD_BYTES = 262_144;

/** What a stream holds: one piece for each read while it flows. */
function* heldBy(stream: Readable): Generator<Buffer, void, undefined> {
  for (let piece = stream.read(); piece !== null; piece = stream.read()) yield piece as Buffer;
}

export class BodyReader {
  readonly #message: IncomingMessage;
  readonly #pieces = new Queue<Buffer>();
  #held = 0;
  #isOver = false;
  #failure: unknown;
  #onChange: () => void = () => undefined;

  /** To be made as soon as there is an answer: it may break off in the same turn. */
  constructor(message: IncomingMessage) {
    this.#message = message;
    message
      .on('data', this.#take)
      .on('end', () => this.#finish(undefined))
      .on('aborted', () => this.#takeRest())
      .on('error', error => this.#finish(error))
      .on('close', () => this.#finish(new Error('the answer was closed')));
  }

  /** Bytes that the connection still held when it broke, where they are the body as it is. */
  takeUnparsed(connection: Readable): void {
    const isPlain = this.#message.headers['transfer-encoding'] === undefined;
    this.#takeRest();
    if (isPlain && !this.#message.complete) for (const piece of heldBy(connection)) this.#take(piece);
  }

  /** Pieces until the end. @throws what broke it off */
  async *pieces(): AsyncGenerator<Buffer, void, undefined> {
    for (;;) {
      const piece = this.#pieces.shift();
      if (piece !== undefined) {
        this.#held -= piece.length;
        if (this.#held < MOST_HELD_BYTES && !this.#isOver) this.#message.resume();
        yield piece;
      } else if (this.#isOver) {
        if (this.#failure !== undefined) throw this.#failure;
        return;
      } else {
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#onChange = resolve;
        await promise;
      }
    }
  }

  readonly #take = (piece: Buffer): void => {
    if (this.#isOver) return;
    this.#pieces.push(piece);
    this.#held += piece.length;
    if (this.#held >= MOST_HELD_BYTES) this.#message.pause();
    this.#onChange();
  };

  /** What the broken message holds. */
  #takeRest(): void {
    // Reading may give it to those who listen, too.
    this.#message.off('data', this.#take);
    for (const piece of heldBy(this.#message)) this.#take(piece);
  }

  #finish(failure: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#failure = failure;
    this.#onChange();
  }
}
