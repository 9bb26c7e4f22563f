import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bottleneck, MOST_PACKETS } from './bottleneck.ts';
import { LEAST_RATE_BPS, MOST_RATE_BPS, PERFECT_LINK } from './settings.ts';

const TEN_MBIT = { ...PERFECT_LINK, rateBps: 10_000_000 };

/** When each of the packets given at the same time has left. */
function pass(bottleneck: Bottleneck, count: number, bytes: number, nowUs: number, settings = TEN_MBIT) {
  return Array.from({ length: count }, () => bottleneck.pass(bytes, nowUs, settings));
}

describe('Bottleneck', () => {
  it('takes as long as the bits do, one packet after the other', () => {
    expect(pass(new Bottleneck(), 4, 1_250, 7)).toEqual([1_007, 2_007, 3_007, 4_007]);
  });

  it('loses no fraction of a microsecond, and leaves with the last bit', () => {
    // 1,000 bits at 3 Mbit/s: 333 1/3 µs each.
    const settings = { ...PERFECT_LINK, rateBps: 3_000_000 };
    expect(pass(new Bottleneck(), 4, 125, 0, settings)).toEqual([334, 667, 1_000, 1_334]);
  });

  it('does not make up for idle time', () => {
    const bottleneck = new Bottleneck();
    expect(pass(bottleneck, 1, 1_250, 0)).toEqual([1_000]);
    expect(pass(bottleneck, 2, 1_250, 5_000)).toEqual([6_000, 7_000]);
  });

  it('counts the packet that is leaving as in the queue, until the moment when it has left', () => {
    const bottleneck = new Bottleneck();
    const settings = { ...TEN_MBIT, queuePackets: 2 };
    expect(pass(bottleneck, 3, 1_250, 0, settings)).toEqual([1_000, 2_000, undefined]);
    expect(pass(bottleneck, 1, 1_250, 999, settings)).toEqual([undefined]);
    expect(pass(bottleneck, 2, 1_250, 1_000, settings)).toEqual([3_000, undefined]);
  });

  it('limits bytes to the byte', () => {
    const bottleneck = new Bottleneck();
    const settings = { ...TEN_MBIT, queueBytes: 2_500 };
    expect(pass(bottleneck, 1, 1_251, 0, settings)).toEqual([1_001]);
    expect(pass(bottleneck, 1, 1_250, 0, settings)).toEqual([undefined]);
    expect(pass(bottleneck, 1, 1_249, 0, settings)).toEqual([2_000]);
    expect(bottleneck.packets).toBe(2);
  });

  it('holds a packet back behind those that wait, also where the rate has been taken away', () => {
    const bottleneck = new Bottleneck();
    expect(pass(bottleneck, 2, 1_250, 0)).toEqual([1_000, 2_000]);
    expect(pass(bottleneck, 2, 1_250, 100, PERFECT_LINK)).toEqual([2_000, 2_000]);
    expect(pass(bottleneck, 1, 1_250, 3_000, PERFECT_LINK)).toEqual([3_000]);
  });

  it('sends at a new rate what comes from then on', () => {
    const bottleneck = new Bottleneck();
    expect(pass(bottleneck, 1, 125, 0, { ...PERFECT_LINK, rateBps: 3_000_000 })).toEqual([334]);
    expect(pass(bottleneck, 1, 125, 0, { ...PERFECT_LINK, rateBps: 1_000_000 })).toEqual([1_334]);
  });

  it('has a bound where none is set', () => {
    const bottleneck = new Bottleneck();
    const slow = { ...PERFECT_LINK, rateBps: LEAST_RATE_BPS };
    for (let i = 0; i < MOST_PACKETS; i++) bottleneck.pass(65_535, 0, slow);
    expect([bottleneck.packets, bottleneck.pass(1, 0, slow)]).toEqual([MOST_PACKETS, undefined]);
  });

  it('leaves when exact arithmetic says, at every rate, and queues what has not left', () => {
    const rates = fc.oneof(
      fc.integer({ min: LEAST_RATE_BPS, max: 100_000 }),
      fc.integer({ min: LEAST_RATE_BPS, max: MOST_RATE_BPS }),
    );
    const packets = fc.array(fc.tuple(fc.nat(2_000), fc.integer({ min: 1, max: 65_535 })), {
      maxLength: 200,
      size: 'max',
    });
    fc.assert(
      fc.property(rates, packets, (rateBps, steps) => {
        const bottleneck = new Bottleneck();
        const rate = BigInt(rateBps);
        let nowUs = 0;
        // In microseconds times the rate, so that everything is whole.
        let busy = 0n;
        const left: number[] = [];
        for (const [pause, bytes] of steps) {
          nowUs += pause;
          const now = BigInt(nowUs) * rate;
          if (busy < now) busy = now;
          busy += BigInt(bytes) * 8_000_000n;
          left.push(Number((busy + rate - 1n) / rate));
          expect(bottleneck.pass(bytes, nowUs, { ...PERFECT_LINK, rateBps })).toBe(left.at(-1));
          expect(bottleneck.packets).toBe(left.filter(leftUs => leftUs > nowUs).length);
        }
      }),
    );
  });
});
