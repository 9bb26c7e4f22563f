/**
 * How far the collector's clock is ahead of ours, from exchanges of the time (RFC 5905 section 8).
 *
 * Of the last exchanges the one with the shortest way counts: a queue on either side only makes others worse.
 */
import { CLOCK_KEPT } from './limits.ts';

/** An estimate: the collector's clock minus ours, give or take the uncertainty. Whole microseconds. */
export interface ClockOffset {
  readonly offsetUs: number;
  /** At least 1. */
  readonly uncertaintyUs: number;
}

/** Keeps the last exchanges. */
export class ClockEstimate {
  readonly #kept: ClockOffset[] = [];

  /** The best of the last {@link CLOCK_KEPT} exchanges; undefined before the first. */
  get best(): ClockOffset | undefined {
    return this.#kept.reduce<ClockOffset | undefined>(
      (best, next) => (best === undefined || next.uncertaintyUs <= best.uncertaintyUs ? next : best),
      undefined,
    );
  }

  /**
   * Takes an exchange: sent at `t1`, arrived there at `t2`, answered at `t3`, back at `t4`.
   * One that went back in time (a clock was set meanwhile) is left out.
   */
  take(t1: number, t2: number, t3: number, t4: number): void {
    const wayUs = t4 - t1 - (t3 - t2);
    if (wayUs < 0 || t3 < t2) return;
    const offsetUs = Math.round((t2 - t1 + (t3 - t4)) / 2);
    this.#kept.push({ offsetUs, uncertaintyUs: Math.max(1, Math.ceil(wayUs / 2)) });
    if (this.#kept.length > CLOCK_KEPT) this.#kept.shift();
  }
}
