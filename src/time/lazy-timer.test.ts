import { describe, expect, it } from 'vitest';
import type { CancelTimer } from './clock.ts';
import { LazyTimer } from './lazy-timer.ts';
import { ManualClock } from './manual-clock.ts';

/** Counts the system timers that are set. */
class CountingClock extends ManualClock {
  set = 0;

  override setTimer(atUs: number, callback: () => void): CancelTimer {
    this.set++;
    return super.setTimer(atUs, callback);
  }
}

function timer(): { clock: CountingClock; lazy: LazyTimer; calls: number[] } {
  const clock = new CountingClock();
  const calls: number[] = [];
  return { clock, calls, lazy: new LazyTimer(clock, () => calls.push(clock.monotonicUs())) };
}

describe('a lazy timer', () => {
  it('calls back once, at its deadline', () => {
    const { clock, lazy, calls } = timer();
    lazy.schedule(100);
    expect(lazy.isSet).toBe(true);
    clock.advanceTo(99);
    expect(calls).toEqual([]);
    clock.advanceTo(1_000);
    expect(calls).toEqual([100]);
    expect([lazy.isSet, clock.nextTimerUs()]).toEqual([false, undefined]);
  });

  it('sets one system timer for a deadline that moves later a thousand times', () => {
    const { clock, lazy, calls } = timer();
    for (let at = 100; at < 1_100; at++) lazy.schedule(at);
    expect(clock.set).toBe(1);
    clock.advanceTo(2_000);
    expect(calls).toEqual([1_099]);
    expect(clock.set).toBe(2);
  });

  it('follows a deadline that moves earlier', () => {
    const { clock, lazy, calls } = timer();
    lazy.schedule(1_000);
    lazy.schedule(10);
    clock.advanceTo(2_000);
    expect(calls).toEqual([10]);
  });

  it('does not call where the deadline was taken away', () => {
    const { clock, lazy, calls } = timer();
    lazy.schedule(10);
    lazy.schedule(undefined);
    clock.advanceTo(20);
    expect(calls).toEqual([]);
    lazy.schedule(30);
    clock.advanceTo(40);
    expect(calls).toEqual([30]);
  });

  it('leaves no system timer behind when it is stopped, and can be used again', () => {
    const { clock, lazy, calls } = timer();
    lazy.schedule(10);
    lazy.stop();
    lazy.stop();
    expect([lazy.isSet, clock.nextTimerUs()]).toEqual([false, undefined]);
    lazy.schedule(20);
    clock.advanceTo(30);
    expect(calls).toEqual([20]);
  });

  it('calls at once for a deadline that has passed', () => {
    const { clock, lazy, calls } = timer();
    clock.advanceTo(50);
    lazy.schedule(10);
    clock.advanceTo(50);
    expect(calls).toEqual([50]);
  });

  it('may be set anew from its own call', () => {
    const clock = new ManualClock();
    const calls: number[] = [];
    const lazy: LazyTimer = new LazyTimer(clock, () => {
      calls.push(clock.monotonicUs());
      if (calls.length < 4) lazy.schedule(clock.monotonicUs() + 10);
    });
    lazy.schedule(10);
    clock.advanceTo(1_000);
    expect(calls).toEqual([10, 20, 30, 40]);
  });
});
