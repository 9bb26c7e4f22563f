/**
 * What other programs see of an SQLite store, what it says of files that it cannot use, and what it costs.
 */
import { copyFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sensorInfo } from '../readings/sensor-info.ts';
import { batchOf } from './contract.ts';
import { makeFolder, readAll } from './contract-places.ts';
import { SqliteStore, type SqliteStoreOptions } from './sqlite-store.ts';

let folder: string;
let path: string;
let opened: (SqliteStore | DatabaseSync)[];

beforeEach(async () => {
  folder = await makeFolder();
  path = join(folder, 'readings.db');
  opened = [];
});

afterEach(async () => {
  for (const each of opened) {
    if (each instanceof SqliteStore) await each.close();
    else if (each.isOpen) each.close();
  }
  await rm(folder, { recursive: true });
});

async function openStore(options?: SqliteStoreOptions): Promise<SqliteStore> {
  const store = await SqliteStore.open(path, options);
  opened.push(store);
  return store;
}

/** Another program's connection. */
function connect(): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 5_000 });
  opened.push(database);
  return database;
}

function select(sql: string): unknown[] {
  const database = connect();
  try {
    return database
      .prepare(sql)
      .all()
      .map(row => Object.values(row));
  } finally {
    database.close();
  }
}

/** Of each type what a view must get right, few enough to stay in `recent`. */
const READINGS = [
  batchOf(0, [713, 503, 3]),
  batchOf(3, [-5], { sensor: sensorInfo({ name: 'whole', type: 'int' }) }),
  batchOf(4, [0.1, Infinity, Number.NaN].map(Math.fround), {
    sensor: sensorInfo({ name: 'f', type: 'float32' }),
  }),
  batchOf(7, [1, 0], { sensor: sensorInfo({ name: 'door', type: 'bool' }) }),
  batchOf(9, ['a "b"\n'], { sensor: sensorInfo({ name: 'log', type: 'text' }) }),
  batchOf(10, [Uint8Array.of(0, 0xab)], { sensor: sensorInfo({ name: 'raw', type: 'bytes' }) }),
  batchOf(11, [3.25], {
    sensor: sensorInfo({ name: 'half', scale: 0.5, offset: 1 }),
    times: Float64Array.of(-1),
  }),
];

const SHOWN = [
  ['pi', 'tmp36', '°C', '2026-01-02T03:04:05.000000Z', 21.3],
  ['pi', 'tmp36', '°C', '2026-01-02T03:04:05.001000Z', 0.3],
  ['pi', 'tmp36', '°C', '2026-01-02T03:04:05.002000Z', -49.7],
  ['pi', 'whole', '', '2026-01-02T03:04:05.003000Z', -5],
  ['pi', 'f', '', '2026-01-02T03:04:05.004000Z', 0.1],
  ['pi', 'f', '', '2026-01-02T03:04:05.005000Z', Infinity],
  ['pi', 'f', '', '2026-01-02T03:04:05.006000Z', null],
  ['pi', 'door', '', '2026-01-02T03:04:05.007000Z', 1],
  ['pi', 'door', '', '2026-01-02T03:04:05.008000Z', 0],
  ['pi', 'log', '', '2026-01-02T03:04:05.009000Z', 'a "b"\n'],
  ['pi', 'raw', '', '2026-01-02T03:04:05.010000Z', '00ab'],
  ['pi', 'half', '', '1969-12-31T23:59:59.999999Z', 2.625],
];

const SELECT = 'SELECT source, sensor, unit, time, value FROM readings';

test.for([
  { where: 'recent', recentRows: 1_000, table: 'recent', rows: 12 },
  { where: 'segments', recentRows: 1, table: 'segment', rows: 7 },
])('the view shows each reading that is in $where', async ({ recentRows, table, rows }) => {
  const store = await openStore({ recentRows });
  await store.append(READINGS);
  expect(select(`SELECT count(*) FROM ${table}`)).toEqual([[rows]]);
  const shown = select(SELECT);
  expect(shown).toHaveLength(SHOWN.length);
  expect(shown).toEqual(expect.arrayContaining(SHOWN));
});

test('another process reads while a transaction of readings follows the other', async () => {
  const store = await openStore();
  const reader = connect();
  const count = reader.prepare('SELECT count(*) AS n FROM readings');
  for (let number = 0; number < 20; number++) {
    await store.append([batchOf(number, [number])]);
    expect(count.get()).toEqual({ n: number + 1 });
  }
});

test('a reading a commit does not leave a row a reading', async () => {
  const store = await openStore({ recentRows: 64 });
  const appends = Array.from({ length: 3_000 }, (_, number) => [batchOf(number, [number % 10])]);
  for (const batches of appends) await store.append(batches);
  const [[segments, least]] = select('SELECT count(*), min(count) FROM segment WHERE count >= 128') as [
    [number, number],
  ];
  const [[small]] = select('SELECT count(*) FROM segment WHERE count < 128') as [[number]];
  const [[recent]] = select('SELECT count(*) FROM recent') as [[number]];
  expect(segments).toBeLessThanOrEqual(3_000 / 256);
  expect(least).toBeGreaterThanOrEqual(256);
  expect(small).toBeLessThanOrEqual(8);
  expect(recent).toBeLessThan(64);
  expect(select('SELECT count(*), count(DISTINCT time_us) FROM readings')).toEqual([[3_000, 3_000]]);
});

test('two readings of one microsecond both count', async () => {
  const store = await openStore({ recentRows: 1 });
  await store.append([batchOf(0, [1, 2], { times: Float64Array.of(7, 7) })]);
  expect(select('SELECT value FROM readings')).toEqual([[-49.9], [-49.8]]);
});

test('the summary of a segment is of its raw numbers', async () => {
  const store = await openStore({ recentRows: 1 });
  await store.append([batchOf(0, [5, Number.NaN, -2], { sensor: sensorInfo({ name: 'x' }) })]);
  expect(select('SELECT count, numbers, min, max, sum FROM segment')).toEqual([[3, 2, -2, 5, 3]]);
});

test('a sensor whose clock jumps has no segment of decades', async () => {
  const store = await openStore();
  const times = Float64Array.from({ length: 200 }, (_, at) => (at < 100 ? at : 1_767_323_045_000_000 + at));
  await store.append([batchOf(0, new Float64Array(200), { times })]);
  expect(select('SELECT count, end_us - start_us FROM segment')).toEqual([
    [100, 99],
    [100, 99],
  ]);
});

test('long texts are spread over segments', async () => {
  const store = await openStore({ recentRows: 1 });
  const text = 'x'.repeat(10_000);
  const batch = batchOf(0, Array(100).fill(text), { sensor: sensorInfo({ name: 'log', type: 'text' }) });
  await store.append([batch]);
  const [[longest]] = select('SELECT max(length(items)) FROM segment') as [[number]];
  expect(longest).toBeLessThan(50_000);
  expect(await readAll(`sqlite:${path}`)).toHaveLength(100);
});

test('the file of another program is refused', async () => {
  connect().exec('CREATE TABLE t (x)');
  await expect(openStore()).rejects.toMatchObject({ code: 'SW_BAD_STORE' });
});

test('tables of a newer version are refused', async () => {
  await (await openStore()).close();
  connect().exec('PRAGMA user_version = 2');
  await expect(openStore()).rejects.toThrow('has tables of version 2');
});

test('what is no database is refused', async () => {
  await writeFile(path, 'source,sensor\n'.repeat(100));
  await expect(openStore()).rejects.toMatchObject({ code: 'SW_STORE_DAMAGED' });
});

test('a damaged database is refused or fails with what to do, and never loses its message', async () => {
  const store = await openStore();
  await store.append([batchOf(0, new Float64Array(50_000))]);
  await store.close();
  await truncate(path, 20_000);
  const damaged = async (): Promise<void> => {
    const again = await openStore();
    await again.append([batchOf(50_000, new Float64Array(50_000))]);
  };
  await expect(damaged()).rejects.toMatchObject({ code: 'SW_STORE_DAMAGED' });
  await expect(readAll(`sqlite:${path}`)).rejects.toMatchObject({ code: 'SW_STORE_DAMAGED' });
});

test('a missing folder and a folder in its place say so', async () => {
  await expect(SqliteStore.open(join(folder, 'no', 'x.db'))).rejects.toThrow('create it first');
  await expect(SqliteStore.open(folder)).rejects.toThrow('is a folder');
});

test('a transaction of another program is waited for, then reported, and the readings can be stored again', async () => {
  const store = await openStore();
  const other = connect();
  other.exec('BEGIN IMMEDIATE');
  const batch = batchOf(0, [1]);
  await expect(store.append([batch])).rejects.toMatchObject({ code: 'SW_STORE_BUSY', retryable: true });
  other.exec('ROLLBACK');
  await store.append([batch]);
  expect(await store.position(batch.session)).toBe(1);
  expect(select('SELECT count(*) FROM readings')).toEqual([[1]]);
});

test('a copy of file and WAL taken while it is written, as a crash leaves it, has what was stored', async () => {
  const store = await openStore();
  for (let number = 0; number < 10; number++) await store.append([batchOf(number, [number])]);
  const copy = join(folder, 'copy.db');
  await copyFile(path, copy);
  await copyFile(`${path}-wal`, `${copy}-wal`);
  await using again = await SqliteStore.open(copy);
  expect(await again.position(batchOf(0, []).session)).toBe(10);
  expect(await readAll(`sqlite:${copy}`)).toHaveLength(10);
});
