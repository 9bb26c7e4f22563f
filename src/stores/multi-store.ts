/**
 * Several stores as one: a reading is stored when all of them have it.
 *
 * The position is the lowest of theirs, so that the sender repeats what any of them misses; the others skip it.
 */
import { SensewireError } from '../errors/errors.ts';
import type { Store, StoreBatch } from './store.ts';

/** Appends to each of its stores. */
export class MultiStore implements Store {
  readonly spec: string;
  readonly location: string;
  readonly #stores: readonly Store[];
  /**
   * Overtaken batches that a store has and another failed to take. Positions do not tell these, so a repeated
   * call is told apart by the batch itself.
   */
  readonly #kept: Map<Store, WeakSet<StoreBatch>>;

  constructor(stores: readonly Store[]) {
    this.#stores = stores;
    this.spec = stores.map(store => store.spec).join(' ');
    this.location = stores.map(store => store.location).join(', ');
    this.#kept = new Map(stores.map(store => [store, new WeakSet()]));
  }

  async position(session: string): Promise<number> {
    const positions = await Promise.all(this.#stores.map(store => store.position(session)));
    return Math.min(...positions);
  }

  /** Waits for every store, also where one fails, and then fails as the first of those did. */
  async append(batches: readonly StoreBatch[]): Promise<void> {
    const missing = this.#stores.map(store => batches.filter(batch => !this.#kept.get(store)?.has(batch)));
    const results = await Promise.allSettled(
      this.#stores.map((store, index) => store.append(missing[index] ?? [])),
    );
    const failed = results.filter(result => result.status === 'rejected');
    if (failed.length === 0) return;
    this.#remember(
      batches.filter(batch => batch.overtaken),
      results,
    );
    throw mostLasting(failed.map(result => result.reason));
  }

  /** Closes all, then fails as the first that did. */
  async close(): Promise<void> {
    const results = await Promise.allSettled(this.#stores.map(store => store.close()));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #remember(overtaken: readonly StoreBatch[], results: readonly PromiseSettledResult<void>[]): void {
    for (const [index, store] of this.#stores.entries()) {
      if (results[index]?.status !== 'fulfilled') continue;
      for (const batch of overtaken) this.#kept.get(store)?.add(batch);
    }
  }
}

/** An error that trying again does not cure hides one that it does. */
function mostLasting(errors: readonly unknown[]): unknown {
  const isRetryable = (error: unknown): boolean =>
    error instanceof SensewireError && 'retryable' in error && error.retryable === true;
  return errors.find(error => !isRetryable(error)) ?? errors[0];
}
