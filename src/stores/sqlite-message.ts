/**
 * One commit as one message to the worker thread: all columns end to end, no object for each reading.
 *
 * What batches have in common, a session and a sensor of it, is a row: rows are described once and numbered from then
 * on. The numbering begins again from 0 with a message that has `restart`.
 */
import type { Column } from '../readings/batch.ts';
import type { SensorInfo } from '../readings/sensor-info.ts';
import type { StoreBatch } from './store.ts';

/** A row that a message names for the first time; its index is its place among all named so far. */
export interface NamedRow {
  readonly session: string;
  readonly source: string;
  readonly sensor: SensorInfo;
}

/** The message. */
export interface CommitMessage {
  /** Messages of an epoch after a failed one fail too (group-commit.ts says why). */
  readonly epoch: number;
  readonly restart: boolean;
  readonly rows: readonly NamedRow[];
  /** Of each batch: row index, number, count, 1 where overtaken. */
  readonly heads: Float64Array<ArrayBuffer>;
  /** Of all readings. */
  readonly times: Float64Array<ArrayBuffer>;
  /** Of all readings of numeric and bool sensors. */
  readonly numbers: Float64Array<ArrayBuffer>;
  /** Of all readings of text and bytes sensors. */
  readonly others: readonly (string | Uint8Array)[];
}

/** A batch of a message, with views into its columns. */
export interface MessageBatch {
  readonly rowIndex: number;
  readonly number: number;
  readonly overtaken: boolean;
  readonly times: Float64Array;
  readonly values: Column;
}

const HEAD_FIELDS = 4;

/**
 * Rows that are remembered between messages; then numbering begins again. Far more than a collector meets at once; about
 * 300 bytes each in both threads.
 */
const MAX_NAMED_ROWS = 65_536;

/** Packs commits, and numbers rows. */
export class MessagePacker {
  /** By session, then by the object that describes the sensor: within a session it is always the same one. */
  readonly #indexes = new Map<string, Map<SensorInfo, number>>();
  #named = 0;

  pack(epoch: number, batches: readonly StoreBatch[]): CommitMessage {
    const restart = this.#named === 0 || this.#named + batches.length > MAX_NAMED_ROWS;
    if (restart) {
      this.#indexes.clear();
      this.#named = 0;
    }
    const rows: NamedRow[] = [];
    const heads = new Float64Array(batches.length * HEAD_FIELDS);
    const sizes = columnSizes(batches);
    const times = new Float64Array(sizes.times);
    const numbers = new Float64Array(sizes.numbers);
    const others: (string | Uint8Array)[] = [];
    let timeAt = 0;
    let numberAt = 0;
    let headAt = 0;
    for (const batch of batches) {
      const { number, overtaken, times: batchTimes, values } = batch;
      heads[headAt++] = this.#indexOf(batch, rows);
      heads[headAt++] = number;
      heads[headAt++] = batchTimes.length;
      heads[headAt++] = overtaken ? 1 : 0;
      times.set(batchTimes, timeAt);
      timeAt += batchTimes.length;
      if (values instanceof Float64Array) {
        numbers.set(values, numberAt);
        numberAt += values.length;
      } else for (const value of values) others.push(value);
    }
    return { epoch, restart, rows, heads, times, numbers, others };
  }

  #indexOf({ session, source, sensor }: StoreBatch, rows: NamedRow[]): number {
    let ofSession = this.#indexes.get(session);
    if (ofSession === undefined) {
      ofSession = new Map();
      this.#indexes.set(session, ofSession);
    }
    const known = ofSession.get(sensor);
    if (known !== undefined) return known;
    const index = this.#named++;
    ofSession.set(sensor, index);
    rows.push({ session, source, sensor: { ...sensor } });
    return index;
  }
}

function columnSizes(batches: readonly StoreBatch[]): { times: number; numbers: number } {
  let times = 0;
  let numbers = 0;
  for (const batch of batches) {
    times += batch.times.length;
    if (batch.values instanceof Float64Array) numbers += batch.values.length;
  }
  return { times, numbers };
}

/** The batches of a message, in order. */
export function* unpack(
  message: CommitMessage,
  isNumeric: (rowIndex: number) => boolean,
): Generator<MessageBatch> {
  const { heads, times, numbers, others } = message;
  let timeAt = 0;
  let numberAt = 0;
  let otherAt = 0;
  for (let headAt = 0; headAt < heads.length; headAt += HEAD_FIELDS) {
    const rowIndex = heads[headAt]!;
    const number = heads[headAt + 1]!;
    const count = heads[headAt + 2]!;
    const overtaken = heads[headAt + 3] === 1;
    const batchTimes = times.subarray(timeAt, timeAt + count);
    timeAt += count;
    let values: Column;
    if (isNumeric(rowIndex)) {
      values = numbers.subarray(numberAt, numberAt + count);
      numberAt += count;
    } else {
      values = others.slice(otherAt, otherAt + count) as Column;
      otherAt += count;
    }
    yield { rowIndex, number, overtaken, times: batchTimes, values };
  }
}
