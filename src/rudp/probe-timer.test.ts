import { describe, expect, it } from 'vitest';
import { ProbeTimer } from './probe-timer.ts';

describe('probes', () => {
  it('come after the timeout twice, then after 1.5 times as long each, up to 2 s', () => {
    const timer = new ProbeTimer(0);
    timer.onSent(0);
    const gapsUs: number[] = [];
    let nowUs = 0;
    for (let probe = 0; probe < 12; probe++) {
      const at = timer.timeoutAt(100_000);
      expect(timer.onTimeout(100_000, at - 1)).toBe(false);
      expect(timer.onTimeout(100_000, at)).toBe(true);
      expect(timer.onTimeout(100_000, at)).toBe(false);
      gapsUs.push(at - nowUs);
      nowUs = at;
      timer.onSent(nowUs);
    }
    expect(gapsUs.slice(0, 5)).toEqual([100_000, 100_000, 150_000, 225_000, 337_500]);
    expect(gapsUs.slice(-2)).toEqual([2_000_000, 2_000_000]);
  });

  it('wait as long as the path needs, and for whole microseconds', () => {
    const timer = new ProbeTimer(0);
    timer.onSent(0);
    expect(timer.timeoutAt(5_000_000)).toBe(5_000_000);
    for (let probe = 0; probe < 4; probe++) {
      timer.onTimeout(33_333, timer.timeoutAt(33_333));
      timer.onSent(0);
      expect(Number.isInteger(timer.timeoutAt(33_333))).toBe(true);
    }
  });

  it('begin anew with an acknowledgement, and at once on a new path', () => {
    const timer = new ProbeTimer(0);
    timer.onTimeout(1_000, 1_000);
    timer.onSent(1_000);
    timer.onTimeout(1_000, 2_000);
    timer.onSent(2_000);
    expect(timer.timeoutAt(1_000)).toBe(3_500);
    timer.onAcknowledged(2_100);
    expect(timer.timeoutAt(1_000)).toBe(3_000);
    expect(timer.isDue).toBe(false);
    timer.onMoved(2_200);
    expect(timer.isDue).toBe(true);
  });

  it('become small when three were not answered', () => {
    const timer = new ProbeTimer(0);
    for (let probe = 1; probe <= 3; probe++) {
      expect(timer.wantsSmall).toBe(false);
      timer.onTimeout(1_000, probe * 10_000);
      timer.onSent(probe * 10_000);
    }
    expect(timer.wantsSmall).toBe(true);
  });

  it('are all that goes after three timeouts without an acknowledgement', () => {
    const timer = new ProbeTimer(0);
    expect(timer.isSilent(10_000, 1_000, 13_000)).toBe(false);
    expect(timer.isSilent(10_000, 1_000, 13_001)).toBe(true);
    timer.onAcknowledged(12_000);
    expect(timer.isSilent(10_000, 1_000, 13_001)).toBe(false);
  });
});
