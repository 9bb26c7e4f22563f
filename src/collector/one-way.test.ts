import { describe, expect, it } from 'vitest';
import { OneWayTimes, SenderClock } from './one-way.ts';
import { Statistics } from './statistics.ts';

const AHEAD_US = 5_000_000;
const offset = (offsetUs: number, driftPpb = 0) => ({ offsetUs, uncertaintyUs: 20, driftPpb });

function remote() {
  const statistics = new Statistics();
  const times = new OneWayTimes(statistics, false);
  /** A reading that was taken at so many µs of the sender's clock comes 1 ms later. */
  const arrive = (takenUs: number): void =>
    times.arrived(takenUs + 1_000 + AHEAD_US, Float64Array.of(takenUs));
  return { statistics, times, arrive };
}

describe('the clock of a sender', () => {
  it('goes on between two reports as fast as the sender says', () => {
    const clock = new SenderClock();
    expect(clock.at(0)).toBeUndefined();
    clock.report(offset(700, 50_000), 1_000_000);
    expect(clock.at(31_000_000)).toMatchObject({ offsetUs: 2_200, uncertaintyUs: 20 });
    expect(clock.at(0)).toMatchObject({ offsetUs: 650 });
  });

  it('is settled half a second after the first report', () => {
    const clock = new SenderClock();
    for (const [atUs, isSettled] of [
      [1_000_000, false],
      [1_499_999, false],
      [1_500_000, true],
    ] as const) {
      clock.report(offset(0), atUs);
      expect(clock.isSettled).toBe(isSettled);
    }
  });
});

describe('one-way times', () => {
  it('wait until the clock is known, and are all corrected then', () => {
    const { statistics, times, arrive } = remote();
    arrive(0);
    times.report(offset(AHEAD_US + 900), AHEAD_US + 50_000);
    arrive(100_000);
    expect(statistics.oneWayUs.count).toBe(0);
    times.report(offset(AHEAD_US), AHEAD_US + 1_050_000);
    arrive(2_000_000);
    expect([statistics.oneWayUs.count, statistics.oneWayUs.max]).toEqual([3, 1_000]);
    expect([statistics.oneWayClock, statistics.oneWayUncertaintyUs]).toEqual(['corrected', 20]);
  });

  it('of a session that ends before are corrected as well as can be', () => {
    const { statistics, times, arrive } = remote();
    arrive(0);
    times.report(offset(AHEAD_US - 100), AHEAD_US + 50_000);
    times.end();
    expect([statistics.oneWayClock, statistics.oneWayUs.max]).toEqual(['corrected', 1_100]);
  });

  it('of a sender that never asked the time are not corrected, which is said', () => {
    const { statistics, times, arrive } = remote();
    arrive(0);
    times.end();
    expect([statistics.oneWayClock, statistics.oneWayUs.max]).toEqual(['uncorrected', 1_000 + AHEAD_US]);
  });

  it('wait in bounded memory', () => {
    const { statistics, times, arrive } = remote();
    for (let count = 0; count < 10_000; count++) arrive(count);
    times.end();
    expect(statistics.oneWayUs.count).toBe(1_024);
    arrive(10_000);
    expect(statistics.oneWayUs.count).toBe(1_025);
  });

  it('within one machine are not corrected, and do not wait', () => {
    const statistics = new Statistics();
    const times = new OneWayTimes(statistics, true);
    times.report(offset(5), 0);
    times.arrived(1_000, Float64Array.of(400, 900));
    expect([statistics.oneWayClock, statistics.oneWayUs.max]).toEqual(['same', 600]);
    expect(statistics.oneWayUncertaintyUs).toBe(0);
  });
});
