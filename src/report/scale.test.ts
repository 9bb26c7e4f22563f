import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { between, decades, fromZero, share, ticksOf } from './scale.ts';

const labels = (scale: Parameters<typeof ticksOf>[0], most: number): string[] =>
  ticksOf(scale, most).map(({ label }) => label);

describe('scales', () => {
  it('reach from 0 to a round number', () => {
    expect(fromZero(12)).toEqual({ min: 0, max: 15, isLog: false });
    expect(fromZero(300).max).toBe(300);
    expect(fromZero(0).max).toBe(1);
    expect(fromZero(Number.NaN).max).toBe(1);
    expect(between(3, 3)).toEqual({ min: 3, max: 4, isLog: false });
  });

  it('reach over whole decades', () => {
    expect(decades(0.3, 70)).toEqual({ min: 0.1, max: 100, isLog: true });
    expect(decades(10, 10)).toEqual({ min: 10, max: 100, isLog: true });
    expect(share(decades(1, 100), 10)).toBeCloseTo(0.5);
  });

  it('have round numbers along them, with as many digits as they need', () => {
    expect(labels(fromZero(12), 4)).toEqual(['0', '5', '10', '15']);
    expect(labels(between(0, 0.3), 4)).toEqual(['0.0', '0.1', '0.2', '0.3']);
    expect(labels(between(-1, 1), 4)).toEqual(['−1.0', '−0.5', '0.0', '0.5', '1.0']);
    expect(labels(fromZero(12_345), 4)).toEqual(['0', '5,000', '10,000', '15,000']);
    expect(labels(decades(0.001, 100), 5)).toEqual(['0.001', '0.01', '0.1', '1', '10', '100']);
    expect(labels(decades(1e-3, 1e6), 4)).toEqual(['0.001', '1', '1,000', '1,000,000']);
  });

  it('never have more ticks than fit, and none outside', () => {
    const positive = fc.double({ min: 1e-6, max: 1e15, noNaN: true });
    fc.assert(
      fc.property(positive, positive, fc.integer({ min: 2, max: 9 }), (one, other, most) => {
        for (const scale of [fromZero(one, most), between(-other, one), decades(one, one + other)]) {
          const ticks = ticksOf(scale, most);
          expect(ticks.length).toBeLessThanOrEqual(most + 1);
          expect(ticks.length).toBeGreaterThan(0);
          for (const { value } of ticks) {
            expect(share(scale, value)).toBeGreaterThan(-1e-9);
            expect(share(scale, value)).toBeLessThan(1 + 1e-9);
          }
        }
      }),
    );
  });
});
