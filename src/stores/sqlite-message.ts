/**
 * One commit as one message to the worker thread: all columns end to end, no object for each reading.
 *
 * Sensors are numbered by the sender of the messages and described once; the numbering begins again from 0
 * with a message that has `restart`.
 */
import type { Column } from '../readings/batch.ts';
import type { SensorInfo } from '../readings/sensor-info.ts';
import type { StoreBatch } from './store.ts';

/** A sensor that a message names for the first time; its index is its place among all named so far. */
export interface NamedSensor {
  readonly source: string;
  readonly sensor: SensorInfo;
}

/** The message. */
export interface CommitMessage {
  /** Messages of an epoch after a failed one fail too (group-commit.ts says why). */
  readonly epoch: number;
  readonly restart: boolean;
  readonly sensors: readonly NamedSensor[];
  /** Of each batch: its session. */
  readonly sessions: readonly string[];
  /** Of each batch: sensor index, number, count, 1 where overtaken. */
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
  readonly sensorIndex: number;
  readonly session: string;
  readonly number: number;
  readonly overtaken: boolean;
  readonly times: Float64Array;
  readonly values: Column;
}

const HEAD_FIELDS = 4;

/**
 * Sensors whose numbers are remembered between messages; then numbering begins again. Far more than a
 * collector meets at once; about 300 bytes each in both threads.
 */
const MAX_NAMED_SENSORS = 65_536;

/** Packs commits, and numbers sensors. */
export class MessagePacker {
  readonly #indexes = new Map<string, number>();

  pack(epoch: number, batches: readonly StoreBatch[]): CommitMessage {
    const restart = this.#indexes.size === 0 || this.#indexes.size + batches.length > MAX_NAMED_SENSORS;
    if (restart) this.#indexes.clear();
    const sensors: NamedSensor[] = [];
    const heads = new Float64Array(batches.length * HEAD_FIELDS);
    const sizes = columnSizes(batches);
    const times = new Float64Array(sizes.times);
    const numbers = new Float64Array(sizes.numbers);
    const others: (string | Uint8Array)[] = [];
    let timeAt = 0;
    let numberAt = 0;
    for (const [index, batch] of batches.entries()) {
      const { number, overtaken, times: batchTimes, values } = batch;
      const head = [this.#indexOf(batch, sensors), number, batchTimes.length, overtaken ? 1 : 0];
      heads.set(head, index * HEAD_FIELDS);
      times.set(batchTimes, timeAt);
      timeAt += batchTimes.length;
      if (values instanceof Float64Array) {
        numbers.set(values, numberAt);
        numberAt += values.length;
      } else for (const value of values) others.push(value);
    }
    const sessions = batches.map(batch => batch.session);
    return { epoch, restart, sensors, sessions, heads, times, numbers, others };
  }

  #indexOf({ source, sensor }: StoreBatch, named: NamedSensor[]): number {
    const key = `${sensor.rateHz}\n${sensorKey(source, sensor)}`;
    const known = this.#indexes.get(key);
    if (known !== undefined) return known;
    const index = this.#indexes.size;
    this.#indexes.set(key, index);
    named.push({ source, sensor: { ...sensor } });
    return index;
  }
}

/** What tells sensors apart. Names have no control characters, so a line feed separates them; a source may. */
function sensorKey(source: string, { name, unit, type, scale, offset }: SensorInfo): string {
  return `${name}\n${unit}\n${type}\n${scale}\n${offset}\n${source}`;
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
  isNumeric: (sensorIndex: number) => boolean,
): Generator<MessageBatch> {
  const { sessions, heads, times, numbers, others } = message;
  let timeAt = 0;
  let numberAt = 0;
  let otherAt = 0;
  for (const [index, session] of sessions.entries()) {
    const [sensorIndex = 0, number = 0, count = 0, overtaken = 0] = heads.subarray(index * HEAD_FIELDS);
    const batchTimes = times.subarray(timeAt, timeAt + count);
    timeAt += count;
    let values: Column;
    if (isNumeric(sensorIndex)) {
      values = numbers.subarray(numberAt, numberAt + count);
      numberAt += count;
    } else {
      values = others.slice(otherAt, otherAt + count) as Column;
      otherAt += count;
    }
    yield { sensorIndex, session, number, overtaken: overtaken === 1, times: batchTimes, values };
  }
}
