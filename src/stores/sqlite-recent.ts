/**
 * The rows of the table `recent`, kept in memory as well, so that emptying it reads nothing.
 */
import type { RawValue } from '../readings/batch.ts';

/** Readings of one sensor that are in `recent`. */
export interface RecentReadings {
  readonly times: number[];
  readonly values: RawValue[];
}

/** What `recent` holds. */
export class RecentRows {
  readonly bySensor: Map<number, RecentReadings> = new Map();
  /** Rows, and characters of their texts. */
  count = 0;
  size = 0;

  add(sensorId: number, timeUs: number, raw: RawValue): void {
    let readings = this.bySensor.get(sensorId);
    if (readings === undefined) {
      readings = { times: [], values: [] };
      this.bySensor.set(sensorId, readings);
    }
    readings.times.push(timeUs);
    readings.values.push(raw);
    this.count += 1;
    this.size += typeof raw === 'number' ? 0 : raw.length;
  }

  clear(): void {
    this.bySensor.clear();
    this.count = 0;
    this.size = 0;
  }
}
