/**
 * A clock that moves only when told: the clock of every deterministic test and of the simulator.
 */
import type { CancelTimer, Clock } from './clock.ts';

interface Timer {
  readonly atUs: number;
  readonly order: number;
  readonly callback: () => void;
}

/** A Clock whose time is advanced by hand; timers fire in order of their deadlines, then of their setting. */
export class ManualClock implements Clock {
  #monotonicUs = 0;
  #wallOffsetUs: number;
  #order = 0;
  #timers: Timer[] = [];

  /** @param wallUs the wall time at the start, microseconds since 1970. */
  constructor(wallUs = 0) {
    this.#wallOffsetUs = wallUs;
  }

  wallUs(): number {
    return this.#monotonicUs + this.#wallOffsetUs;
  }

  monotonicUs(): number {
    return this.#monotonicUs;
  }

  /** When the next timer fires, or undefined where none is set. */
  nextTimerUs(): number | undefined {
    return this.#timers[0]?.atUs;
  }

  setTimer(atUs: number, callback: () => void): CancelTimer {
    const timer: Timer = { atUs: Math.max(atUs, this.#monotonicUs), order: this.#order++, callback };
    const index = this.#timers.findIndex(other => other.atUs > timer.atUs);
    if (index === -1) this.#timers.push(timer);
    else this.#timers.splice(index, 0, timer);
    return () => {
      const at = this.#timers.indexOf(timer);
      if (at !== -1) this.#timers.splice(at, 1);
    };
  }

  /** Moves time forward to `untilUs` (monotonic), firing every timer on the way at its own deadline. */
  advanceTo(untilUs: number): void {
    for (let next = this.#timers[0]; next !== undefined && next.atUs <= untilUs; next = this.#timers[0]) {
      this.#timers.shift();
      this.#monotonicUs = Math.max(this.#monotonicUs, next.atUs);
      next.callback();
    }
    this.#monotonicUs = Math.max(this.#monotonicUs, untilUs);
  }

  /** Moves time forward by `us`. */
  advance(us: number): void {
    this.advanceTo(this.#monotonicUs + us);
  }

  /** Steps the wall clock, as somebody who sets it does; monotonic time does not notice. */
  stepWall(byUs: number): void {
    this.#wallOffsetUs += byUs;
  }
}
