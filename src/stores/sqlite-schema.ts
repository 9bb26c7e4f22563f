/**
 * The tables of an SQLite store, version 1 (docs/STORES.md explains them to people who query them).
 *
 * - `segment` holds blocks of a sensor's readings as one JSON object, with a summary. Its covering index
 *   answers summaries of millions of readings without touching the readings.
 * - `recent` holds the newest readings of slow sensors, one a row, so that a commit of few readings of many
 *   sensors and sessions writes one page. It is emptied into segments before it grows past a few thousand rows.
 * - A session's position is the larger of `session.next_number` and what its rows in `recent` say.
 */
import { UsageError } from '../errors/errors.ts';
import { type Database, prepareRows } from './sqlite-database.ts';

/** 'swir' in the header of the file, shown by `file FILE`. */
const APPLICATION_ID = 0x73_77_69_72;
const SCHEMA_VERSION = 1;

/**
 * Readings in a segment at most: 5 s at 100 Hz, about 8 KB. More make a segment that is cut by the edge of a
 * range slower to decode, fewer make summaries of long ranges slower.
 */
export const SEGMENT_READINGS = 512;

/**
 * The segments that are merged when a sensor has enough of them: few readings, and not because these are long.
 * A query must say it in the same words to be answered from the index `segment_small`.
 */
export const SMALL_SEGMENT = 'count < 128 AND length(items) < 16384';

const TABLES = `
CREATE TABLE sensor (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  name TEXT NOT NULL,
  unit TEXT NOT NULL,
  type TEXT NOT NULL,
  scale REAL NOT NULL,
  offset REAL NOT NULL,
  rate_hz REAL NOT NULL,
  decimals INTEGER,               -- of a value, where type and scale fix them
  longest_us INTEGER NOT NULL,    -- no segment of the sensor spans more
  UNIQUE (source, name, unit, type, scale, offset)
);
CREATE TABLE session (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,      -- 32 hexadecimal digits, chosen by the sender
  next_number INTEGER NOT NULL,   -- one past the last reading stored
  used INTEGER NOT NULL           -- larger: used later
);
CREATE TABLE segment (
  id INTEGER PRIMARY KEY,
  sensor_id INTEGER NOT NULL,
  start_us INTEGER NOT NULL,      -- first and last time, microseconds since 1970
  end_us INTEGER NOT NULL,
  count INTEGER NOT NULL,         -- readings
  numbers INTEGER NOT NULL,       -- of these, numbers other than NaN: min, max and sum are theirs
  min REAL, max REAL, sum REAL,   -- raw: value = raw * scale + offset
  items TEXT NOT NULL             -- {"microseconds from start_us": raw, …}
);
CREATE INDEX segment_summary ON segment (sensor_id, start_us, end_us, count, numbers, min, max, sum);
CREATE INDEX segment_small ON segment (sensor_id, count) WHERE ${SMALL_SEGMENT};
CREATE TABLE recent (
  id INTEGER PRIMARY KEY,
  sensor_id INTEGER NOT NULL,
  time_us INTEGER NOT NULL,
  raw,
  session_id INTEGER,             -- where not null, the session has reached next_number
  next_number INTEGER
);
CREATE VIEW readings AS
SELECT source, name AS sensor, unit,
  strftime('%Y-%m-%dT%H:%M:%S', (time_us - (time_us % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch')
    || printf('.%06dZ', (time_us % 1000000 + 1000000) % 1000000) AS time,
  CASE
    WHEN raw IS NULL OR type IN ('text', 'bytes') THEN raw
    WHEN type = 'bool' THEN CAST(raw AS INTEGER)
    WHEN type IN ('int', 'uint') AND scale = 1 AND offset = 0 THEN CAST(raw AS INTEGER)
    WHEN decimals IS NULL THEN raw * scale + offset
    ELSE round(raw * scale + offset, decimals)
  END AS value,
  time_us
FROM (
  SELECT sensor_id, start_us + CAST(item.key AS INTEGER) AS time_us, item.value AS raw
  FROM segment, json_each(segment.items) AS item
  UNION ALL
  SELECT sensor_id, time_us, raw FROM recent
) JOIN sensor ON sensor.id = sensor_id;
`;

/**
 * Makes the tables in an empty database, and accepts one that has them.
 * @throws UsageError SW_BAD_STORE for the database of another program or of a newer sensewire
 */
export function prepareSchema(database: Database, path: string): void {
  if (isOurs(database, path)) return;
  database.exec('BEGIN IMMEDIATE');
  database.exec(
    `${TABLES} PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`,
  );
  database.exec('COMMIT');
}

/**
 * True where the database has our tables, false where it is empty.
 * @throws UsageError SW_BAD_STORE for the database of another program or of a newer sensewire
 */
export function isOurs(database: Database, path: string): boolean {
  const version = pragma(database, 'user_version');
  if (pragma(database, 'application_id') === APPLICATION_ID) {
    if (version <= SCHEMA_VERSION) return true;
    throw new UsageError(
      'SW_BAD_STORE',
      `${path} has tables of version ${version} and this sensewire knows version ${SCHEMA_VERSION}: use the newer sensewire that wrote it`,
    );
  }
  const [tables] = prepareRows(database, 'SELECT count(*) FROM sqlite_schema').get() as unknown as [number];
  if (tables === 0 && version === 0) return false;
  throw new UsageError(
    'SW_BAD_STORE',
    `${path} is an SQLite database of another program: choose another file, sensewire makes it`,
  );
}

function pragma(database: Database, name: string): number {
  const [value] = prepareRows(database, `PRAGMA ${name}`).get() as unknown as [number];
  return value;
}
