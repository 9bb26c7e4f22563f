/**
 * Groups what arrives while a commit runs into the next commit, for every store.
 *
 * Invariants:
 * - Items are committed, and their promises settle, in the order they were added.
 * - An idle store commits at the end of the turn of the event loop in which the first item came
 *   (`setImmediate`), so that what one turn delivers makes one commit and a lone item waits for nobody.
 * - Where a commit held many items, many are on their way: the next one waits a little for more of them. A thousand
 *   senders of one reading each then make 100 commits a second and not 700.
 * - A failed commit fails everything that waits behind it: a later item of a session stored without the
 *   earlier one would make the earlier one look like a repetition when it is sent again.
 *
 * What waits is not bounded here: the caller, which knows who sends it, bounds what it has outstanding.
 */
import { setTimeout as later } from 'node:timers';
import { UsageError } from '../errors/errors.ts';

/**
 * Readings a commit takes at most, so that the first of them does not wait long for the last: about 5 ms of
 * work for the slowest store. One item larger than this is a commit of its own.
 */
export const COMMIT_READINGS = 16_384;

/** Items in a commit that make the next one wait; a lone sender never has so many. */
const MANY_ITEMS = 8;
/** ... and so many that wait are enough: whoever has a window is not to wait for a clock. */
const ENOUGH_ITEMS = 256;
/** How long it waits, milliseconds: below the interval of any sensor that many senders could have. */
const GATHER_MS = 8;

/** What a {@link GroupCommit} does with its items. */
export interface GroupCommitOptions<T> {
  /** Makes the items durable, all or none. */
  readonly commit: (items: readonly T[]) => Promise<void>;
  /** How much of `maxSize` an item takes, at least 0. */
  readonly sizeOf: (item: T) => number;
  readonly maxSize: number;
  /** A second commit is handed over while one runs where this much waits; never where it is undefined. */
  readonly pipelineAt?: number;
}

interface Entry<T> {
  readonly item: T;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** Collects items and commits them in groups. */
export class GroupCommit<T> {
  readonly #options: GroupCommitOptions<T>;
  #waiting: Entry<T>[] = [];
  #waitingSize = 0;
  #running = 0;
  #scheduled = false;
  #gathering = false;
  #closed = false;
  #last: Promise<void> = Promise.resolve();

  constructor(options: GroupCommitOptions<T>) {
    this.#options = options;
  }

  /** Resolves when the item is durable. @throws UsageError SW_CLOSED after `close` */
  add(item: T): Promise<void> {
    if (this.#closed) return Promise.reject(closedError());
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ item, resolve, reject });
    this.#waitingSize += this.#options.sizeOf(item);
    this.#last = promise;
    this.#schedule();
    return promise;
  }

  /** Resolves when all that was added until now is durable or has failed; never rejects. */
  async settled(): Promise<void> {
    await this.#last.catch(() => undefined);
  }

  /** Takes nothing more and waits for what was added. Idempotent. */
  close(): Promise<void> {
    this.#closed = true;
    this.#startAll();
    return this.settled();
  }

  #schedule(): void {
    if (this.#scheduled || !this.#mayStart()) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#startAll();
    });
  }

  #startAll(): void {
    while (this.#mayStart()) this.#start(this.#takeGroup());
  }

  #mayStart(): boolean {
    if (this.#waiting.length === 0) return false;
    const { maxSize, pipelineAt } = this.#options;
    if (this.#running === 0) {
      const isEnough = this.#waiting.length >= ENOUGH_ITEMS || this.#waitingSize >= maxSize;
      return !this.#gathering || isEnough || this.#closed;
    }
    return this.#running === 1 && this.#waitingSize >= (pipelineAt ?? Infinity);
  }

  #gather(): void {
    if (this.#gathering) return;
    this.#gathering = true;
    later(() => {
      this.#gathering = false;
      this.#startAll();
    }, GATHER_MS);
  }

  #takeGroup(): Entry<T>[] {
    const { sizeOf, maxSize } = this.#options;
    let size = 0;
    let count = 0;
    for (const entry of this.#waiting) {
      const next = size + sizeOf(entry.item);
      if (count > 0 && next > maxSize) break;
      size = next;
      count += 1;
    }
    this.#waitingSize -= size;
    return this.#waiting.splice(0, count);
  }

  #start(entries: readonly Entry<T>[]): void {
    this.#running += 1;
    this.#options.commit(entries.map(entry => entry.item)).then(
      () => {
        this.#running -= 1;
        for (const entry of entries) entry.resolve();
        if (entries.length >= MANY_ITEMS) this.#gather();
        this.#startAll();
      },
      (error: unknown) => {
        this.#running -= 1;
        for (const entry of entries) entry.reject(error);
        this.#failWaiting(error);
      },
    );
  }

  #failWaiting(error: unknown): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingSize = 0;
    for (const entry of waiting) entry.reject(error);
  }
}

/** A closed store was asked to append. */
export function closedError(): UsageError {
  return new UsageError('SW_CLOSED', 'the store is closed: open it again to append');
}
