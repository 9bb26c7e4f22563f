import { describe, expect, it } from 'vitest';
import { Backoff } from './backoff.ts';

describe('back-off', () => {
  it('doubles from 0.1 s to 10 s and begins anew after a success', () => {
    const backoff = new Backoff(() => 0.5);
    const waits = Array.from({ length: 9 }, () => backoff.next() / 1000);
    expect(waits).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
    backoff.reset();
    expect(backoff.next()).toBe(100_000);
  });

  it('spreads each wait by a fifth', () => {
    expect(new Backoff(() => 0).next()).toBe(80_000);
    expect(new Backoff(() => 1).next()).toBe(120_000);
  });
});
