/**
 * The machine's clock behind the Clock port.
 *
 * Node gives microseconds only through `performance`, whose wall time is fixed at the start of the process,
 * and the settable wall clock only in milliseconds. So: monotonic microseconds, plus an anchor that is renewed
 * when the two have parted by more than `STEP_US` (somebody set the clock, or the machine slept).
 */
import type { CancelTimer, Clock } from '../time/clock.ts';

/** Above the millisecond rounding of Date.now and a scheduling hiccup, below any step that matters. */
const STEP_US = 20_000;
/** How often the anchor is compared with the settable clock. */
const CHECK_EVERY_US = 1_000_000;
/** setTimeout takes at most 2^31-1 ms; a longer wait is done in pieces. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** The system's Clock. One instance a process is enough: {@link systemClock}. */
class SystemClock implements Clock {
  #anchorUs = performance.timeOrigin * 1000;
  #checkAtUs = 0;

  monotonicUs(): number {
    return Math.floor(performance.now() * 1000);
  }

  wallUs(): number {
    const nowUs = performance.now() * 1000;
    if (nowUs >= this.#checkAtUs) this.#followSteps(nowUs);
    return Math.floor(this.#anchorUs + nowUs);
  }

  setTimer(atUs: number, callback: () => void): CancelTimer {
    let handle: NodeJS.Timeout;
    const arm = (): void => {
      const waitMs = Math.ceil((atUs - performance.now() * 1000) / 1000);
      handle = setTimeout(
        () => {
          // libuv rounds its own clock down, so a timer may fire a fraction early: wait the rest.
          if (this.monotonicUs() < atUs) arm();
          else callback();
        },
        Math.min(Math.max(waitMs, 0), LONGEST_TIMEOUT_MS),
      );
    };
    arm();
    return () => clearTimeout(handle);
  }

  #followSteps(nowUs: number): void {
    this.#checkAtUs = nowUs + CHECK_EVERY_US;
    const settableUs = Date.now() * 1000;
    if (Math.abs(settableUs - (this.#anchorUs + nowUs)) > STEP_US) this.#anchorUs = settableUs - nowUs;
  }
}

/** The machine's clock. */
export const systemClock: Clock = new SystemClock();
