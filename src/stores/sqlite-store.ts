/**
 * The store `sqlite:FILE`: packs appends into commits for the thread that writes (sqlite-worker.ts).
 */
import { resolve as resolvePath } from 'node:path';
import { checkBatches, countReadings } from './check-batch.ts';
import { type FileLock, lockFile } from './file-lock.ts';
import { COMMIT_READINGS, GroupCommit } from './group-commit.ts';
import { MessagePacker } from './sqlite-message.ts';
import type { Store, StoreBatch } from './store.ts';
import { checkWritable } from './store-failure.ts';
import { WorkerCalls } from './worker-calls.ts';

/** Readings that must wait for the next commit to be packed while one runs. */
const PIPELINE_READINGS = COMMIT_READINGS / 4;

/** How to open an SQLite store. */
export interface SqliteStoreOptions {
  /** Newest readings of slow sensors that are kept a row each before they are put into segments; for tests. */
  readonly recentRows?: number;
}

/** Readings in an SQLite database, each of which plain SQL can query (docs/STORES.md). */
export class SqliteStore implements Store {
  readonly spec: string;
  readonly location: string;
  readonly #lock: FileLock;
  readonly #calls: WorkerCalls;
  readonly #packer = new MessagePacker();
  readonly #commits: GroupCommit<readonly StoreBatch[]>;
  #epoch = 0;
  #closing: Promise<void> | undefined;

  private constructor(path: string, lock: FileLock, calls: WorkerCalls) {
    this.spec = `sqlite:${path}`;
    this.location = resolvePath(path);
    this.#lock = lock;
    this.#calls = calls;
    this.#commits = new GroupCommit({
      commit: appends => this.#commit(appends.flat()),
      sizeOf: countReadings,
      maxSize: COMMIT_READINGS,
      pipelineAt: PIPELINE_READINGS,
    });
  }

  /**
   * Opens a database, or makes one.
   * @throws StoreError SW_STORE_BUSY where another collector writes it, SW_STORE_DAMAGED, SW_STORE_READ_ONLY,
   *   SW_STORE_FULL, SW_STORE_FAILED; UsageError SW_BAD_STORE for a database that is not ours
   */
  static async open(path: string, { recentRows }: SqliteStoreOptions = {}): Promise<SqliteStore> {
    checkWritable(path);
    const lock = lockFile(path);
    const calls = new WorkerCalls('sqlite-worker', { path: resolvePath(path), recentRows });
    try {
      await calls.call('open', undefined);
      return new SqliteStore(path, lock, calls);
    } catch (error) {
      await calls.stop();
      lock.release();
      throw error;
    }
  }

  async position(session: string): Promise<number> {
    await this.#commits.settled();
    return (await this.#calls.call('position', session)) as number;
  }

  async append(batches: readonly StoreBatch[]): Promise<void> {
    checkBatches(batches);
    await this.#commits.add(batches);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #commit(batches: readonly StoreBatch[]): Promise<void> {
    const epoch = this.#epoch;
    const message = this.#packer.pack(epoch, batches);
    const buffers = [message.heads.buffer, message.times.buffer, message.numbers.buffer];
    try {
      await this.#calls.call('commit', message, buffers);
    } catch (error) {
      if (epoch === this.#epoch) this.#epoch += 1;
      throw error;
    }
  }

  async #close(): Promise<void> {
    await this.#commits.close();
    try {
      await this.#calls.call('close', undefined);
    } finally {
      await this.#calls.stop();
      this.#lock.release();
    }
  }
}
