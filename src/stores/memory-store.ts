/**
 * Stores that keep nothing on disk: `MemoryStore`, for tests of what stands before a store, and `NullStore`
 * (`none`), which counts positions and drops the readings. Both forget everything when the process ends.
 */
import { checkBatches, untilNew } from './check-batch.ts';
import { closedError } from './group-commit.ts';
import { SessionPositions } from './positions.ts';
import type { Store, StoreBatch } from './store.ts';

/** The store `none`: readings are acknowledged and dropped; repetitions are known while the process runs. */
export class NullStore implements Store {
  readonly spec: string = 'none';
  readonly location: string = 'nowhere: readings are dropped';
  readonly #positions = new SessionPositions();
  #isClosed = false;

  position(session: string): Promise<number> {
    return Promise.resolve(this.#positions.get(session));
  }

  async append(batches: readonly StoreBatch[]): Promise<void> {
    checkBatches(batches);
    if (this.#isClosed) throw closedError();
    for (const batch of batches) this.#take(batch);
  }

  /** Called with what is new. */
  protected keep(_batch: StoreBatch): void {}

  close(): Promise<void> {
    this.#isClosed = true;
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #take(batch: StoreBatch): void {
    const position = this.#positions.get(batch.session);
    const fresh = untilNew(batch, position);
    if (fresh !== undefined) this.keep(fresh);
    this.#positions.set(batch.session, Math.max(position, batch.number + batch.times.length));
  }
}

/** Keeps batches in memory. */
export class MemoryStore extends NullStore {
  override readonly spec: string = 'memory';
  override readonly location: string = 'memory of this process';
  /** What was stored, trimmed of repetitions, in order. */
  readonly batches: StoreBatch[] = [];

  protected override keep(batch: StoreBatch): void {
    this.batches.push(batch);
  }
}
