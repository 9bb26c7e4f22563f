/**
 * One channel of the receiving side: which of its messages have come, and those that cannot be delivered yet.
 */
import type { Assembly } from './assembly.ts';
import { BytePool } from './byte-pool.ts';
import { KIND, type Kind, kindOf, MOST_MESSAGES_AHEAD } from './channels.ts';
import type { DeliveryQueue } from './delivery-queue.ts';

export class ReceiveChannel {
  /** Its byte on the wire. */
  readonly id: number;
  readonly kind: Kind;
  /** Copies of small messages. */
  readonly pool: BytePool = new BytePool();
  /** All messages below have come; of a latest-only channel they came or are too old. */
  next = 0;
  /** Messages of which fragments are missing. */
  readonly #partial: Map<number, Assembly> = new Map();
  /** Ordered: whole messages that wait for those before them. */
  readonly #early: Map<number, Uint8Array> = new Map();
  /** Unordered: a bit for each of the numbers from `next` on that have come, made when the first is early. */
  #seen: Uint8Array | undefined;
  #seenCount = 0;

  constructor(id: number) {
    this.id = id;
    this.kind = kindOf(id);
  }

  /** Messages that have begun and are not delivered. */
  get undelivered(): number {
    return this.#partial.size + this.#early.size;
  }

  /** True where the whole message has come before. */
  has(sequence: number): boolean {
    if (sequence < this.next) return true;
    return this.kind === KIND.ordered ? this.#early.has(sequence) : this.#hasSeen(sequence);
  }

  partial(sequence: number): Assembly | undefined {
    return this.#partial.size === 0 ? undefined : this.#partial.get(sequence);
  }

  addPartial(sequence: number, assembly: Assembly): void {
    this.#partial.set(sequence, assembly);
  }

  /** Takes a whole message that has not come before, less than `MOST_MESSAGES_AHEAD` ahead, and delivers what is due. */
  complete(sequence: number, bytes: Uint8Array, deliveries: DeliveryQueue): void {
    if (this.#partial.size > 0) this.#partial.delete(sequence);
    if (this.kind === KIND.latestOnly) {
      this.next = sequence + 1;
      deliveries.push(this.id, bytes);
    } else if (this.kind === KIND.unordered) {
      this.#completeUnordered(sequence);
      deliveries.push(this.id, bytes);
    } else if (sequence === this.next) this.#deliverOrdered(bytes, deliveries);
    else this.#early.set(sequence, bytes);
  }

  #deliverOrdered(bytes: Uint8Array, deliveries: DeliveryQueue): void {
    this.next++;
    deliveries.push(this.id, bytes);
    while (this.#early.size > 0) {
      const early = this.#early.get(this.next);
      if (early === undefined) return;
      this.#early.delete(this.next);
      this.next++;
      deliveries.push(this.id, early);
    }
  }

  #completeUnordered(sequence: number): void {
    if (sequence !== this.next) {
      this.#mark(sequence, true);
      return;
    }
    this.next++;
    while (this.#seenCount > 0 && this.#hasSeen(this.next)) {
      this.#mark(this.next, false);
      this.next++;
    }
  }

  #hasSeen(sequence: number): boolean {
    if (this.#seen === undefined || sequence >= this.next + MOST_MESSAGES_AHEAD) return false;
    const slot = sequence % MOST_MESSAGES_AHEAD;
    return ((this.#seen[slot >> 3] as number) & (1 << (slot & 7))) !== 0;
  }

  #mark(sequence: number, seen: boolean): void {
    this.#seen ??= new Uint8Array(MOST_MESSAGES_AHEAD / 8);
    const slot = sequence % MOST_MESSAGES_AHEAD;
    this.#seen[slot >> 3] = (this.#seen[slot >> 3] as number) ^ (1 << (slot & 7));
    this.#seenCount += seen ? 1 : -1;
  }
}
