/**
 * The reading connection of an SQLite store. Synchronous; it runs in a thread of its own
 * (sqlite-reader-worker.ts).
 *
 * Each call reads one snapshot and lets go of it, so that a reader, however slow its user is, never keeps the
 * WAL from being emptied. Readings are paged by stretches of time, which stay right while the writer moves
 * readings from `recent` into segments and merges segments.
 */
import { statSync } from 'node:fs';
import { UsageError } from '../errors/errors.ts';
import type { RawValue } from '../readings/batch.ts';
import { isNumeric, type SensorInfo } from '../readings/sensor-info.ts';
import { Buckets } from './buckets.ts';
import { numberReader } from './format/value.ts';
import type { Bucket, ReduceQuery, StoredSensor } from './reader.ts';
import {
  type Database,
  isCannotOpen,
  openDatabase,
  prepareRows,
  type SqlInput,
  sqliteFailure,
} from './sqlite-database.ts';
import { decodeItems, fromCell, inOrderOfTime, type TimedColumn } from './sqlite-items.ts';
import { isOurs } from './sqlite-schema.ts';

/** Segments of one page: about 16 Ki readings. */
const PAGE_SEGMENTS = 32;

/** How long to wait for another connection to recover the WAL, milliseconds. */
const BUSY_TIMEOUT_MS = 5_000;

/** A sensor with its row. */
export interface ReadableSensor {
  readonly id: number;
  readonly source: string;
  readonly sensor: SensorInfo;
  readonly longestUs: number;
}

/** Where the next page begins; undefined after the last one. */
export interface PageRequest {
  readonly sensor: ReadableSensor;
  readonly fromUs: number;
  readonly toUs: number;
}

/** Raw readings of one sensor in order of time. */
export interface Page {
  readonly times: readonly number[];
  readonly values: readonly RawValue[];
  readonly nextUs: number | undefined;
}

/** Answers a StoreReader's questions. */
export class SqliteQueries {
  readonly #database: Database;

  /** @throws StoreError, UsageError SW_BAD_STORE */
  constructor(path: string) {
    this.#database = openForReading(path);
  }

  /** The sensors called `name`, or all. */
  find(name: string | undefined): ReadableSensor[] {
    const rows = prepareRows(
      this.#database,
      `SELECT id, longest_us, source, name, unit, type, scale, offset, rate_hz FROM sensor
       WHERE ?1 IS NULL OR name = ?1 ORDER BY id`,
    ).all(name ?? null);
    return rows.map(row => toSensor(row as unknown as SensorColumns));
  }

  sensors(): StoredSensor[] {
    const summary = `SELECT sum(c), min(s), max(e) FROM (
      SELECT sum(count) AS c, min(start_us) AS s, max(end_us) AS e FROM segment WHERE sensor_id = ?1
      UNION ALL SELECT count(*), min(time_us), max(time_us) FROM recent WHERE sensor_id = ?1)`;
    return this.#snapshot(() => {
      const statement = prepareRows(this.#database, summary);
      return this.find(undefined).map(({ id, source, sensor }) => {
        const [count, firstUs, lastUs] = statement.get(id) as unknown as (number | null)[];
        return {
          ...sensor,
          source,
          count: count ?? 0,
          firstUs: firstUs ?? undefined,
          lastUs: lastUs ?? undefined,
        };
      });
    });
  }

  /** One page of a sensor's readings. */
  page({ sensor, fromUs, toUs }: PageRequest): Page {
    return this.#snapshot(() => {
      const nextUs = this.#pageEnd(sensor.id, fromUs, toUs);
      const found = this.#between(sensor, fromUs, nextUs ?? toUs);
      const { times, values } = inOrderOfTime(found);
      return { times: Array.from(times), values: Array.from(values), nextUs };
    });
  }

  /** @throws UsageError SW_BAD_SENSOR where the readings are not numbers, SW_USAGE for a bad range */
  reduce(query: ReduceQuery): Bucket[] {
    const buckets = new Buckets(query);
    return this.#snapshot(() => {
      for (const sensor of this.find(query.sensor)) {
        if (query.source === undefined || query.source === sensor.source)
          this.#reduce(sensor, query, buckets);
      }
      return buckets.result();
    });
  }

  close(): void {
    this.#database.close();
  }

  #snapshot<T>(read: () => T): T {
    this.#database.exec('BEGIN');
    try {
      return read();
    } finally {
      this.#database.exec('COMMIT');
    }
  }

  /** Where a page that begins at `fromUs` ends: at the start of a later segment, so that it is not too long. */
  #pageEnd(sensorId: number, fromUs: number, toUs: number): number | undefined {
    const row = prepareRows(
      this.#database,
      `SELECT start_us FROM segment WHERE sensor_id = ? AND start_us > ? AND start_us < ?
       ORDER BY start_us LIMIT 1 OFFSET ${PAGE_SEGMENTS}`,
    ).get(sensorId, fromUs, toUs) as unknown as [number] | undefined;
    return row?.[0];
  }

  #between(sensor: ReadableSensor, fromUs: number, toUs: number): TimedColumn {
    const times: number[] = [];
    const values: RawValue[] = [];
    const add = (timeUs: number, raw: RawValue): void => {
      if (timeUs < fromUs || timeUs >= toUs) return;
      times.push(timeUs);
      values.push(raw);
    };
    const segments = prepareRows(
      this.#database,
      `SELECT start_us, items FROM segment WHERE sensor_id = ? AND start_us >= ? AND start_us < ? AND end_us >= ?
       ORDER BY start_us, id`,
    );
    for (const row of segments.iterate(sensor.id, fromUs - sensor.longestUs, toUs, fromUs)) {
      const [startUs, items] = row as unknown as [number, string];
      const decoded = decodeItems(sensor.sensor.type, startUs, items);
      for (const [at, timeUs] of decoded.times.entries()) add(timeUs, decoded.values[at]!);
    }
    this.#eachRecent(sensor, add);
    return { times, values };
  }

  #eachRecent({ id, sensor }: ReadableSensor, add: (timeUs: number, raw: RawValue) => void): void {
    const rows = prepareRows(
      this.#database,
      'SELECT time_us, raw FROM recent WHERE sensor_id = ? ORDER BY id',
    );
    for (const row of rows.iterate(id)) {
      const [timeUs, cell] = row as unknown as [number, number | string | null];
      add(timeUs, fromCell(sensor.type, cell));
    }
  }

  /** Segments within one bucket count by their summary; those that an edge cuts are decoded. */
  #reduce(readable: ReadableSensor, { fromUs, toUs }: ReduceQuery, buckets: Buckets): void {
    const { sensor } = readable;
    if (!isNumeric(sensor.type) && sensor.type !== 'bool') throw notNumbers(sensor);
    const value = numberReader(sensor.type, sensor.scale, sensor.offset);
    const summaries = prepareRows(
      this.#database,
      `SELECT start_us, end_us, numbers, min, max, sum, id FROM segment
       WHERE sensor_id = ? AND start_us >= ? AND start_us < ? AND end_us >= ?`,
    );
    const items = prepareRows(this.#database, 'SELECT items FROM segment WHERE id = ?');
    const [low, high] = sensor.scale < 0 ? [4, 3] : [3, 4];
    const bounds: SqlInput[] = [readable.id, fromUs - readable.longestUs, toUs, fromUs];
    for (const row of summaries.iterate(...bounds)) {
      const columns = row as unknown as (number | null)[];
      const [startUs, endUs, numbers, , , sum, id] = columns as number[];
      const index = buckets.indexOf(startUs!);
      if (index !== -1 && index === buckets.indexOf(endUs!)) {
        if (numbers === 0) continue;
        const total = (columns[5] === null ? Number.NaN : sum!) * sensor.scale + numbers! * sensor.offset;
        buckets.addSummary(index, numbers!, value(columns[low]!), value(columns[high]!), total);
      } else {
        const [text] = items.get(id!) as unknown as [string];
        const decoded = decodeItems(sensor.type, startUs!, text);
        for (let at = 0; at < decoded.times.length; at++) {
          buckets.add(decoded.times[at]!, value(decoded.values[at] as number));
        }
      }
    }
    this.#eachRecent(readable, (timeUs, raw) => buckets.add(timeUs, value(raw as number)));
  }
}

type SensorColumns = [number, number, string, string, string, SensorInfo['type'], number, number, number];

function toSensor(columns: SensorColumns): ReadableSensor {
  const [id, longestUs, source, name, unit, type, scale, offset, rateHz] = columns;
  return { id, longestUs, source, sensor: { name, unit, type, scale, offset, rateHz } };
}

function notNumbers(sensor: SensorInfo): UsageError {
  return new UsageError(
    'SW_BAD_SENSOR',
    `sensor "${sensor.name}" has ${sensor.type} readings, which cannot be averaged: choose a sensor of numbers`,
  );
}

/**
 * A read-only connection. Where the folder may not be written SQLite cannot make its -shm file, so a database
 * that was closed properly is opened as one that nobody changes.
 */
function openForReading(path: string): Database {
  try {
    return openChecked(path, false);
  } catch (error) {
    if (!isCannotOpen(error) || hasWal(path)) throw sqliteFailure(error, path);
  }
  try {
    return openChecked(path, true);
  } catch (error) {
    throw sqliteFailure(error, path);
  }
}

function openChecked(path: string, immutable: boolean): Database {
  const database = openDatabase(path, { readOnly: true, immutable, busyTimeoutMs: BUSY_TIMEOUT_MS });
  try {
    if (isOurs(database, path)) return database;
    throw new UsageError('SW_BAD_STORE', `${path} is empty: no collector has written to it yet`);
  } catch (error) {
    database.close();
    throw error;
  }
}

function hasWal(path: string): boolean {
  return (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
}
