import { describe, expect, it } from 'vitest';
import type { ArrivalCounters } from '../telemetry/collector-session.ts';
import { MOST_REMEMBERED } from './limits.ts';
import { Statistics } from './statistics.ts';

const arrivals = (received: number): ArrivalCounters => ({
  received,
  repeated: 1,
  late: 2,
  stale: 3,
  missing: 4,
  malformed: 5,
});

describe('statistics', () => {
  it('add sessions that are gone to those that are there', () => {
    const statistics = new Statistics();
    statistics.sessionEnded(arrivals(10));
    statistics.sessionEnded(arrivals(20));
    statistics.strayDatagrams = 7;
    statistics.stored = 25;
    expect(statistics.snapshot([arrivals(30)], 1, 9)).toMatchObject({
      readings: 60,
      stored: 25,
      duplicates: 3,
      late: 6,
      stale: 9,
      missing: 12,
      malformed: 22,
      kernelDrops: 9,
      connected: 1,
    });
  });

  it('count a sender that comes back once, and a sensor of two senders twice', () => {
    const statistics = new Statistics();
    for (const session of ['a', 'b', 'a']) statistics.sessionSeen(session);
    for (const source of ['one', 'two', 'one']) statistics.sensorSeen(source, 'tmp36');
    expect(statistics.snapshot([], 0, 0)).toMatchObject({ senders: 2, sensors: 2 });
  });

  it('count any number of sessions in bounded memory', () => {
    const statistics = new Statistics();
    for (let index = 0; index < MOST_REMEMBERED + 10; index++) statistics.sessionSeen(`session ${index}`);
    statistics.sessionSeen(`session ${MOST_REMEMBERED}`);
    expect(statistics.snapshot([], 0, 0).senders).toBe(MOST_REMEMBERED + 10);
    statistics.sessionSeen('session 0');
    expect(statistics.snapshot([], 0, 0).senders).toBe(MOST_REMEMBERED + 11);
  });

  it('count reasons by name, and those that a stranger makes up as others', () => {
    const statistics = new Statistics();
    for (let code = 100; code < 10_000; code++) statistics.refused(`ERROR ${code}`);
    statistics.refused('ERROR 100');
    const { refused } = statistics.snapshot([], 0, 0);
    expect(Object.keys(refused)).toHaveLength(33);
    expect(refused['ERROR 100']).toBe(2);
    expect(Object.values(refused).reduce((a, b) => a + b)).toBe(9_901);
  });

  it('tell which clock one-way times were measured with', () => {
    const statistics = new Statistics();
    expect(statistics.oneWayClock).toBe('same');
    statistics.recordOneWay(1_000, Float64Array.of(400, 900), 'same');
    expect([statistics.oneWayUs.count, statistics.oneWayUs.max]).toEqual([2, 600]);
    const offset = { offsetUs: 100, uncertaintyUs: 20 };
    statistics.recordOneWay(1_000, Float64Array.of(0), 'corrected', offset);
    expect([statistics.oneWayClock, statistics.oneWayUs.max]).toEqual(['corrected', 900]);
    statistics.recordOneWay(1_000, Float64Array.of(0), 'uncorrected');
    expect([statistics.oneWayClock, statistics.oneWayUncertaintyUs]).toEqual(['uncorrected', 20]);
  });
});
