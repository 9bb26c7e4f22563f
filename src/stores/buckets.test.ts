import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Buckets } from './buckets.ts';

test('edges are whole microseconds and each time falls between those of its bucket', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -1e15, max: 1e15 }),
      fc.oneof(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 1, max: 8e15 })),
      fc.integer({ min: 1, max: 1_000 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (fromUs, spanUs, buckets, part) => {
        const reduced = new Buckets({ fromUs, toUs: fromUs + spanUs, buckets });
        const edges = reduced.result().map(bucket => bucket.startUs);
        for (const timeUs of [fromUs, fromUs + spanUs - 1, fromUs + Math.floor(part * spanUs), ...edges]) {
          const index = reduced.indexOf(timeUs);
          if (timeUs >= fromUs + spanUs) continue;
          expect(edges[index]).toBeLessThanOrEqual(timeUs);
          expect(edges[index + 1] ?? Infinity).toBeGreaterThan(timeUs);
        }
      },
    ),
  );
});

test('an empty bucket has count 0 and no numbers; NaN is no reading', () => {
  const buckets = new Buckets({ fromUs: 0, toUs: 30, buckets: 3 });
  buckets.add(0, 1);
  buckets.add(9, 4);
  buckets.add(10, Number.NaN);
  buckets.add(30, 5);
  buckets.add(-1, 5);
  expect(buckets.result()).toEqual([
    { startUs: 0, count: 2, min: 1, mean: 2.5, max: 4 },
    { startUs: 10, count: 0, min: Number.NaN, mean: Number.NaN, max: Number.NaN },
    { startUs: 20, count: 0, min: Number.NaN, mean: Number.NaN, max: Number.NaN },
  ]);
});

test.for([
  { fromUs: 0, toUs: 10, buckets: 0 },
  { fromUs: 0, toUs: 10, buckets: 100_001 },
  { fromUs: 0, toUs: 10, buckets: 1.5 },
  { fromUs: 10, toUs: 10, buckets: 1 },
  { fromUs: 0.5, toUs: 10, buckets: 1 },
])('a query that cannot be is refused: %o', query => {
  expect(() => new Buckets(query)).toThrowError(expect.objectContaining({ code: 'SW_USAGE' }));
});
