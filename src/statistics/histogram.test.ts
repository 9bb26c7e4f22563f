import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Histogram } from './histogram.ts';

function histogramOf(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

describe('Histogram', () => {
  it('says 0 for everything where nothing was recorded', () => {
    const { count, min, max, mean } = new Histogram();
    expect({ count, min, max, mean, p99: new Histogram().percentile(99) }).toEqual({
      count: 0,
      min: 0,
      max: 0,
      mean: 0,
      p99: 0,
    });
  });

  it('is exact below 128', () => {
    const histogram = histogramOf(Array.from({ length: 100 }, (_, i) => i + 1));
    expect([0, 1, 50, 99, 100].map(p => histogram.percentile(p))).toEqual([1, 1, 50, 99, 100]);
    expect(histogram.mean).toBe(50.5);
  });

  it('takes a negative time as 0 and rounds fractions', () => {
    const histogram = histogramOf([-5, 1.6]);
    expect([histogram.min, histogram.max]).toEqual([0, 2]);
  });

  it('keeps the exact maximum of what is beyond its range', () => {
    const histogram = histogramOf([1, 2 ** 36, 2 ** 50]);
    expect(histogram.max).toBe(2 ** 50);
    expect(histogram.percentile(100)).toBe(2 ** 50);
  });

  it('gives every percentile at most 1/64 above the true value and never below', () => {
    const anyTime = fc.oneof(fc.nat(300), fc.nat(2 ** 31 - 1), fc.integer({ min: 0, max: 2 ** 36 - 1 }));
    fc.assert(
      fc.property(
        fc.array(anyTime, { minLength: 1 }),
        fc.integer({ min: 0, max: 100 }),
        (values, percent) => {
          const sorted = values.toSorted((a, b) => a - b);
          const exact = sorted[Math.max(0, Math.ceil((percent / 100) * values.length) - 1)]!;
          const got = histogramOf(values).percentile(percent);
          expect(got).toBeGreaterThanOrEqual(exact);
          expect(got).toBeLessThanOrEqual(exact * (1 + 1 / 64));
        },
      ),
    );
  });

  it('is exact about which bucket starts at a power of two', () => {
    for (let bit = 7; bit < 36; bit++) {
      const histogram = histogramOf([2 ** bit - 1, 2 ** bit]);
      expect(histogram.percentile(50)).toBe(2 ** bit - 1);
    }
  });

  it('merges into what recording everything in one gives', () => {
    const times = fc.array(fc.nat(2 ** 31 - 1), { maxLength: 50 });
    fc.assert(
      fc.property(times, times, (left, right) => {
        const merged = histogramOf(left);
        merged.merge(histogramOf(right));
        const whole = histogramOf([...left, ...right]);
        const all = (h: Histogram) => [h.count, h.min, h.max, h.mean, h.percentile(50), h.percentile(99)];
        expect(all(merged)).toEqual(all(whole));
      }),
    );
  });
});
