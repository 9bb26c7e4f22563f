import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TickClock, ticksPerSecondOf } from './tick-clock.ts';

const word = fc.integer({ min: 0, max: 0xffffffff });

describe('ticks', () => {
  it('become exact seconds and nanoseconds, whatever a tick is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 255 }), fc.array(fc.tuple(word, word)), (resolution, times) => {
        const ticksPerSecond = ticksPerSecondOf(resolution);
        const clock = new TickClock(ticksPerSecond, 0);
        for (const [high, low] of times) {
          const ticks = (BigInt(high) << 32n) | BigInt(low);
          // Beyond that, 285 million years after 1970, seconds are rounded.
          if (ticks / ticksPerSecond > BigInt(Number.MAX_SAFE_INTEGER)) continue;
          clock.convert(high, low);
          expect(clock.seconds).toBe(Number(ticks / ticksPerSecond));
          expect(clock.nanoseconds).toBe(
            Number(((ticks % ticksPerSecond) * 1_000_000_000n) / ticksPerSecond),
          );
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    [6, 1_000_000n],
    [9, 1_000_000_000n],
    [0, 1n],
    [0x80, 1n],
    [0x88, 256n],
    [0xbf, 2n ** 63n],
  ])('of if_tsresol %i are %i a second', (resolution, expected) => {
    expect(ticksPerSecondOf(resolution)).toBe(expected);
  });

  it('count from an offset, which may lie before 1970', () => {
    const clock = new TickClock(1_000_000n, -2);
    clock.convert(0, 1_500_000);
    expect([clock.seconds, clock.nanoseconds]).toEqual([-1, 500_000_000]);
  });
});
