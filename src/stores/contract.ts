/**
 * The contract suite of the Store port (store.ts): every store's test runs it.
 *
 * What a store holds is compared as texts in no order: `render` makes the text of a reading as far as the store
 * keeps it, `stored` gives the texts of what is in the store.
 */
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { Column, RawValue } from '../readings/batch.ts';
import { READING_TYPES, type SensorInfo, sensorInfo } from '../readings/sensor-info.ts';
import { toHex, valueReader } from './format/value.ts';
import type { StoredReading } from './reader.ts';
import type { Store, StoreBatch } from './store.ts';

/** A place for a store. */
export interface StorePlace {
  /** Opens the store there; again after it was closed. */
  open(): Promise<Store>;
  render(reading: StoredReading): string;
  /** What is there, as texts; undefined where the store keeps nothing. */
  stored(): Promise<readonly string[] | undefined>;
  remove(): Promise<void>;
}

/** What differs between stores. */
export interface StoreTraits {
  readonly name: string;
  /** False for stores that forget when they are closed. */
  readonly isDurable: boolean;
  makePlace(): Promise<StorePlace>;
}

export const SESSION_A: string = 'a'.repeat(32);
export const SESSION_B: string = '0b'.repeat(16);

/** 2026-01-02T03:04:05Z. */
const FIRST_US = 1_767_323_045_000_000;

const THERMOMETER = sensorInfo({
  name: 'tmp36',
  unit: '°C',
  type: 'int',
  scale: 0.1,
  offset: -50,
  rateHz: 100,
});

/** A batch with defaults: one sensor, session A, a time each millisecond. */
export function batchOf(
  number: number,
  values: Column | readonly number[],
  options: Partial<StoreBatch> = {},
): StoreBatch {
  const isNumbers = values instanceof Float64Array || typeof values[0] === 'number' || values.length === 0;
  return {
    session: SESSION_A,
    source: 'pi',
    sensor: THERMOMETER,
    number,
    overtaken: false,
    times: Float64Array.from({ length: values.length }, (_, at) => FIRST_US + (number + at) * 1_000),
    values: isNumbers ? Float64Array.from(values as readonly number[]) : (values as Column),
    ...options,
  };
}

/** The readings of batches, as a reader gives them. */
export function readingsOf(batches: readonly StoreBatch[]): StoredReading[] {
  return batches.flatMap(({ source, sensor, times, values }) => {
    const toValue = valueReader(sensor);
    return Array.from(times, (timeUs, at) => ({ source, sensor, timeUs, value: toValue(values[at]!) }));
  });
}

/** A value as a text that tells every two values apart. */
export function renderValue(value: StoredReading['value']): string {
  if (Object.is(value, -0)) return '-0';
  if (value instanceof Uint8Array) return `bytes ${toHex(value)}`;
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

/** Runs the suite. */
export function storeContract({ name, isDurable, makePlace }: StoreTraits): void {
  // What is gone with the process cannot be found again: those stores have two tests less.
  const whereDurable: (title: string, run: () => Promise<void>) => void = (title, run) => {
    if (isDurable) test(title, run);
  };

  describe(`${name} holds the contract of stores`, () => {
    let opened: Store[] = [];
    let places: StorePlace[] = [];

    const newPlace = async (): Promise<StorePlace> => {
      const place = await makePlace();
      places.push(place);
      return place;
    };
    const openAt = async (place: StorePlace): Promise<Store> => {
      const store = await place.open();
      opened.push(store);
      return store;
    };
    const expectStored = async (place: StorePlace, batches: readonly StoreBatch[]): Promise<void> => {
      const stored = await place.stored();
      if (stored === undefined) return;
      const expected = readingsOf(batches).map(reading => place.render(reading));
      expect([...stored].sort()).toEqual(expected.sort());
    };

    afterEach(async () => {
      await Promise.allSettled(opened.map(store => store.close()));
      await Promise.allSettled(places.map(place => place.remove()));
      opened = [];
      places = [];
    });

    test('the position of a session moves with what is stored', async () => {
      const store = await openAt(await newPlace());
      expect(await store.position(SESSION_A)).toBe(0);
      await store.append([batchOf(0, [1, 2, 3])]);
      await store.append([batchOf(3, [4])]);
      expect(await store.position(SESSION_A)).toBe(4);
      expect(await store.position(SESSION_B)).toBe(0);
    });

    test('what was stored is skipped, whole batches and parts of one', async () => {
      const place = await newPlace();
      const store = await openAt(place);
      const first = batchOf(0, [1, 2, 3]);
      await store.append([first]);
      await store.append([first, batchOf(1, [2, 3, 4, 5])]);
      await store.append([batchOf(2, [3])]);
      expect(await store.position(SESSION_A)).toBe(5);
      await expectStored(place, [first, batchOf(3, [4, 5])]);
    });

    test('a repetition within one append, or in appends not waited for, is skipped', async () => {
      const place = await newPlace();
      const store = await openAt(place);
      const batch = batchOf(0, [1, 2]);
      await Promise.all([store.append([batch, batch]), store.append([batch]), store.append([batch])]);
      await expectStored(place, [batch]);
    });

    test('a gap in the numbers is accepted', async () => {
      const place = await newPlace();
      const store = await openAt(place);
      const batches = [batchOf(0, [1]), batchOf(10, [2])];
      await store.append(batches);
      expect(await store.position(SESSION_A)).toBe(11);
      await expectStored(place, batches);
    });

    test('an overtaken batch is stored and the position stays', async () => {
      const place = await newPlace();
      const store = await openAt(place);
      const late = batchOf(5, [3, 4], { overtaken: true });
      const batches = [batchOf(0, [1]), batchOf(10, [2]), late];
      await store.append(batches);
      expect(await store.position(SESSION_A)).toBe(11);
      await store.append([batchOf(7, [5], { overtaken: true })]);
      expect(await store.position(SESSION_A)).toBe(11);
      await expectStored(place, [...batches, batchOf(7, [5])]);
    });

    test('an overtaken batch above the position moves it: what lay between is known to be lost', async () => {
      const place = await newPlace();
      const store = await openAt(place);
      await store.append([batchOf(0, [1]), batchOf(3, [2], { overtaken: true })]);
      expect(await store.position(SESSION_A)).toBe(4);
      await store.append([batchOf(3, [2])]);
      await expectStored(place, [batchOf(0, [1]), batchOf(3, [2])]);
    });

    test('sessions and sensors are kept apart', async () => {
      const place = await newPlace();
      const store = await openAt(place);
      const door = sensorInfo({ name: 'door', type: 'bool' });
      const batches = [
        batchOf(0, [1, 2]),
        batchOf(0, [3], { session: SESSION_B, source: 'other' }),
        batchOf(2, [0, 1], { sensor: door }),
        batchOf(1, [4], { session: SESSION_B, sensor: sensorInfo({ name: 'tmp36' }) }),
      ];
      await store.append(batches);
      expect(await store.position(SESSION_A)).toBe(4);
      expect(await store.position(SESSION_B)).toBe(2);
      await expectStored(place, batches);
    });

    test('position waits for appends that are being made durable', async () => {
      const store = await openAt(await newPlace());
      const appends = [0, 1, 2, 3].map(number => store.append([batchOf(number, [number])]));
      expect(await store.position(SESSION_A)).toBe(4);
      await Promise.all(appends);
    });

    test('many small appends are all there', async () => {
      const place = await newPlace();
      const store = await openAt(place);
      const batches = Array.from({ length: 1_500 }, (_, number) => batchOf(number, [number % 7]));
      await Promise.all(batches.map(batch => store.append([batch])));
      await expectStored(place, batches);
    });

    test('an append larger than a commit is stored', async () => {
      const place = await newPlace();
      const store = await openAt(place);
      const large = batchOf(
        0,
        Float64Array.from({ length: 40_000 }, (_, at) => at % 1_000),
      );
      await Promise.all([store.append([large]), store.append([batchOf(40_000, [1])])]);
      expect(await store.position(SESSION_A)).toBe(40_001);
      await expectStored(place, [large, batchOf(40_000, [1])]);
    });

    test('nothing to store is no error', async () => {
      const place = await newPlace();
      const store = await openAt(place);
      await store.append([]);
      await store.append([batchOf(0, [])]);
      expect(await store.position(SESSION_A)).toBe(0);
      await expectStored(place, []);
    });

    test('a wrong batch is refused and nothing of its append stored', async () => {
      const place = await newPlace();
      const store = await openAt(place);
      const good = batchOf(0, [1]);
      const wrong: StoreBatch[] = [
        batchOf(1, [1.5]),
        batchOf(1, [1], { session: 'short' }),
        batchOf(-1, [1]),
        batchOf(1, [1], { times: new Float64Array(2) }),
        batchOf(1, [1], { times: Float64Array.of(0.5) }),
        batchOf(1, ['text']),
        batchOf(1, [1], { sensor: sensorInfo({ name: '' }) }),
        batchOf(1, [2], { sensor: sensorInfo({ name: 'door', type: 'bool' }) }),
      ];
      for (const batch of wrong) {
        await expect(store.append([good, batch])).rejects.toMatchObject({ code: 'SW_BAD_READING' });
      }
      expect(await store.position(SESSION_A)).toBe(0);
      await expectStored(place, []);
    });

    test('close finishes what was appended, may be called twice, and ends appends', async () => {
      const place = await newPlace();
      const store = await openAt(place);
      const batch = batchOf(0, [1, 2, 3]);
      const append = store.append([batch]);
      await Promise.all([store.close(), store.close()]);
      await append;
      await store[Symbol.asyncDispose]();
      await expect(store.append([batchOf(3, [4])])).rejects.toMatchObject({ code: 'SW_CLOSED' });
      if (isDurable) await expectStored(place, [batch]);
    });

    whereDurable('readings and positions are there after it was closed and opened', async () => {
      const place = await newPlace();
      const first = [batchOf(0, [1, 2]), batchOf(0, Array(70).fill(5), { session: SESSION_B, source: 'b' })];
      const store = await openAt(place);
      await store.append(first);
      await store.close();
      const again = await openAt(place);
      expect(await again.position(SESSION_A)).toBe(2);
      expect(await again.position(SESSION_B)).toBe(70);
      await again.append([...first, batchOf(2, [3])]);
      await expectStored(place, [...first, batchOf(2, [3])]);
    });

    whereDurable('a second collector is refused until the first lets go', async () => {
      const place = await newPlace();
      const store = await openAt(place);
      await expect(place.open()).rejects.toMatchObject({ code: 'SW_STORE_BUSY' });
      await store.close();
      await (await openAt(place)).append([batchOf(0, [1])]);
    });

    test('whatever is stored reads back equal', async () => {
      await fc.assert(
        fc.asyncProperty(appendsArbitrary, async appends => {
          const place = await newPlace();
          const store = await openAt(place);
          const batches = numbered(appends);
          await Promise.all(batches.map(batch => store.append([batch])));
          await store.close();
          if (isDurable) await expectStored(place, batches);
        }),
        { numRuns: 15 },
      );
    });
  });
}

const nameOf = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc
    .string({ unit: 'binary', minLength, maxLength })
    .map(text => text.toWellFormed().replace(/\p{Cc}/gu, '_'));

const longText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }).map(text => text.toWellFormed()),
  fc.constantFrom('', '21.5', 'true', 'a\nb\r\n"c",d\\', '":1,"2":', 'nul \0 nul', '🌡'.repeat(3_000)),
);

const RAW: Readonly<Record<SensorInfo['type'], fc.Arbitrary<RawValue>>> = {
  bool: fc.constantFrom(0, 1),
  int: fc.oneof(
    fc.integer({ min: -2_000, max: 2_000 }),
    fc.maxSafeInteger().map(value => Math.trunc(value / 2)),
  ),
  uint: fc.oneof(
    fc.nat(4_095),
    fc.maxSafeNat().map(value => Math.trunc(value / 2)),
  ),
  float32: fc.oneof(fc.float(), fc.constantFrom(...[0.1, 21.5, 1e-7].map(Math.fround), -0)),
  float64: fc.oneof(fc.double(), fc.constantFrom(-0, 0.1, 1e21, 5e-324, Number.MAX_VALUE)),
  text: longText,
  bytes: fc.uint8Array({ maxLength: 40 }),
};

const scale = fc.constantFrom(1, 0.1, -0.5, 0.322265625, 1e-9, 1 / 3, 1_000);

const sensor = fc
  .record({
    name: nameOf(1, 20),
    unit: nameOf(0, 8),
    type: fc.constantFrom(...READING_TYPES),
    scale,
    offset: fc.constantFrom(0, -50, 0.05),
  })
  .map(info =>
    info.type === 'bool' || info.type === 'text' || info.type === 'bytes'
      ? sensorInfo({ ...info, scale: 1, offset: 0 })
      : sensorInfo(info),
  );

const timeUs = fc.oneof(
  fc.integer({ min: 1_767_323_045_000_000, max: 1_767_323_046_000_000 }),
  fc.integer({ min: -5_000_000_000_000_000, max: 9_000_000_000_000_000 }),
);

/** Batches without their numbers: of a few readings, or enough for segments of their own. */
const appendsArbitrary = fc.array(
  fc
    .tuple(
      sensor,
      fc.constantFrom('pi', 'other, "host"', 'zwei\nzeilen'),
      fc.constantFrom(SESSION_A, SESSION_B),
    )
    .chain(([info, source, session]) =>
      fc.record({
        sensor: fc.constant(info),
        source: fc.constant(source),
        session: fc.constant(session),
        readings: fc.array(fc.tuple(timeUs, RAW[info.type]), {
          maxLength: 150,
          size: 'max',
        }),
      }),
    ),
  { maxLength: 8 },
);

type Append = Pick<StoreBatch, 'sensor' | 'source' | 'session'> & {
  readonly readings: readonly (readonly [number, RawValue])[];
};

function numbered(appends: readonly Append[]): StoreBatch[] {
  const next = new Map<string, number>();
  return appends.map(({ readings, ...what }) => {
    const number = next.get(what.session) ?? 0;
    next.set(what.session, number + readings.length);
    const raws = readings.map(([, raw]) => raw);
    const isOther = what.sensor.type === 'text' || what.sensor.type === 'bytes';
    return {
      ...what,
      number,
      overtaken: false,
      times: Float64Array.from(readings, ([time]) => time),
      values: isOther ? (raws as Column) : Float64Array.from(raws as number[]),
    };
  });
}
