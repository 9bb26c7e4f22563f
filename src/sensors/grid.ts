/** Where the grids of sampled sensors begin. */
import type { Clock } from '../time/clock.ts';

/** A start is late by this at most, which nobody notices, and sensors at 100 Hz and its multiples tick together however they start. */
const ALIGNMENT_US = 10_000;

/** On the monotonic clock. Readings of sensors that tick together share packets. */
export function gridStart(clock: Clock): number {
  return Math.ceil(clock.monotonicUs() / ALIGNMENT_US) * ALIGNMENT_US;
}
