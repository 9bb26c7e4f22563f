import { expect, test } from 'vitest';
import { sensorInfo } from '../readings/sensor-info.ts';
import { ManualClock } from '../time/manual-clock.ts';
import { MOST_SHOWN, MOST_TEXT, SILENT_US, SLOTS } from './limits.ts';
import { LiveFeed } from './live-feed.ts';

const START_US = 1_800_000_000_000_000;
const SECOND = 1_000_000;

function setUp(): { clock: ManualClock; feed: LiveFeed } {
  const clock = new ManualClock(START_US);
  return { clock, feed: new LiveFeed({ clock }) };
}

const TMP36 = sensorInfo({ name: 'tmp36', unit: '°C', type: 'int', scale: 0.1, offset: -50, rateHz: 100 });

test('a sensor appears with its description, latest value and trace', () => {
  const { feed } = setUp();
  feed.onReadings(
    'pi',
    TMP36,
    Float64Array.of(START_US - 100_000, START_US - 90_000, START_US),
    Float64Array.of(700, 720, 733),
  );
  expect(feed.states()).toEqual([
    {
      id: 1,
      info: { source: 'pi', name: 'tmp36', unit: '°C', type: 'int', rateHz: 100, decimals: 1 },
      value: 23.3,
      takenMs: START_US / 1_000,
      agoMs: 0,
      count: 3,
      rate: 0,
      points: [1, 20, 22, 0, 23.3, 23.3],
    },
  ]);
});

test('changes say only what is new, and introduce a sensor once', () => {
  const { clock, feed } = setUp();
  feed.onReadings('pi', TMP36, Float64Array.of(START_US), Float64Array.of(700));
  const [first] = feed.takeChanges().sensors;
  expect(first?.info?.name).toBe('tmp36');
  expect(first?.points).toEqual([0, 20, 20]);
  expect(feed.takeChanges().sensors).toEqual([]);
  clock.advance(300_000);
  feed.onReadings('pi', TMP36, Float64Array.of(START_US + 200_000), Float64Array.of(710));
  const [second] = feed.takeChanges().sensors;
  expect(second?.info).toBeUndefined();
  expect(second).toMatchObject({ id: 1, value: 21, count: 2, points: [1, 21, 21] });
});

test('a rate that falls is news, although nothing comes', () => {
  const { clock, feed } = setUp();
  feed.onReadings('pi', TMP36, new Float64Array(100).fill(START_US), new Float64Array(100));
  clock.advance(SECOND);
  expect(feed.takeChanges().sensors[0]?.rate).toBe(100);
  expect(feed.perSecond).toBe(100);
  clock.advance(20 * SECOND);
  expect(feed.takeChanges().sensors[0]?.rate).toBe(0);
  expect(feed.takeChanges().sensors).toEqual([]);
});

test('what a sender kept while it was away fills its gap', () => {
  const { clock, feed } = setUp();
  feed.onReadings('pi', TMP36, Float64Array.of(START_US), Float64Array.of(700));
  clock.advance(10 * SECOND);
  const times = Float64Array.from({ length: 10 }, (_, at) => START_US + (at + 1) * SECOND);
  feed.onReadings('pi', TMP36, times, new Float64Array(10).fill(800));
  const ages = feed.states()[0]?.points.filter((_, at) => at % 3 === 0);
  expect(ages).toEqual([100, 90, 80, 70, 60, 50, 40, 30, 20, 10, 0]);
});

test('readings older than the trace count, but are not drawn', () => {
  const { feed } = setUp();
  feed.onReadings('pi', TMP36, Float64Array.of(START_US - 3_600 * SECOND), Float64Array.of(700));
  expect(feed.states()[0]).toMatchObject({ count: 1, value: 20, points: [] });
});

test('a sensor whose clock is years behind is drawn as it comes', () => {
  const { clock, feed } = setUp();
  for (let at = 0; at < 100; at++) {
    feed.onReadings('replay', TMP36, Float64Array.of(1_000_000 + at * 100_000), Float64Array.of(700));
    clock.advance(100_000);
  }
  const points = feed.states()[0]?.points ?? [];
  expect(points.length / 3).toBeGreaterThan(45);
  expect(points.length / 3).toBeLessThan(55);
});

test('a sensor whose clock is hours ahead is drawn as it comes', () => {
  const { clock, feed } = setUp();
  for (let at = 0; at < 20; at++) {
    const takenUs = START_US + 7_200 * SECOND + at * 100_000;
    feed.onReadings('pi', TMP36, Float64Array.of(takenUs), Float64Array.of(700));
    clock.advance(100_000);
  }
  expect((feed.states()[0]?.points.length ?? 0) / 3).toBe(20);
});

test('a negative scale turns least and greatest round', () => {
  const { feed } = setUp();
  const info = sensorInfo({ name: 'depth', type: 'int', scale: -2 });
  feed.onReadings('pi', info, Float64Array.of(START_US, START_US), Float64Array.of(1, 5));
  expect(feed.states()[0]?.points).toEqual([0, -10, -2]);
});

test('NaN and infinities are named and not drawn', () => {
  const { feed } = setUp();
  const info = sensorInfo({ name: 'odd' });
  feed.onReadings('pi', info, Float64Array.of(START_US, START_US), Float64Array.of(Number.NaN, Number.NaN));
  expect(feed.states()[0]).toMatchObject({ value: 'NaN', points: [] });
  feed.onReadings('pi', info, Float64Array.of(START_US), Float64Array.of(Number.NEGATIVE_INFINITY));
  expect(feed.states()[0]).toMatchObject({ value: '-Infinity', points: [] });
  expect(JSON.parse(JSON.stringify(feed.states()))).toEqual(feed.states());
});

test('texts, bytes and booleans have values of their kind', () => {
  const { feed } = setUp();
  const times = Float64Array.of(START_US);
  feed.onReadings('pi', sensorInfo({ name: 'text', type: 'text' }), times, ['<b>hi</b>']);
  feed.onReadings('pi', sensorInfo({ name: 'long', type: 'text' }), times, ['x'.repeat(10_000)]);
  feed.onReadings('pi', sensorInfo({ name: 'bytes', type: 'bytes' }), times, [Uint8Array.of(1, 255)]);
  feed.onReadings('pi', sensorInfo({ name: 'bool', type: 'bool' }), times, Float64Array.of(1));
  const [text, long, bytes, bool] = feed.states();
  expect(text).toMatchObject({ value: '<b>hi</b>', points: [0, 1, 1] });
  expect(String(long?.value)).toHaveLength(MOST_TEXT);
  expect(bytes?.value).toBe('01ff');
  expect(bool).toMatchObject({ value: true, points: [0, 1, 1] });
});

test('equal descriptions of one source are one sensor, of two sources two', () => {
  const { feed } = setUp();
  const times = Float64Array.of(START_US);
  feed.onReadings('pi', TMP36, times, Float64Array.of(1));
  feed.onReadings('pi', { ...TMP36 }, times, Float64Array.of(1));
  feed.onReadings('other', TMP36, times, Float64Array.of(1));
  feed.onReadings('pi', TMP36, times, Float64Array.of(1));
  expect(feed.states().map(({ info, count }) => [info?.source, count])).toEqual([
    ['pi', 3],
    ['other', 1],
  ]);
});

test('at most so many sensors are shown; a new one takes the place of one long silent', () => {
  const { clock, feed } = setUp();
  const read = (name: string): void =>
    feed.onReadings('pi', sensorInfo({ name }), Float64Array.of(clock.wallUs()), Float64Array.of(1));
  for (let at = 0; at < MOST_SHOWN + 20; at++) read(`sensor ${at}`);
  expect(feed.states()).toHaveLength(MOST_SHOWN);
  clock.advance(SILENT_US);
  for (let at = 1; at < MOST_SHOWN; at++) read(`sensor ${at}`);
  feed.takeChanges();
  read('new');
  read('newer');
  expect(feed.states()).toHaveLength(MOST_SHOWN);
  expect(feed.takeChanges()).toMatchObject({ removed: [1], sensors: [{ info: { name: 'new' } }] });
});

test('decimals come from the resolution of whole steps', () => {
  const { feed } = setUp();
  const decimals = [1, 0.1, 0.25, 0.001, 0.0322265625, 10].map(scale => {
    const info = sensorInfo({ name: `scale ${scale}`, type: 'int', scale });
    feed.onReadings('pi', info, Float64Array.of(START_US), Float64Array.of(1));
    return feed.states().at(-1)?.info?.decimals;
  });
  expect(decimals).toEqual([0, 1, 2, 3, 2, 0]);
  feed.onReadings('pi', sensorInfo({ name: 'float' }), Float64Array.of(START_US), Float64Array.of(1));
  expect(feed.states().at(-1)?.info?.decimals).toBeNull();
});

test('the trace is bounded, however much comes', () => {
  const { clock, feed } = setUp();
  for (let second = 0; second < 200; second++) {
    const times = Float64Array.from({ length: 1_000 }, (_, at) => clock.wallUs() + at * 1_000 - SECOND);
    feed.onReadings('pi', TMP36, times, new Float64Array(1_000));
    clock.advance(SECOND);
  }
  expect(feed.states()[0]?.points.length).toBeLessThanOrEqual(3 * SLOTS);
  expect(feed.states()[0]?.count).toBe(200_000);
});
