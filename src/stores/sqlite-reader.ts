/**
 * Reads an SQLite store, also while a collector writes it; the work is done in a thread of its own.
 */
import { existsSync } from 'node:fs';
import { resolve as resolvePath } from 'node:path';
import { valueReader } from './format/value.ts';
import { noSuchFile, PIECE_READINGS } from './read-pieces.ts';
import type {
  Bucket,
  ReadingQuery,
  ReduceQuery,
  StoredReading,
  StoredSensor,
  StoreReader,
} from './reader.ts';
import type { Page, PageRequest, ReadableSensor } from './sqlite-queries.ts';
import { WorkerCalls } from './worker-calls.ts';

/** Every time: the limits of whole microseconds. */
const FIRST_US = Number.MIN_SAFE_INTEGER;
const LAST_US = Number.MAX_SAFE_INTEGER;

/** The StoreReader of `sqlite:FILE`. */
export class SqliteReader implements StoreReader {
  readonly #calls: WorkerCalls;
  #closing: Promise<void> | undefined;

  private constructor(calls: WorkerCalls) {
    this.#calls = calls;
  }

  /** @throws StoreError where it cannot be read; UsageError SW_BAD_STORE for a database that is not ours */
  static async open(path: string): Promise<SqliteReader> {
    if (!existsSync(path)) throw noSuchFile(path);
    const calls = new WorkerCalls('sqlite-reader-worker', { path: resolvePath(path) });
    try {
      await calls.call('open', undefined);
      return new SqliteReader(calls);
    } catch (error) {
      await calls.stop();
      throw error;
    }
  }

  async sensors(): Promise<readonly StoredSensor[]> {
    return (await this.#calls.call('sensors', undefined)) as StoredSensor[];
  }

  /** Sensor after sensor, each in order of time. */
  async *readings(query: ReadingQuery = {}): AsyncGenerator<readonly StoredReading[]> {
    const sensors = (await this.#calls.call('find', query.sensor)) as ReadableSensor[];
    for (const sensor of sensors) yield* this.#readingsOf(sensor, query);
  }

  async reduce(query: ReduceQuery): Promise<readonly Bucket[]> {
    return (await this.#calls.call('reduce', query)) as Bucket[];
  }

  close(): Promise<void> {
    this.#closing ??= this.#calls.call('close', undefined).then(() => this.#calls.stop());
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async *#readingsOf(sensor: ReadableSensor, query: ReadingQuery): AsyncGenerator<readonly StoredReading[]> {
    const toUs = query.toUs ?? LAST_US;
    let fromUs: number | undefined = query.fromUs ?? FIRST_US;
    while (fromUs !== undefined && fromUs < toUs) {
      const request: PageRequest = { sensor, fromUs, toUs };
      const page = (await this.#calls.call('page', request)) as Page;
      yield* piecesOf(sensor, page);
      fromUs = page.nextUs;
    }
  }
}

function* piecesOf({ source, sensor }: ReadableSensor, page: Page): Generator<readonly StoredReading[]> {
  const toValue = valueReader(sensor);
  for (let from = 0; from < page.times.length; from += PIECE_READINGS) {
    const times = page.times.slice(from, from + PIECE_READINGS);
    yield times.map((timeUs, at) => ({ source, sensor, timeUs, value: toValue(page.values[from + at]!) }));
  }
}
