/**
 * Readings on their way into messages: one batch a sensor, each sent when it is full, or when it has waited long enough.
 *
 * It has no timer: the owner asks `dueAtUs` and calls `flushDue`.
 */
import type { Batch, RawValue } from '../readings/batch.ts';
import type { SensorInfo } from '../readings/sensor-info.ts';
import { Batcher } from './batcher.ts';

export interface OutboxOptions {
  /** Readings a message at most. */
  readonly batch: number;
  /** How long a reading waits for company at most. */
  readonly flushUs: number;
  /** Gives a new sensor its id. */
  readonly announce: (sensor: SensorInfo) => number;
  readonly send: (id: number, batch: Batch) => void;
}

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #batchers = new Map<SensorInfo, Batcher>();
  #waiting = 0;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Readings that are in no message yet. */
  get waiting(): number {
    return this.#waiting;
  }

  /** In the order of their ids. */
  get sensors(): readonly SensorInfo[] {
    return [...this.#batchers.keys()];
  }

  announce(sensor: SensorInfo): Batcher {
    let batcher = this.#batchers.get(sensor);
    if (batcher === undefined) {
      batcher = new Batcher(sensor, this.#options.announce(sensor));
      this.#batchers.set(sensor, batcher);
    }
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
    for (const batcher of this.#batchers.values()) this.#flush(batcher);
  }

  /** Sends what has waited long enough. */
  flushDue(nowUs: number): void {
    const dueUs = nowUs - this.#options.flushUs;
    for (const batcher of this.#batchers.values()) {
      if (batcher.sinceUs !== undefined && batcher.sinceUs <= dueUs) this.#flush(batcher);
    }
  }

  /** When the oldest reading has waited long enough, monotonic; undefined where none waits. */
  get dueAtUs(): number | undefined {
    let oldestUs: number | undefined;
    for (const { sinceUs } of this.#batchers.values()) {
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
