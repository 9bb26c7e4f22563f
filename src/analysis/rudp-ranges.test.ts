import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countInBoth, NumberRanges } from './rudp-ranges.ts';

const ranges = fc.array(
  fc.tuple(fc.nat(60), fc.nat(8)).map(([start, length]) => [start, start + length] as const),
  { maxLength: 20 },
);

function fill(set: NumberRanges, added: readonly (readonly [number, number])[]): Set<number> {
  const all = new Set<number>();
  for (const [start, end] of added) {
    const fresh: number[] = [];
    set.add(start, end, (low, high) => {
      for (let number = low; number <= high; number++) fresh.push(number);
    });
    const expected: number[] = [];
    for (let number = start; number <= end; number++) {
      if (!all.has(number)) expected.push(number);
      all.add(number);
    }
    expect(fresh).toEqual(expected);
  }
  return all;
}

test('is a set of numbers, and tells which are new', () => {
  fc.assert(
    fc.property(ranges, ranges, fc.nat(70), fc.nat(70), (one, other, from, to) => {
      const [left, right] = [new NumberRanges(), new NumberRanges()];
      const [lefts, rights] = [fill(left, one), fill(right, other)];
      for (let number = 0; number < 70; number++) expect(left.has(number)).toBe(lefts.has(number));
      for (let index = 1; index < left.length; index++)
        expect(left.start(index)).toBeGreaterThan(left.end(index - 1) + 1);
      const within = [...lefts].filter(number => from <= number && number < to);
      expect(left.countIn(from, to)).toBe(within.length);
      expect(countInBoth(left, right, from, to)).toBe(within.filter(number => rights.has(number)).length);
      expect(left.last).toBe(Math.max(-1, ...lefts));
      left.dropBelow(from);
      for (let number = 0; number < 70; number++)
        expect(left.has(number)).toBe(number >= from && lefts.has(number));
    }),
  );
});
