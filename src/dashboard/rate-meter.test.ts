import { expect, test } from 'vitest';
import { RateMeter } from './rate-meter.ts';

const SECOND = 1_000_000;

test('nothing has no rate', () => {
  expect(new RateMeter().rate(5 * SECOND)).toBe(0);
});

test('a steady rate is exact, fast or slow', () => {
  for (const hz of [1, 2, 100, 50_000]) {
    const meter = new RateMeter();
    for (let at = 0; at < 15 * hz; at++) meter.add(1, Math.round((at * SECOND) / hz));
    expect(meter.rate(15 * SECOND)).toBeCloseTo(hz, 6);
  }
});

test('a young meter divides by its age, not by its length', () => {
  const meter = new RateMeter();
  for (let at = 0; at < 50; at++) meter.add(1, at * 10_000);
  expect(meter.rate(500_000)).toBe(100);
});

test('batches every ten seconds still have a rate between them', () => {
  const meter = new RateMeter();
  meter.add(1_000, 0);
  meter.add(1_000, 10 * SECOND);
  expect(meter.rate(15 * SECOND)).toBeCloseTo(1_000 / 12, 6);
});

test('silence ends in zero, after a long jump too', () => {
  const meter = new RateMeter();
  meter.add(1_000_000, 0);
  expect(meter.rate(13 * SECOND)).toBe(0);
  meter.add(12, 3_600 * SECOND);
  expect(meter.rate(3_601 * SECOND)).toBe(1);
});

test('time that stands still or goes back does no harm', () => {
  const meter = new RateMeter();
  meter.add(100, 10 * SECOND);
  meter.add(100, 9 * SECOND);
  expect(meter.rate(9 * SECOND)).toBe(0);
  expect(meter.rate(11 * SECOND)).toBe(200);
});
