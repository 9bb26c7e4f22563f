import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sleepUntil } from './clock.ts';
import { ManualClock } from './manual-clock.ts';

describe('ManualClock', () => {
  it('stands still until it is told to move', () => {
    const clock = new ManualClock(1_000);
    expect([clock.monotonicUs(), clock.wallUs(), clock.nextTimerUs()]).toEqual([0, 1_000, undefined]);
    clock.advance(5);
    expect([clock.monotonicUs(), clock.wallUs()]).toEqual([5, 1_005]);
  });

  it('never goes back', () => {
    const clock = new ManualClock();
    clock.advanceTo(10);
    clock.advanceTo(3);
    expect(clock.monotonicUs()).toBe(10);
  });

  it('steps the wall clock without touching monotonic time or timers', () => {
    const clock = new ManualClock(100);
    clock.setTimer(10, () => undefined);
    clock.stepWall(-50);
    expect([clock.wallUs(), clock.monotonicUs(), clock.nextTimerUs()]).toEqual([50, 0, 10]);
  });

  it('fires each timer at its own deadline, including those that a callback sets', () => {
    const clock = new ManualClock();
    const fired: number[] = [];
    const again = (): void => {
      fired.push(clock.monotonicUs());
      clock.setTimer(clock.monotonicUs() + 3, again);
    };
    clock.setTimer(3, again);
    clock.advanceTo(10);
    expect(fired).toEqual([3, 6, 9]);
    expect([clock.monotonicUs(), clock.nextTimerUs()]).toEqual([10, 12]);
  });

  it('fires a timer whose time has passed at the present, not in the past', () => {
    const clock = new ManualClock();
    clock.advanceTo(100);
    let firedAt = -1;
    clock.setTimer(20, () => {
      firedAt = clock.monotonicUs();
    });
    expect(clock.nextTimerUs()).toBe(100);
    clock.advance(0);
    expect(firedAt).toBe(100);
  });

  it('takes cancelling twice, or after it fired, as nothing', () => {
    const clock = new ManualClock();
    const fired: string[] = [];
    const cancel = clock.setTimer(1, () => fired.push('a'));
    clock.setTimer(2, () => fired.push('b'));
    clock.advanceTo(1);
    cancel();
    cancel();
    clock.advanceTo(2);
    expect(fired).toEqual(['a', 'b']);
  });

  it('fires in the order of deadlines, then of setting, whatever is cancelled', () => {
    const action = fc.record({ atUs: fc.nat(50), cancelled: fc.boolean() });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 200 }), actions => {
        const clock = new ManualClock();
        const fired: number[] = [];
        const cancels = actions.map(({ atUs }, index) => clock.setTimer(atUs, () => fired.push(index)));
        for (const [index, { cancelled }] of actions.entries()) if (cancelled) cancels[index]!();
        clock.advanceTo(50);
        const expected = actions
          .map((action, index) => ({ ...action, index }))
          .filter(({ cancelled }) => !cancelled)
          .toSorted((a, b) => a.atUs - b.atUs || a.index - b.index);
        expect(fired).toEqual(expected.map(({ index }) => index));
        expect(clock.nextTimerUs()).toBeUndefined();
      }),
    );
  });
});

describe('sleepUntil', () => {
  it('resolves at its time', async () => {
    const clock = new ManualClock();
    const sleep = sleepUntil(clock, 10);
    clock.advanceTo(10);
    await expect(sleep).resolves.toBeUndefined();
  });

  it('rejects with the reason and leaves no timer when aborted', async () => {
    const clock = new ManualClock();
    const abort = new AbortController();
    const sleep = sleepUntil(clock, 10, abort.signal);
    abort.abort(new Error('enough'));
    await expect(sleep).rejects.toThrow('enough');
    expect(clock.nextTimerUs()).toBeUndefined();
    await expect(sleepUntil(clock, 10, abort.signal)).rejects.toThrow('enough');
  });
});
