import { describe, expect, it } from 'vitest';
import { StoreError } from '../errors/errors.ts';
import { sensorInfo } from '../readings/sensor-info.ts';
import type { Store, StoreBatch } from '../stores/store.ts';
import { ManualClock } from '../time/manual-clock.ts';
import { QUEUE_BYTES, STORE_RETRY_US } from './limits.ts';
import { StoreQueue } from './store-queue.ts';

const SENSOR = sensorInfo({ name: 'x', type: 'float64' });
const FULL = new StoreError('SW_STORE_FULL', 'no room', { retryable: true });

/** Appends wait until the test says what becomes of them. */
class HandStore implements Store {
  readonly spec = 'hand';
  readonly location = 'nowhere';
  readonly appends: { numbers: number[]; resolve: () => void; reject: (error: unknown) => void }[] = [];
  positions = 0;

  position(): Promise<number> {
    return Promise.resolve(this.positions);
  }

  append(batches: readonly StoreBatch[]): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.appends.push({ numbers: batches.map(({ number }) => number), resolve, reject });
    return promise;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function batch(number: number, count = 1, values?: StoreBatch['values']): StoreBatch {
  return {
    session: 'a'.repeat(32),
    source: 'test',
    sensor: SENSOR,
    number,
    overtaken: false,
    times: new Float64Array(count),
    values: values ?? new Float64Array(count),
  };
}

/** Lets what was resolved be heard. */
const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

function setUp(): {
  store: HandStore;
  clock: ManualClock;
  queue: StoreQueue;
  heard: string[];
  append: (number: number, count?: number) => void;
} {
  const store = new HandStore();
  const clock = new ManualClock();
  const heard: string[] = [];
  const queue = new StoreQueue(store, clock, {
    onPressure: high => heard.push(high ? 'high' : 'low'),
    onTrouble: error => heard.push(error === undefined ? 'well' : `trouble ${error.code}`),
    onFailure: error => heard.push(`failed ${(error as Error).message}`),
  });
  const append = (number: number, count = 1): void =>
    queue.append([batch(number, count)], () => heard.push(`durable ${number}`));
  return { store, clock, queue, heard, append };
}

describe('a store queue', () => {
  it('tells owners in the order of their appends, whatever the order of the store', async () => {
    const { store, heard, append, queue } = setUp();
    for (const number of [0, 1, 2]) append(number);
    store.appends[1]?.resolve();
    await turn();
    expect(heard).toEqual([]);
    store.appends[0]?.resolve();
    await turn();
    expect(heard).toEqual(['durable 0', 'durable 1']);
    store.appends[2]?.resolve();
    await turn();
    expect(heard).toEqual(['durable 0', 'durable 1', 'durable 2']);
    expect(queue.bytes).toBe(0);
  });

  it('tries again what failed for a while, in order and as one, and holds later appends back until then', async () => {
    const { store, clock, heard, append } = setUp();
    append(0);
    append(1);
    store.appends[0]?.reject(FULL);
    store.appends[1]?.reject(FULL);
    await turn();
    append(2);
    expect([store.appends.length, heard]).toEqual([2, ['trouble SW_STORE_FULL']]);
    clock.advance(STORE_RETRY_US - 1);
    expect(store.appends).toHaveLength(2);
    clock.advance(1);
    expect(store.appends[2]?.numbers).toEqual([0, 1, 2]);
    store.appends[2]?.reject(FULL);
    await turn();
    append(3);
    clock.advance(STORE_RETRY_US);
    expect(store.appends[3]?.numbers).toEqual([0, 1, 2, 3]);
    append(4);
    store.appends[3]?.resolve();
    await turn();
    expect(heard).toEqual([
      'trouble SW_STORE_FULL',
      'well',
      'durable 0',
      'durable 1',
      'durable 2',
      'durable 3',
    ]);
    expect(store.appends[4]?.numbers).toEqual([4]);
    store.appends[4]?.resolve();
    await turn();
    expect(heard.at(-1)).toBe('durable 4');
    expect(clock.nextTimerUs()).toBeUndefined();
  });

  it('waits for what is under way before it tries again, and leaves out what was stored after all', async () => {
    const { store, clock, heard, append } = setUp();
    for (const number of [0, 1, 2]) append(number);
    store.appends[0]?.reject(FULL);
    await turn();
    clock.advance(10 * STORE_RETRY_US);
    expect(store.appends).toHaveLength(3);
    store.appends[1]?.resolve();
    store.appends[2]?.reject(FULL);
    await turn();
    expect(heard).toEqual(['trouble SW_STORE_FULL']);
    clock.advance(STORE_RETRY_US);
    expect(store.appends[3]?.numbers).toEqual([0, 2]);
    store.appends[3]?.resolve();
    await turn();
    expect(heard.slice(1)).toEqual(['well', 'durable 0', 'durable 1', 'durable 2']);
  });

  it('acknowledges nothing any more after a failure for good', async () => {
    const { store, clock, heard, append, queue } = setUp();
    append(0);
    append(1);
    const settled = queue.settled();
    store.appends[0]?.reject(new StoreError('SW_STORE_FAILED', 'gone'));
    store.appends[1]?.resolve();
    await turn();
    append(2);
    await settled;
    await queue.settled();
    clock.advance(10 * STORE_RETRY_US);
    expect(heard).toEqual(['failed gone']);
    expect(store.appends).toHaveLength(2);
  });

  it('says when too much waits, by the memory that it takes', async () => {
    const { store, heard, append, queue } = setUp();
    const each = 50_000;
    let number = 0;
    for (; !queue.isFull; number += each) append(number, each);
    expect(heard).toEqual(['high']);
    expect(queue.bytes).toBeGreaterThan(QUEUE_BYTES.pauseAbove);
    expect(queue.bytes).toBeLessThan(QUEUE_BYTES.pauseAbove + 17 * each);
    for (const { resolve } of store.appends) {
      if (!heard.includes('low')) resolve();
      await turn();
    }
    expect(queue.bytes).toBeLessThan(QUEUE_BYTES.resumeBelow);
    expect(queue.bytes).toBeGreaterThan(QUEUE_BYTES.resumeBelow - 17 * each);
  });

  it('weighs long texts and many small messages', () => {
    const texts = setUp();
    texts.queue.append([batch(0, 1, ['x'.repeat(60_000)])], () => undefined);
    expect(texts.queue.bytes).toBeGreaterThan(120_000);
    texts.queue.append([batch(1, 1, [new Uint8Array(60_000)])], () => undefined);
    expect(texts.queue.bytes).toBeGreaterThan(180_000);
    const small = setUp();
    let appends = 0;
    for (; !small.queue.isFull; appends++) small.append(appends);
    expect(appends).toBeLessThan(40_000);
  });

  it('gives the position once what came before is durable, and does not wait for what comes after', async () => {
    const { store, queue, append } = setUp();
    append(0);
    let position: number | undefined;
    const asked = queue.position('a').then(at => {
      position = at;
    });
    append(1);
    await turn();
    expect(position).toBeUndefined();
    store.positions = 1;
    store.appends[0]?.resolve();
    await asked;
    expect(position).toBe(1);
  });
});
