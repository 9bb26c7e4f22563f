import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClockEstimate } from './clock-estimate.ts';

const WALL = 1e15;

/** An exchange that begins so long after the start, with a collector that is ahead. */
interface Exchange {
  readonly startUs: number;
  readonly aheadUs: number;
  readonly thereUs: number;
  readonly workUs?: number;
  readonly backUs?: number;
}

function exchange(
  estimate: ClockEstimate,
  { startUs, aheadUs, thereUs, workUs = 0, backUs = thereUs }: Exchange,
): void {
  const t1 = WALL + startUs;
  const t2 = t1 + thereUs + aheadUs;
  const monotonicUs = startUs + thereUs + workUs + backUs;
  estimate.take(t1, t2, t2 + workUs, { wallUs: WALL + monotonicUs, monotonicUs });
}

describe('ClockEstimate', () => {
  it('is right where both ways are equally long, and within its uncertainty otherwise', () => {
    const us = fc.nat(1_000_000);
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), us, us, us, (aheadUs, thereUs, workUs, backUs) => {
        const estimate = new ClockEstimate();
        exchange(estimate, { startUs: 0, aheadUs, thereUs, workUs, backUs });
        const best = estimate.best!;
        expect(Math.abs(best.offsetUs - aheadUs)).toBeLessThanOrEqual(best.uncertaintyUs);
        if (thereUs === backUs) expect(best).toMatchObject({ offsetUs: aheadUs + 0, driftPpb: 0 });
      }),
    );
  });

  it('goes by exchanges that were not held up, whatever the others say', () => {
    const estimate = new ClockEstimate();
    // Programs that have just started, then a repaired loss.
    const there = [25_000, 22_000, 20_000, 20_010, 20_000, 32_000, 20_005];
    there.forEach((thereUs, index) => {
      exchange(estimate, { startUs: index * 200_000, aheadUs: 7_000_000, thereUs, backUs: 20_000 });
    });
    const best = estimate.best!;
    expect(Math.abs(best.offsetUs - 7_000_000)).toBeLessThan(20);
    expect(best.uncertaintyUs).toBe(20_000);
  });

  it('follows a clock that runs faster, and says by how much', () => {
    const estimate = new ClockEstimate();
    for (let startUs = 0; startUs < 240e6; startUs += 30e6)
      exchange(estimate, { startUs, aheadUs: Math.round(startUs * 50e-6), thereUs: 20_000 });
    const { driftPpb } = estimate.best!;
    expect(driftPpb).toBeGreaterThan(49_500);
    expect(driftPpb).toBeLessThan(50_500);
    expect(Math.abs(estimate.at(270e6)!.offsetUs - 13_500)).toBeLessThan(30);
  });

  it('takes little notice of a drift that jitter alone may show', () => {
    const estimate = new ClockEstimate();
    exchange(estimate, { startUs: 0, aheadUs: 0, thereUs: 10_500, backUs: 10_000 });
    exchange(estimate, { startUs: 100_000, aheadUs: 0, thereUs: 10_000, backUs: 10_500 });
    // 500 µs in 0.1 s would be 5,000 ppm.
    expect(Math.abs(estimate.best!.driftPpb)).toBeLessThan(20_000);
  });

  it('keeps the last eight', () => {
    const estimate = new ClockEstimate();
    exchange(estimate, { startUs: 0, aheadUs: 10, thereUs: 5 });
    for (let index = 1; index < 8; index++)
      exchange(estimate, { startUs: index * 1_000, aheadUs: 10, thereUs: 100 });
    expect(estimate.best?.uncertaintyUs).toBe(5);
    exchange(estimate, { startUs: 8_000, aheadUs: 10, thereUs: 100 });
    expect(estimate.best?.uncertaintyUs).toBe(100);
  });

  it('leaves out what went back in time', () => {
    const estimate = new ClockEstimate();
    estimate.take(0, 5, 3, { wallUs: 10, monotonicUs: 10 });
    estimate.take(10, 0, 20, { wallUs: 15, monotonicUs: 15 });
    expect(estimate.best).toBeUndefined();
  });

  it('begins anew where a clock was set', () => {
    const estimate = new ClockEstimate();
    for (let index = 0; index < 5; index++)
      exchange(estimate, { startUs: index * 30e6, aheadUs: 0, thereUs: 1_000 });
    exchange(estimate, { startUs: 150e6, aheadUs: 100_000, thereUs: 3_000 });
    expect(estimate.best).toEqual({ offsetUs: 100_000, uncertaintyUs: 3_000, driftPpb: 0 });
  });

  it('is never more certain than a microsecond', () => {
    const estimate = new ClockEstimate();
    exchange(estimate, { startUs: 1, aheadUs: 0, thereUs: 0 });
    expect(estimate.best).toEqual({ offsetUs: 0, uncertaintyUs: 1, driftPpb: 0 });
  });
});
