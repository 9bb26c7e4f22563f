/**
 * What the stores do on this machine: wall clock, real files, each reading durable before it counts.
 *
 *     node bench/stores.ts [READINGS]        (10 million by default, for SQLite; the others a tenth)
 *
 * - readings/s in appends of 100 readings of one sensor at 100 Hz, 1,000 appends outstanding, raw ADC counts;
 * - the same with an append a reading, of 1,000 sensors;
 * - latency of one reading appended to an idle store;
 * - bytes of the file a reading; time to reduce all of it to 1,000 buckets of min, mean and max.
 *
 * In the same run, for comparison: a plain table `(sensor, time, value)`, key (sensor, time), WITHOUT ROWID,
 * written in transactions of 16,384 rows by one prepared statement, `synchronous = FULL`, WAL.
 */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type SensorInfo, sensorInfo } from '../src/readings/index.ts';
import { openReader, openStore, type Store } from '../src/stores/index.ts';

const START_US = 1_767_323_045_000_000;
const OUTSTANDING = 1_000;
const BUCKETS = 1_000;

/** What one store did; a figure that it has none of is undefined. */
export interface StoreFigures {
  readonly store: string;
  readonly readings: number;
  readonly inHundreds: number;
  readonly oneByOne?: number;
  readonly idleP50Ms?: number;
  readonly idleP99Ms?: number;
  readonly bytesAReading?: number;
  readonly reduceMs?: number;
}

/** Raw counts of a slow wave; times on a 100 Hz grid, some µs late, as a sampler gives them. */
function columns(from: number, count: number): { times: Float64Array; values: Float64Array } {
  const times = new Float64Array(count);
  const values = new Float64Array(count);
  for (let at = 0; at < count; at++) {
    const number = from + at;
    times[at] = START_US + number * 10_000 + ((number * 7_919) % 131);
    values[at] = 230 + Math.round(40 * Math.sin(number / 3_000)) + (number % 3);
  }
  return { times, values };
}

/** Keeps appends outstanding until all are stored; gives readings a second. */
async function appendAll(
  store: Store,
  total: number,
  size: number,
  sensors: readonly SensorInfo[],
): Promise<number> {
  let appended = 0;
  const startMs = performance.now();
  const keepOne = async (): Promise<void> => {
    while (appended < total) {
      const index = (appended / size) % sensors.length;
      const number = Math.floor(appended / size / sensors.length) * size;
      appended += size;
      const session = `${size}`.padStart(8, '0') + String(index).padStart(24, '0');
      const batch = { session, source: 'bench', sensor: sensors[index]!, number, overtaken: false };
      await store.append([{ ...batch, ...columns(number, size) }]);
    }
  };
  await Promise.all(Array.from({ length: OUTSTANDING }, keepOne));
  return total / ((performance.now() - startMs) / 1_000);
}

async function idleLatencies(store: Store): Promise<number[]> {
  const sensor = sensorInfo({ name: 'idle' });
  const latencies: number[] = [];
  for (let number = 0; number < 500; number++) {
    const batch = { session: 'f'.repeat(32), source: 'bench', sensor, number, overtaken: false };
    const startMs = performance.now();
    await store.append([{ ...batch, ...columns(number, 1) }]);
    latencies.push(performance.now() - startMs);
  }
  return latencies.sort((a, b) => a - b);
}

const sensorOf = (name: string): SensorInfo =>
  sensorInfo({ name, unit: '°C', type: 'uint', scale: 0.322265625, offset: -50, rateHz: 100 });

async function measure(kind: string, folder: string, readings: number): Promise<StoreFigures> {
  const path = join(folder, kind);
  const spec = kind === 'none' ? kind : `${kind}:${path}`;
  const store = await openStore(spec);
  const inHundreds = await appendAll(store, readings, 100, [sensorOf('tmp36')]);
  await store.close();
  const figures = { store: kind, readings, inHundreds };
  const size = kind === 'none' ? {} : { bytesAReading: (await stat(path)).size / readings };
  const again = await openStore(spec);
  const latencies = await idleLatencies(again);
  const reduceMs = await timeReduce(kind, spec, readings);
  const many = Array.from({ length: 1_000 }, (_, index) => sensorOf(`s${index}`));
  const oneByOne = await appendAll(again, Math.min(readings, 300_000), 1, many);
  await again.close();
  const idle = { idleP50Ms: latencies[250]!, idleP99Ms: latencies[495]! };
  return { ...figures, ...size, ...idle, ...(reduceMs === undefined ? {} : { reduceMs }), oneByOne };
}

/** The median of three. */
async function timeReduce(kind: string, spec: string, readings: number): Promise<number | undefined> {
  if (kind === 'none' || kind === 'text') return undefined;
  await using reader = await openReader(spec);
  const query = { sensor: 'tmp36', fromUs: START_US, toUs: START_US + readings * 10_000, buckets: BUCKETS };
  const times: number[] = [];
  for (let run = 0; run < (kind === 'sqlite' ? 3 : 1); run++) {
    const startMs = performance.now();
    const buckets = await reader.reduce(query);
    times.push(performance.now() - startMs);
    if (buckets.reduce((sum, { count }) => sum + count, 0) !== readings)
      throw new Error(`${kind} lost readings`);
  }
  return times.sort((a, b) => a - b)[times.length >> 1];
}

/** A table of rows, as one would write it first. */
async function measurePlainRows(folder: string, readings: number): Promise<StoreFigures> {
  const path = join(folder, 'rows.db');
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE r (sensor INTEGER, time INTEGER, value REAL, PRIMARY KEY (sensor, time)) WITHOUT ROWID`);
  const insert = database.prepare('INSERT INTO r VALUES (1, ?, ?)');
  const startMs = performance.now();
  for (let from = 0; from < readings; from += 16_384) {
    const { times, values } = columns(from, Math.min(16_384, readings - from));
    database.exec('BEGIN');
    for (const [at, time] of times.entries()) insert.run(time, values[at]!);
    database.exec('COMMIT');
  }
  const inHundreds = readings / ((performance.now() - startMs) / 1_000);
  const reduceStartMs = performance.now();
  database
    .prepare(
      'SELECT CAST((time - ?1) * ?3 / (?2 - ?1) AS INTEGER) AS bucket, count(*), min(value), avg(value), max(value) FROM r WHERE sensor = 1 AND time >= ?1 AND time < ?2 GROUP BY 1',
    )
    .all(START_US, START_US + readings * 10_000, BUCKETS);
  const reduceMs = performance.now() - reduceStartMs;
  database.close();
  return {
    store: 'plain rows',
    readings,
    inHundreds,
    bytesAReading: (await stat(path)).size / readings,
    reduceMs,
  };
}

/** Runs everything in a folder of its own, removed afterwards. */
export async function run(readings = 10_000_000): Promise<StoreFigures[]> {
  const folder = await mkdtemp(join(tmpdir(), 'sensewire-bench-'));
  try {
    const figures = [await measure('sqlite', folder, readings), await measurePlainRows(folder, readings)];
    for (const kind of ['text', 'csv', 'jsonl', 'none'])
      figures.push(await measure(kind, folder, readings / 10));
    return figures;
  } finally {
    await rm(folder, { recursive: true });
  }
}

function print(figures: readonly StoreFigures[]): void {
  const whole = (value?: number): string =>
    value === undefined ? '–' : Math.round(value).toLocaleString('en');
  const exact = (value?: number): string => (value === undefined ? '–' : value.toFixed(2));
  console.table(
    figures.map(each => ({
      store: each.store,
      readings: whole(each.readings),
      'readings/s by 100': whole(each.inHundreds),
      'by 1': whole(each.oneByOne),
      'idle p50 ms': exact(each.idleP50Ms),
      'p99 ms': exact(each.idleP99Ms),
      'B/reading': exact(each.bytesAReading),
      'reduce ms': whole(each.reduceMs),
    })),
  );
  const [ours, rows] = figures;
  if (ours?.reduceMs === undefined || rows?.reduceMs === undefined) return;
  const inserts = (ours.inHundreds / rows.inHundreds).toFixed(1);
  console.log(
    `sqlite against plain rows: ${inserts} × inserts, ${(rows.reduceMs / ours.reduceMs).toFixed(1)} × reduce`,
  );
}

if (import.meta.main) print(await run(Number(process.argv[2] ?? 10_000_000)));
