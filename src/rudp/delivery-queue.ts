/**
 * Messages that are due, until the application takes them. What bounds them is the owner's window; of latest-only
 * channels there is one message each.
 */
import { Queue } from '../collections/queue.ts';
import { KIND, kindOf } from './channels.ts';

/** A message for the application. */
export interface Delivered {
  /** Kind and id as one byte. */
  readonly channel: number;
  /** The application's own. */
  readonly bytes: Uint8Array;
}

interface Waiting extends Delivered {
  bytes: Uint8Array;
}

export class DeliveryQueue {
  readonly #waiting: Queue<Waiting> = new Queue();
  /** The message of each latest-only channel that waits. */
  readonly #latest: Map<number, Waiting> = new Map();

  get length(): number {
    return this.#waiting.length;
  }

  /** A newer message of a latest-only channel takes the place of the one that waits. */
  push(channel: number, bytes: Uint8Array): void {
    if (kindOf(channel) !== KIND.latestOnly) {
      this.#waiting.push({ channel, bytes });
      return;
    }
    const older = this.#latest.get(channel);
    if (older !== undefined) {
      older.bytes = bytes;
      return;
    }
    const message = { channel, bytes };
    this.#waiting.push(message);
    this.#latest.set(channel, message);
  }

  shift(): Delivered | undefined {
    const message = this.#waiting.shift();
    if (message !== undefined && kindOf(message.channel) === KIND.latestOnly)
      this.#latest.delete(message.channel);
    return message;
  }
}
