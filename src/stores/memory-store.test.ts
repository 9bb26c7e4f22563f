import { expect, test } from 'vitest';
import { StoreError } from '../errors/errors.ts';
import { batchOf, readingsOf, renderValue, storeContract } from './contract.ts';
import { MemoryStore, NullStore } from './memory-store.ts';
import { MultiStore } from './multi-store.ts';
import type { Store, StoreBatch } from './store.ts';

storeContract({
  name: 'memory',
  isDurable: false,
  makePlace: () => {
    const store = new MemoryStore();
    return Promise.resolve({
      open: () => Promise.resolve(store),
      render: ({ source, sensor, timeUs, value }) =>
        JSON.stringify([source, sensor.name, timeUs, renderValue(value)]),
      stored: () =>
        Promise.resolve(
          readingsOf(store.batches).map(({ source, sensor, timeUs, value }) =>
            JSON.stringify([source, sensor.name, timeUs, renderValue(value)]),
          ),
        ),
      remove: () => Promise.resolve(),
    });
  },
});

storeContract({ name: 'none', isDurable: false, makePlace: () => emptyPlace(() => new NullStore()) });

storeContract({
  name: 'several',
  isDurable: false,
  makePlace: () => emptyPlace(() => new MultiStore([new MemoryStore(), new NullStore()])),
});

function emptyPlace(open: () => Store): ReturnType<Parameters<typeof storeContract>[0]['makePlace']> {
  return Promise.resolve({
    open: () => Promise.resolve(open()),
    render: () => '',
    stored: () => Promise.resolve(undefined),
    remove: () => Promise.resolve(),
  });
}

/** Fails as often as told, then stores. */
class FailingStore extends MemoryStore {
  readonly #errors: Error[];

  constructor(errors: Error[]) {
    super();
    this.#errors = errors;
  }

  override append(batches: readonly StoreBatch[]): Promise<void> {
    const error = this.#errors.shift();
    return error ? Promise.reject(error) : super.append(batches);
  }
}

const full = new StoreError('SW_STORE_FULL', 'full', { retryable: true });
const broken = new StoreError('SW_STORE_FAILED', 'broken');

test('where one of several stores fails, the same call stores once in all', async () => {
  const stores = [new MemoryStore(), new FailingStore([full])];
  const several = new MultiStore(stores);
  const batches = [batchOf(5, [1, 2]), batchOf(0, [3], { overtaken: true })];
  await expect(several.append(batches)).rejects.toBe(full);
  expect(await several.position(batches[0]!.session)).toBe(0);
  await several.append(batches);
  for (const store of stores) expect(readingsOf(store.batches)).toEqual(readingsOf(batches));
});

test('an error that lasts is told before one that does not', async () => {
  const several = new MultiStore([new FailingStore([full]), new FailingStore([broken])]);
  await expect(several.append([batchOf(0, [1])])).rejects.toBe(broken);
});
