/**
 * Readings on their way into messages: one batch a sensor, each sent when it is full, or when it has waited long enough.
 *
 * It has no timer: the owner asks `dueAtUs` and calls `flushDue`.
 */
import type { Batch, RawValue } from '../readings/batch.ts';
import type { SensorInfo } from '../readings/sensor-info.ts';
import { Batcher } from './batcher.ts';

export interface BatchesOptions {
  /** Readings a message at most. */
  readonly batch: number;
  /** How long a reading waits for company at most. */
  readonly flushUs: number;
  /** Gives a new sensor its id. */
  readonly announce: (sensor: SensorInfo) => number;
  readonly send: (id: number, batch: Batch) => void;
}

export class Batches {
  readonly #options: BatchesOptions;
  /** By the sensor's id. */
  readonly #batchers: Batcher[] = [];
  /** By the object that describes the sensor; others may say the same of it. */
  readonly #known = new WeakMap<SensorInfo, Batcher>();
  #waiting = 0;

  constructor(options: BatchesOptions) {
    this.#options = options;
  }

  /** Readings that are in no message yet. */
  get waiting(): number {
    return this.#waiting;
  }

  /** In the order of their ids. */
  get sensors(): readonly SensorInfo[] {
    return this.#batchers.map(({ sensor }) => sensor);
  }

  announce(sensor: SensorInfo): Batcher {
    const known = this.#known.get(sensor);
    if (known !== undefined) return known;
    const id = this.#options.announce(sensor);
    const batcher = this.#batchers[id] ?? new Batcher(sensor, id);
    this.#batchers[id] = batcher;
    this.#known.set(sensor, batcher);
    return batcher;
  }

  /** Takes a reading. True: it filled a message, which was sent. */
  push(sensor: SensorInfo, timeUs: number, raw: RawValue, nowUs: number): boolean {
    const batcher = this.announce(sensor);
    batcher.push(timeUs, raw, nowUs);
    this.#waiting++;
    if (batcher.length < this.#options.batch) return false;
    this.#flush(batcher);
    return true;
  }

  flushAll(): void {
    for (const batcher of this.#batchers) this.#flush(batcher);
  }

  /** Sends what has waited long enough. */
  flushDue(nowUs: number): void {
    const dueUs = nowUs - this.#options.flushUs;
    for (const batcher of this.#batchers) {
      if (batcher.sinceUs !== undefined && batcher.sinceUs <= dueUs) this.#flush(batcher);
    }
  }

  /** When the oldest reading has waited long enough, monotonic; undefined where none waits. */
  get dueAtUs(): number | undefined {
    let oldestUs: number | undefined;
    for (const { sinceUs } of this.#batchers) {
      if (sinceUs !== undefined && (oldestUs === undefined || sinceUs < oldestUs)) oldestUs = sinceUs;
    }
    return oldestUs === undefined ? undefined : oldestUs + this.#options.flushUs;
  }

  #flush(batcher: Batcher): void {
    if (batcher.length === 0) return;
    this.#waiting -= batcher.length;
    this.#options.send(batcher.id, batcher.take());
  }
}
