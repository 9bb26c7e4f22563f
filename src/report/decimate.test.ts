import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chosenBars, chosenPoints } from './decimate.ts';
import { between } from './scale.ts';

const numbers = (length: number): fc.Arbitrary<number[]> =>
  fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { minLength: length, maxLength: length });

describe('fewer points', () => {
  it('are all of them where there are not many', () => {
    const points = { xs: Float64Array.of(0, 1, 2), ys: Float64Array.of(5, 6, 7) };
    expect([...chosenPoints(points, between(0, 2), 3)]).toEqual([0, 1, 2]);
  });

  it('keep the least and the greatest of every stretch', () => {
    const xs = Float64Array.from({ length: 1_000 }, (_, index) => index);
    const ys = Float64Array.from(xs, x => (x === 333 ? 99 : x === 777 ? -99 : 0));
    const kept = chosenPoints({ xs, ys }, between(0, 999), 40);
    expect(kept.length).toBeLessThanOrEqual(40);
    expect([...kept]).toEqual(expect.arrayContaining([0, 333, 777, 999]));
  });

  it('never are more than asked for, rise, and reach from the least to the greatest value', () => {
    const case_ = fc
      .integer({ min: 1, max: 300 })
      .chain(length => fc.tuple(numbers(length), numbers(length)));
    fc.assert(
      fc.property(case_, fc.integer({ min: 4, max: 50 }), ([times, values], most) => {
        const xs = Float64Array.from(times).sort();
        const ys = Float64Array.from(values);
        const kept = [...chosenPoints({ xs, ys }, between(xs[0]!, xs.at(-1)!), most)];
        expect(kept.length).toBeLessThanOrEqual(Math.max(most, 4));
        expect(kept).toEqual([...new Set(kept)].sort((left, right) => left - right));
        const of = (choose: (...values: number[]) => number): number => choose(...kept.map(at => ys[at]!));
        expect(of(Math.max)).toBe(Math.max(...ys));
        expect(of(Math.min)).toBe(Math.min(...ys));
      }),
    );
  });

  it('join the bars of a stretch from the lowest end to the highest', () => {
    const xs = Float64Array.from({ length: 100 }, (_, index) => index);
    const bars = chosenBars({ xs, lows: xs, highs: xs.map(x => x + 1) }, between(0, 99), 10);
    expect(bars.xs).toHaveLength(10);
    expect([bars.lows[0], bars.highs.at(-1)]).toEqual([0, 100]);
  });
});
