/**
 * The StoreReader port: the same questions to every store that can be read.
 */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sensorInfo } from '../readings/sensor-info.ts';
import { batchOf, readingsOf, SESSION_B } from './contract.ts';
import { makeFolder } from './contract-places.ts';
import { openReader, openStore } from './open.ts';
import type { Bucket, ReduceQuery, StoredReading, StoreReader } from './reader.ts';
import { SqliteStore } from './sqlite-store.ts';
import type { Store, StoreBatch } from './store.ts';

let folder: string;
let opened: (Store | StoreReader)[];

beforeEach(async () => {
  folder = await makeFolder();
  opened = [];
});

afterEach(async () => {
  await Promise.allSettled(opened.map(each => each.close()));
  await rm(folder, { recursive: true });
});

async function storeOf(spec: string, batches: readonly StoreBatch[]): Promise<StoreReader> {
  const store = spec.startsWith('sqlite:')
    ? await SqliteStore.open(spec.slice(7), { recentRows: 500 })
    : await openStore(spec);
  opened.push(store);
  for (const batch of batches) await store.append([batch]);
  const reader = await openReader(spec);
  opened.push(reader);
  return reader;
}

async function collect(pieces: AsyncIterable<readonly StoredReading[]>): Promise<StoredReading[]> {
  const readings: StoredReading[] = [];
  for await (const piece of pieces) {
    expect(piece.length).toBeLessThanOrEqual(4_096);
    readings.push(...piece);
  }
  return readings;
}

/** Readings of three sensors, small and large batches, in and out of order. */
const SENSOR = sensorInfo({ name: 'x', unit: 'V', type: 'int', scale: -0.5, offset: 2 });
const OTHER = sensorInfo({ name: 'x', unit: 'V' });
const STEP_US = 1_000;

function someBatches(): StoreBatch[] {
  let number = 0;
  return Array.from({ length: 60 }, (_, index) => {
    const count = [3, 100, 1, 700][index % 4]!;
    const values = Float64Array.from({ length: count }, (_value, at) => ((index * 31 + at * 7) % 41) - 20);
    const batch = batchOf(number, values, {
      sensor: index % 3 === 0 ? OTHER : SENSOR,
      source: index % 3 === 0 ? 'b' : 'a',
      times: Float64Array.from(values, (_value, at) => (number + ((at * 13) % count)) * STEP_US),
    });
    number += count;
    return batch;
  });
}

function reduceSlowly(readings: readonly StoredReading[], query: ReduceQuery): Bucket[] {
  const size = (query.toUs - query.fromUs) / query.buckets;
  return Array.from({ length: query.buckets }, (_, index) => {
    const startUs = query.fromUs + Math.ceil(index * size);
    const endUs = query.fromUs + Math.ceil((index + 1) * size);
    const values = readings
      .filter(
        ({ timeUs, source }) => timeUs >= startUs && timeUs < endUs && source === (query.source ?? source),
      )
      .map(({ value }) => Number(value));
    const count = values.length;
    if (count === 0) return { startUs, count, min: Number.NaN, mean: Number.NaN, max: Number.NaN };
    const mean = values.reduce((sum, value) => sum + value, 0) / count;
    return { startUs, count, min: Math.min(...values), mean, max: Math.max(...values) };
  });
}

describe.for(['sqlite', 'csv', 'jsonl'])('%s', kind => {
  const spec = (): string => `${kind}:${join(folder, 'readings')}`;

  test('sensors say how many readings they have and from when to when', async () => {
    const reader = await storeOf(spec(), [
      batchOf(0, [1, 2], { times: Float64Array.of(5, 3) }),
      batchOf(2, Array(100).fill(1), { times: Float64Array.from({ length: 100 }, (_, at) => 10 + at) }),
      batchOf(0, [1], { session: SESSION_B, source: 'b', times: Float64Array.of(7) }),
    ]);
    const sensors = await reader.sensors();
    expect(sensors).toMatchObject([
      { source: 'pi', name: 'tmp36', unit: '°C', count: 102, firstUs: 3, lastUs: 109 },
      { source: 'b', name: 'tmp36', unit: '°C', count: 1, firstUs: 7, lastUs: 7 },
    ]);
  });

  test('readings are chosen by sensor and time', async () => {
    const other = sensorInfo({ name: 'other' });
    const reader = await storeOf(spec(), [
      batchOf(0, Array(100).fill(1), { times: Float64Array.from({ length: 100 }, (_, at) => at) }),
      batchOf(100, [7], { sensor: other, times: Float64Array.of(50) }),
    ]);
    const times = async (query: Parameters<StoreReader['readings']>[0]): Promise<number[]> =>
      (await collect(reader.readings(query))).map(({ timeUs }) => timeUs);
    expect(await times({ sensor: 'tmp36', fromUs: 97 })).toEqual([97, 98, 99]);
    expect(await times({ sensor: 'tmp36', toUs: 2 })).toEqual([0, 1]);
    expect((await times({ fromUs: 50, toUs: 51 })).sort()).toEqual([50, 50]);
    expect(await times({ sensor: 'none' })).toEqual([]);
    expect(await times({ fromUs: 10, toUs: 10 })).toEqual([]);
  });

  test('reduce gives what going through all readings gives', { timeout: 60_000 }, async () => {
    const batches = someBatches();
    const reader = await storeOf(spec(), batches);
    const readings = readingsOf(batches);
    const lastUs = readings.length * STEP_US;
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: -lastUs, max: lastUs }),
        fc.integer({ min: 1, max: 2 * lastUs }),
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom(undefined, 'a', 'b'),
        async (fromUs, spanUs, buckets, source) => {
          const query = { sensor: 'x', fromUs, toUs: fromUs + spanUs, buckets, ...(source && { source }) };
          const reduced = await reader.reduce(query);
          const expected = reduceSlowly(readings, query);
          expect(reduced.map(({ mean, ...rest }) => rest)).toEqual(expected.map(({ mean, ...rest }) => rest));
          for (const [at, { mean }] of expected.entries()) {
            if (!Number.isNaN(mean)) expect(reduced[at]?.mean).toBeCloseTo(mean, 9);
          }
        },
      ),
      { numRuns: kind === 'sqlite' ? 40 : 5 },
    );
  });

  test('a sensor that is not there reduces to nothing', async () => {
    const reader = await storeOf(spec(), [batchOf(0, [1])]);
    const buckets = await reader.reduce({ sensor: 'none', fromUs: 0, toUs: 10, buckets: 2 });
    expect(buckets.map(({ count }) => count)).toEqual([0, 0]);
  });

  test('a missing file is a wrong store', async () => {
    await expect(openReader(spec())).rejects.toMatchObject({ code: 'SW_BAD_STORE' });
  });

  test('close may be called twice', async () => {
    const reader = await storeOf(spec(), []);
    await Promise.all([reader.close(), reader.close(), reader[Symbol.asyncDispose]()]);
  });
});

test('sqlite gives each sensor in order of time, however it came', async () => {
  const reader = await storeOf(`sqlite:${join(folder, 'x.db')}`, someBatches());
  const readings = await collect(reader.readings());
  expect(readings).toHaveLength(readingsOf(someBatches()).length);
  for (const sensor of ['a', 'b']) {
    const times = readings.filter(({ source }) => source === sensor).map(({ timeUs }) => timeUs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  }
});

test('sqlite misses and repeats nothing while a writer merges what is being read', async () => {
  const path = join(folder, 'x.db');
  const store = await SqliteStore.open(path, { recentRows: 40 });
  opened.push(store);
  const append = async (from: number, count: number): Promise<void> => {
    await Promise.all(Array.from({ length: count }, (_, at) => store.append([batchOf(from + at, [1])])));
  };
  for (let round = 0; round < 40; round++) await append(round * 600, 600);
  const reader = await openReader(`sqlite:${path}`);
  opened.push(reader);
  const times: number[] = [];
  let next = 24_000;
  for await (const piece of reader.readings()) {
    times.push(...piece.map(({ timeUs }) => timeUs));
    if (next < 30_000) await append(next, 600);
    next += 600;
  }
  expect(new Set(times).size).toBe(times.length);
  const firstUs = times[0] ?? 0;
  expect(times.slice(0, 24_000)).toEqual(Array.from({ length: 24_000 }, (_, at) => firstUs + at * STEP_US));
});

test('readings that are not numbers cannot be reduced', async () => {
  const log = sensorInfo({ name: 'log', type: 'text' });
  const reader = await storeOf(`sqlite:${join(folder, 'x.db')}`, [batchOf(0, ['a'], { sensor: log })]);
  const query = { sensor: 'log', fromUs: 0, toUs: 10, buckets: 1 };
  await expect(reader.reduce(query)).rejects.toMatchObject({ code: 'SW_BAD_SENSOR' });
});

test('an SQLite file that no collector wrote is a wrong store', async () => {
  const path = join(folder, 'x.db');
  await writeFile(path, '');
  await expect(openReader(`sqlite:${path}`)).rejects.toMatchObject({ code: 'SW_BAD_STORE' });
});

test('a half-written last line and lines of other things are passed over', async () => {
  const path = join(folder, 'x.csv');
  const line = 'pi,t,,2026-01-02T03:04:05.000000Z';
  await writeFile(path, `source,sensor,unit,time,value\n${line},1\n# note\n${line},2\r\n${line},3`);
  const reader = await openReader(path);
  expect((await collect(reader.readings())).map(({ value }) => value)).toEqual([1, 2]);
});
