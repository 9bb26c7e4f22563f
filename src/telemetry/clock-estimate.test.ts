import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClockEstimate } from './clock-estimate.ts';

describe('ClockEstimate', () => {
  it('is right where both ways are equally long, and within its uncertainty otherwise', () => {
    const us = fc.nat(1_000_000);
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), us, us, us, (ahead, there, work, back) => {
        const estimate = new ClockEstimate();
        const t1 = 1e15;
        const t2 = t1 + there + ahead;
        const t3 = t2 + work;
        estimate.take(t1, t2, t3, t3 - ahead + back);
        const best = estimate.best!;
        expect(Math.abs(best.offsetUs - ahead)).toBeLessThanOrEqual(best.uncertaintyUs);
        if (there === back) expect(best.offsetUs).toBe(ahead + 0);
      }),
    );
  });

  it('keeps the shortest way of the last eight, and leaves out what went back in time', () => {
    const estimate = new ClockEstimate();
    estimate.take(0, 5, 3, 10);
    estimate.take(10, 0, 20, 15);
    expect(estimate.best).toBeUndefined();
    estimate.take(0, 15, 15, 10);
    expect(estimate.best).toEqual({ offsetUs: 10, uncertaintyUs: 5 });
    for (let turn = 0; turn < 7; turn++) estimate.take(0, 100, 100, 100);
    expect(estimate.best?.uncertaintyUs).toBe(5);
    estimate.take(0, 100, 100, 100);
    expect(estimate.best?.uncertaintyUs).toBe(50);
  });

  it('is never more certain than a microsecond', () => {
    const estimate = new ClockEstimate();
    estimate.take(1, 1, 1, 1);
    expect(estimate.best).toEqual({ offsetUs: 0, uncertaintyUs: 1 });
  });
});
