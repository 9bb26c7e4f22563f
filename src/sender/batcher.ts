/**
 * Readings of one sensor on their way into a message.
 */
import type { Batch, RawValue } from '../readings/batch.ts';
import type { SensorInfo } from '../readings/sensor-info.ts';
import { GrowingColumns, hasNumbers } from '../telemetry/columns.ts';

/** Gathers readings until somebody takes them as a batch. */
export class Batcher {
  readonly sensor: SensorInfo;
  /** The id that the session gave it. */
  readonly id: number;
  /** When the oldest reading came in, monotonic; undefined where there is none. */
  sinceUs: number | undefined;
  readonly #columns = new GrowingColumns();
  readonly #isNumber: boolean;

  constructor(sensor: SensorInfo, id: number) {
    this.sensor = sensor;
    this.id = id;
    this.#isNumber = hasNumbers(sensor.type);
  }

  get length(): number {
    return this.#columns.length;
  }

  push(timeUs: number, raw: RawValue, nowUs: number): void {
    this.sinceUs ??= nowUs;
    const at = this.#columns.extend(1);
    this.#columns.times[at] = timeUs;
    if (this.#isNumber) this.#columns.numbers[at] = raw as number;
    else if (typeof raw === 'string') this.#columns.texts.push(raw);
    else this.#columns.blobs.push(raw as Uint8Array);
  }

  take(): Batch {
    this.sinceUs = undefined;
    return this.#columns.take(this.sensor.type);
  }
}
