/**
 * Writes segments, and merges the small ones of a sensor when they hold enough readings together.
 *
 * Each reading is merged about once, so a sensor that commits a few readings at a time ends in segments of
 * the usual size, at a cost that does not grow with the file.
 */
import type { RawValue } from '../readings/batch.ts';
import { type Database, prepareRows, type Statement } from './sqlite-database.ts';
import { decodeItems, encodeItems, inOrderOfTime, summarize, type TimedColumn } from './sqlite-items.ts';
import { SEGMENT_READINGS, SMALL_SEGMENT } from './sqlite-schema.ts';
import type { SensorRow } from './sqlite-sensors.ts';

/** Characters of long texts after which a segment ends, whatever it holds. */
const SEGMENT_CHARACTERS = 32_768;

/**
 * What a segment spans at most: a year. A sensor whose clock began in 1970 would otherwise have one segment of
 * decades, and every query would have to look that far back.
 */
const SEGMENT_SPAN_US = 31_536_000_000_000;

/** Small segments, as `SMALL_SEGMENT` in SQL. */
const SMALL_READINGS = 128;
const SMALL_CHARACTERS = 16_384;

/** Writes the table `segment`. */
export class SegmentTable {
  readonly #insert: Statement;
  readonly #small: Statement;
  readonly #deleteSmall: Statement;
  readonly #setLongest: Statement;
  /** Characters written since the last call of `takeWritten`. */
  #written = 0;

  constructor(database: Database) {
    this.#insert = database.prepare(
      'INSERT INTO segment (sensor_id, start_us, end_us, count, numbers, min, max, sum, items) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    );
    this.#small = prepareRows(
      database,
      `SELECT start_us, items FROM segment WHERE sensor_id = ? AND ${SMALL_SEGMENT}`,
    );
    this.#deleteSmall = database.prepare(`DELETE FROM segment WHERE sensor_id = ? AND ${SMALL_SEGMENT}`);
    this.#setLongest = database.prepare('UPDATE sensor SET longest_us = ? WHERE id = ?');
  }

  /** Writes readings as segments of about equal size. */
  write(sensor: SensorRow, column: TimedColumn): void {
    this.#writeSegments(sensor, column);
    if (sensor.smallCount >= sensor.mergeAt) this.#merge(sensor);
  }

  /** Characters written since the last call. */
  takeWritten(): number {
    const written = this.#written;
    this.#written = 0;
    return written;
  }

  #writeSegments(sensor: SensorRow, column: TimedColumn): void {
    const ordered = inOrderOfTime(column);
    const count = ordered.times.length;
    const size = Math.ceil(count / Math.ceil(count / SEGMENT_READINGS));
    for (let from = 0, to = 0; from < count; from = to) {
      to = segmentEnd(ordered, from, Math.min(from + size, count));
      this.#writeOne(sensor, ordered, from, to);
    }
  }

  #writeOne(sensor: SensorRow, column: TimedColumn, from: number, to: number): void {
    const startUs = column.times[from] ?? 0;
    const endUs = column.times[to - 1] ?? 0;
    const items = encodeItems(sensor.type, column, from, to);
    const { numbers, min, max, sum } = summarize(column.values, from, to);
    this.#insert.run(sensor.id, startUs, endUs, to - from, numbers, min, max, sum, items);
    this.#written += items.length;
    if (to - from < SMALL_READINGS && items.length < SMALL_CHARACTERS) sensor.smallCount += to - from;
    if (endUs - startUs > sensor.longestUs) {
      sensor.longestUs = endUs - startUs;
      this.#setLongest.run(sensor.longestUs, sensor.id);
    }
  }

  #merge(sensor: SensorRow): void {
    const times: number[] = [];
    const values: RawValue[] = [];
    for (const row of this.#small.all(sensor.id)) {
      const [startUs, items] = row as unknown as [number, string];
      const decoded = decodeItems(sensor.type, startUs, items);
      for (const time of decoded.times) times.push(time);
      for (const value of decoded.values) values.push(value);
    }
    this.#deleteSmall.run(sensor.id);
    sensor.smallCount = 0;
    this.#writeSegments(sensor, { times, values });
    // Readings far apart in time stay in small segments: these are not gone through again for nothing.
    sensor.mergeAt = Math.max(SEGMENT_READINGS, 2 * sensor.smallCount);
  }
}

/** Where a segment ends that begins at `from`: at `to`, or earlier where it would span or hold too much. */
function segmentEnd({ times, values }: TimedColumn, from: number, to: number): number {
  const lastUs = (times[from] ?? 0) + SEGMENT_SPAN_US;
  let end = to;
  while (times[end - 1]! > lastUs) end -= 1;
  if (typeof values[from] === 'number') return end;
  let characters = 0;
  for (let at = from; at < end; at++) {
    characters += (values[at] as string | Uint8Array).length;
    if (characters >= SEGMENT_CHARACTERS) return at + 1;
  }
  return end;
}
