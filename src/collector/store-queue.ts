/**
 * The bounded queue between the network and the stores.
 *
 * Order is everything here: a store skips numbers below the one that a session has reached, so a batch must never overtake
 * an earlier one that failed. After a failure nothing more goes to the store until everything not yet durable has been
 * tried again, in order.
 */
import { StoreError } from '../errors/errors.ts';
import type { Store, StoreBatch } from '../stores/store.ts';
import type { Clock } from '../time/clock.ts';
import { BATCH_BYTES, QUEUE_BYTES, STORE_RETRY_US } from './limits.ts';

interface Item {
  readonly batches: readonly StoreBatch[];
  readonly bytes: number;
  /** Called when all of it is durable. */
  readonly onDurable: () => void;
  isDurable: boolean;
  /** Somebody waits for everything up to here. */
  settled?: PromiseWithResolvers<void>;
}

export interface StoreQueueHandlers {
  /** Too much is waiting (true), or no longer (false): make senders wait. */
  onPressure(high: boolean): void;
  /** The store failed and is tried again every second, or works again (undefined). */
  onTrouble(error: StoreError | undefined): void;
  /** The store failed for good. */
  onFailure(error: unknown): void;
}

export class StoreQueue {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #handlers: StoreQueueHandlers;
  /** Given to the store, or waiting to be given again; oldest first. */
  #items: Item[] = [];
  /** Items that the store has not answered yet. */
  #underWay = 0;
  #bytes = 0;
  #high = false;
  #trouble: StoreError | undefined;
  #dead = false;

  constructor(store: Store, clock: Clock, handlers: StoreQueueHandlers) {
    this.#store = store;
    this.#clock = clock;
    this.#handlers = handlers;
  }

  /** What waits, in bytes of memory, roughly. */
  get bytes(): number {
    return this.#bytes;
  }

  get isFull(): boolean {
    return this.#high;
  }

  /** Where a session stands, once everything given so far is durable. */
  async position(session: string): Promise<number> {
    await this.settled();
    return this.#store.position(session);
  }

  /** Resolves when everything given so far is durable, whatever came after it; after a failure for good, too. */
  settled(): Promise<void> {
    const last = this.#items.at(-1);
    if (last === undefined || this.#dead) return Promise.resolve();
    last.settled ??= Promise.withResolvers<void>();
    return last.settled.promise;
  }

  /** Takes batches; `onDurable` is called in the order of the calls. */
  append(batches: readonly StoreBatch[], onDurable: () => void): void {
    if (this.#dead) return;
    const bytes = batches.reduce((sum, batch) => sum + bytesOf(batch), 0);
    const item: Item = { batches, bytes, onDurable, isDurable: false };
    this.#items.push(item);
    this.#bytes += bytes;
    if (!this.#high && this.#bytes > QUEUE_BYTES.pauseAbove) this.#setPressure(true);
    if (this.#trouble === undefined) this.#give(item);
  }

  #give(item: Item): void {
    this.#underWay++;
    this.#store.append(item.batches).then(
      () => this.#onStored(item),
      (error: unknown) => this.#onFailed(error),
    );
  }

  #onStored(item: Item): void {
    this.#underWay--;
    this.#settle([item]);
    this.#retryWhenQuiet();
  }

  /** Tells the owners of durable items, in order: in a tee one append may be done before an earlier one. */
  #settle(items: readonly Item[]): void {
    for (const item of items) {
      item.isDurable = true;
      this.#bytes -= item.bytes;
    }
    let done = 0;
    while (this.#items[done]?.isDurable) done++;
    for (const { onDurable, settled } of this.#items.splice(0, done)) {
      onDurable();
      settled?.resolve();
    }
    if (this.#high && this.#bytes < QUEUE_BYTES.resumeBelow) this.#setPressure(false);
  }

  #onFailed(error: unknown): void {
    this.#underWay--;
    if (this.#dead) return;
    if (error instanceof StoreError && error.retryable) {
      if (this.#trouble === undefined) this.#handlers.onTrouble(error);
      this.#trouble = error;
      this.#retryWhenQuiet();
      return;
    }
    this.#dead = true;
    for (const { settled } of this.#items) settled?.resolve();
    this.#handlers.onFailure(error);
  }

  /** Once the store has answered everything, waits a little and gives it what is left as one. */
  #retryWhenQuiet(): void {
    if (this.#trouble === undefined || this.#underWay > 0) return;
    this.#clock.setTimer(this.#clock.monotonicUs() + STORE_RETRY_US, () => {
      const items = this.#notDurable();
      this.#underWay++;
      this.#store.append(items.flatMap(item => item.batches)).then(
        () => this.#onRecovered(items),
        (error: unknown) => this.#onFailed(error),
      );
    });
  }

  #onRecovered(items: readonly Item[]): void {
    this.#underWay--;
    this.#trouble = undefined;
    this.#handlers.onTrouble(undefined);
    this.#settle(items);
    // What came in meanwhile.
    for (const item of this.#notDurable()) this.#give(item);
  }

  #notDurable(): Item[] {
    return this.#items.filter(item => !item.isDurable);
  }

  #setPressure(high: boolean): void {
    this.#high = high;
    this.#handlers.onPressure(high);
  }
}

/** What a batch costs in memory: columns, texts, and the objects around them. */
function bytesOf({ times, values }: StoreBatch): number {
  let bytes = BATCH_BYTES + times.byteLength;
  if (values instanceof Float64Array) return bytes + values.byteLength;
  for (const value of values) bytes += 32 + (typeof value === 'string' ? 2 * value.length : value.byteLength);
  return bytes;
}
