import { describe, expect, it } from 'vitest';
import { INITIAL_RTT_US, RoundTrip } from './round-trip.ts';

describe('a round trip', () => {
  it('is guessed before the first sample, and is the sample then (RFC 9002 section 5.3)', () => {
    const roundTrip = new RoundTrip();
    expect(roundTrip.smoothedUs).toBe(INITIAL_RTT_US);
    expect(roundTrip.probeTimeoutUs(0)).toBe(3 * INITIAL_RTT_US);
    roundTrip.sample(40_000, 0, 0);
    expect(roundTrip).toMatchObject({ smoothedUs: 40_000, latestUs: 40_000, minUs: 40_000, samples: 1 });
    expect(roundTrip.probeTimeoutUs(80_000)).toBe(40_000 + 80_000 + 80_000);
  });

  it('follows an eighth of each sample, and its variation a quarter of the deviation', () => {
    const roundTrip = new RoundTrip();
    roundTrip.sample(40_000, 0, 0);
    roundTrip.sample(48_000, 0, 1);
    expect(roundTrip.smoothedUs).toBe(41_000);
    // (3 · 20,000 + 8,000) / 4
    expect(roundTrip.probeTimeoutUs(0)).toBe(41_000 + 4 * 17_000);
  });

  it('is less the delay that the peer tells, but never below the least that was seen', () => {
    const roundTrip = new RoundTrip();
    roundTrip.sample(40_000, 0, 0);
    roundTrip.sample(120_000, 80_000, 1);
    expect(roundTrip.latestUs).toBe(40_000);
    roundTrip.sample(100_000, 80_000, 2);
    expect(roundTrip.latestUs).toBe(100_000);
  });

  it('times out no sooner than a timer can tell', () => {
    const roundTrip = new RoundTrip();
    for (let index = 0; index < 100; index++) roundTrip.sample(200, 0, index);
    expect(roundTrip.probeTimeoutUs(0)).toBe(200 + 1_000);
  });

  it('forgets its least after 10 s, and everything on a new path', () => {
    const roundTrip = new RoundTrip();
    roundTrip.sample(10_000, 0, 0);
    roundTrip.sample(50_000, 0, 9_000_000);
    expect(roundTrip.minUs).toBe(10_000);
    roundTrip.sample(50_000, 0, 10_000_001);
    expect(roundTrip.minUs).toBe(50_000);
    roundTrip.reset();
    expect(roundTrip).toMatchObject({ smoothedUs: INITIAL_RTT_US, samples: 0 });
  });

  it('is a whole number of microseconds, and at least one', () => {
    const roundTrip = new RoundTrip();
    for (const us of [0, 1, 3, 7, 12_345, 1, 99_999]) {
      roundTrip.sample(us, 0, us);
      expect(Number.isInteger(roundTrip.smoothedUs) && Number.isInteger(roundTrip.probeTimeoutUs(0))).toBe(
        true,
      );
    }
    expect(roundTrip.minUs).toBe(1);
  });
});
