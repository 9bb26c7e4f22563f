/**
 * How far the collector's clock is ahead of ours, and how fast that changes, from exchanges of the time.
 *
 * An exchange (RFC 5905 section 8) is right where both ways took equally long. Whatever holds one of them up (a queue, a
 * repaired loss, a program that has just started) makes the round trip longer and the offset wrong by at most half of
 * that. So exchanges count the less the longer they took beyond the shortest one kept: the clock filter of RFC 5905
 * section 10, but with weights, since two clocks that drift apart need more than the one best exchange. What is
 * fitted to them is a line, through the least squares; that clocks drift little is known beforehand (a ridge).
 */
import type { Instant } from './instant.ts';
import { CLOCK_KEPT } from './limits.ts';

/** How far the collector's clock is ahead of ours, give or take the uncertainty. Whole microseconds. */
export interface ClockOffset {
  readonly offsetUs: number;
  /** Half of the shortest round trip: all of it may have been one way. At least 1. */
  readonly uncertaintyUs: number;
  /** How much faster the collector's clock runs, in parts per billion: nanoseconds a second. */
  readonly driftPpb: number;
}

/** One exchange. */
interface Exchange {
  /** When its answer came, monotonic. */
  readonly atUs: number;
  readonly offsetUs: number;
  /** Half of its round trip. */
  readonly halfUs: number;
}

/** What two programs add to an exchange on an idle path, up and down. */
const NOISE_US = 25;
/** On a path where delays vary the shortest exchange was held up too: by this share of what is usual there. */
const SHORTEST_SHARE = 0.5;
/** How far clocks of computers usually drift apart: crystals are good to 20 to 50 ppm. */
const USUAL_DRIFT = 20e-6;
/** ... and how much that changes, with the temperature: old exchanges say less. */
const WANDER = 1e-6;
/** Faster no clock goes wrong or is slewed (RFC 5905: MAXFREQ): it was set. */
const MOST_DRIFT = 500e-6;

/** Parts per billion of a whole. */
export const PPB = 1e9;

/** Keeps the last exchanges. */
export class ClockEstimate {
  #kept: Exchange[] = [];

  /** The estimate as of the last exchange; undefined before the first. */
  get best(): ClockOffset | undefined {
    const last = this.#kept.at(-1);
    return last === undefined ? undefined : this.at(last.atUs);
  }

  /** The estimate for a moment, monotonic: not long before the last exchange, or after it. */
  at(nowUs: number): ClockOffset | undefined {
    const [first] = this.#kept;
    if (first === undefined) return undefined;
    const halves = this.#kept.map(({ halfUs }) => halfUs).sort((a, b) => a - b);
    const leastUs = halves[0] as number;
    const usualUs = halves[(halves.length - 1) >> 1] as number;
    const noiseUs = NOISE_US + SHORTEST_SHARE * (usualUs - leastUs);
    // Around the first one's offset: sums of squares of times since 1970 would be cut.
    let [weights, times, squares, offsets, products] = [0, 0, 1 / USUAL_DRIFT ** 2, 0, 0];
    for (const { atUs, offsetUs, halfUs } of this.#kept) {
      const sinceUs = atUs - nowUs;
      const weight = 1 / (noiseUs + halfUs - leastUs + WANDER * Math.abs(sinceUs)) ** 2;
      weights += weight;
      times += weight * sinceUs;
      squares += weight * sinceUs ** 2;
      offsets += weight * (offsetUs - first.offsetUs);
      products += weight * sinceUs * (offsetUs - first.offsetUs);
    }
    const determinant = weights * squares - times ** 2;
    const nowOffset = (offsets * squares - products * times) / determinant;
    const drift = (products * weights - offsets * times) / determinant;
    return {
      offsetUs: Math.round(first.offsetUs + nowOffset) + 0,
      uncertaintyUs: Math.max(1, Math.ceil(leastUs)),
      driftPpb: Math.round(drift * PPB) + 0,
    };
  }

  /**
   * Takes an exchange: sent at `t1`, arrived there at `t2`, answered at `t3`, back now.
   * One that went back in time (a clock was set meanwhile) is left out.
   */
  take(t1: number, t2: number, t3: number, { wallUs: t4, monotonicUs: atUs }: Instant): void {
    const wayUs = t4 - t1 - (t3 - t2);
    if (wayUs < 0 || t3 < t2) return;
    const exchange = { atUs, offsetUs: (t2 - t1 + (t3 - t4)) / 2, halfUs: wayUs / 2 };
    if (this.#wasSet(exchange)) this.#kept = [];
    this.#kept.push(exchange);
    if (this.#kept.length > CLOCK_KEPT) this.#kept.shift();
  }

  /** True where no way there and back explains how far this exchange is from the last one: one of the clocks was set. */
  #wasSet({ atUs, offsetUs, halfUs }: Exchange): boolean {
    const last = this.#kept.at(-1);
    if (last === undefined) return false;
    const mostUs = halfUs + last.halfUs + MOST_DRIFT * (atUs - last.atUs);
    return Math.abs(offsetUs - last.offsetUs) > Math.max(1, mostUs);
  }
}
