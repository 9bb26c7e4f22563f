/**
 * Now, in both ways of telling it: what a protocol machine is given instead of a clock.
 */
import type { Clock } from '../time/clock.ts';

/** One moment. */
export interface Instant {
  /** For timers and durations. */
  readonly monotonicUs: number;
  /** Since 1970, for what goes to the other end. */
  readonly wallUs: number;
}

/** This moment, by a clock. */
export function instant(clock: Clock): Instant {
  return { monotonicUs: clock.monotonicUs(), wallUs: clock.wallUs() };
}
