import { describe, expect, it } from 'vitest';
import { PathQueue } from './path-queue.ts';
import { RoundTrip } from './round-trip.ts';

function path(isAlone = true): { queue: PathQueue; sample: (rttUs: number, nowUs: number) => void } {
  const roundTrip = new RoundTrip();
  const queue = new PathQueue(roundTrip);
  const sample = (rttUs: number, nowUs: number): void => {
    roundTrip.sample(rttUs, 0, nowUs);
    queue.update(isAlone, nowUs);
  };
  return { queue, sample };
}

describe('the queue of a path', () => {
  it('is what even the least of eight round trips has more', () => {
    const { queue, sample } = path();
    expect(queue.leastUs).toBe(Number.POSITIVE_INFINITY);
    sample(40_000, 0);
    for (let index = 1; index <= 7; index++) sample(60_000, index * 1_000);
    expect([queue.delayUs, queue.isLong]).toEqual([0, false]);
    sample(55_000, 8_000);
    expect([queue.delayUs, queue.isLong, queue.leastUs]).toEqual([15_000, true, 40_000]);
    sample(41_000, 9_000);
    expect(queue.isLong).toBe(false);
  });

  it('is long from an eighth of the round trip on, and 4 ms', () => {
    for (const [leastUs, longUs] of [
      [2_000, 4_000],
      [80_000, 10_000],
    ] as const) {
      const { queue, sample } = path();
      sample(leastUs, 0);
      for (let index = 0; index < 8; index++) sample(leastUs + longUs, index);
      expect(queue.isLong).toBe(false);
      for (let index = 0; index < 8; index++) sample(leastUs + longUs + 1, index);
      expect(queue.isLong).toBe(true);
    }
  });

  it('asks for the least round trip to be measured after 9 s without one as short', () => {
    const { queue, sample } = path();
    sample(40_000, 0);
    sample(42_400, 5_000_000);
    expect([queue.leastUs, queue.isLeastStale(13_000_000)]).toEqual([40_000, false]);
    sample(50_000, 14_000_001);
    expect(queue.isLeastStale(14_000_001)).toBe(true);
  });

  it('is not sure that a round trip near to the least is one without a queue where others fill it', () => {
    const { queue, sample } = path(false);
    sample(40_000, 0);
    sample(42_400, 5_000_000);
    expect(queue.isLeastStale(9_000_001)).toBe(true);
    sample(40_000, 9_000_001);
    expect(queue.isLeastStale(9_000_001)).toBe(false);
  });

  it('takes a longer least round trip after 10 s: the least since the last', () => {
    const { queue, sample } = path();
    sample(40_000, 0);
    sample(70_000, 6_000_000);
    sample(60_000, 9_500_000);
    sample(90_000, 10_000_000);
    expect(queue.leastUs).toBe(40_000);
    sample(80_000, 10_000_001);
    expect([queue.leastUs, queue.isLeastStale(10_000_001)]).toEqual([60_000, false]);
  });

  it('takes a shorter one at once', () => {
    const { queue, sample } = path();
    sample(40_000, 0);
    sample(30_000, 1);
    expect(queue.leastUs).toBe(30_000);
  });

  it('looks at each sample once', () => {
    const { queue, sample } = path();
    sample(40_000, 0);
    sample(90_000, 1_000);
    for (let index = 0; index < 20; index++) queue.update(true, 11_000_000);
    expect([queue.leastUs, queue.isLong]).toEqual([40_000, false]);
  });
});
