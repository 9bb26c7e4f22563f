import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Samples } from './samples.ts';

test('quantiles are those of the sorted values', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(1_000_000), { minLength: 1 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (values, share) => {
        const samples = new Samples();
        for (const value of values) samples.add(value);
        const sorted = values.toSorted((left, right) => left - right);
        expect(samples.quantile(share)).toBe(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]);
        expect(samples.times()).toMatchObject({
          count: values.length,
          minNs: sorted[0],
          maxNs: sorted.at(-1),
        });
        expect(samples.histogram(7).reduce((sum, count) => sum + count, 0)).toBe(values.length);
      },
    ),
  );
});

test('of very many a part is kept, and the ends stay exact', () => {
  const samples = new Samples();
  for (let value = 0; value < 300_000; value++) samples.add(value);
  expect(samples.times()).toMatchObject({ count: 300_000, minNs: 0, maxNs: 299_999, meanNs: 150_000 });
  expect(Math.abs(samples.quantile(0.5) - 150_000)).toBeLessThan(1_500);
});

test('regular values are alike', () => {
  const regular = new Samples();
  const irregular = new Samples();
  for (let index = 0; index < 20; index++) {
    regular.add(1_000 + index);
    irregular.add(1_000 * (1 + (index % 5)));
  }
  expect(regular.isRegular).toBe(true);
  expect(irregular.isRegular).toBe(false);
  expect(new Samples().isRegular).toBe(false);
});

test('nothing was measured', () => {
  const samples = new Samples();
  expect(samples.times()).toBeNull();
  expect(samples.sizes()).toBeNull();
  expect(samples.histogram(3)).toEqual([]);
});
