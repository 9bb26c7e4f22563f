/**
 * The path's least round trip, and how much longer the newest ones are: that is its queue.
 */
import type { RoundTrip } from './round-trip.ts';

/** The least round trip counts for so long (BBR.MinRTTFilterLen). */
const LEAST_LIFE_US = 10_000_000;
/** Before that it is to be measured with little under way, for the new one to be of an empty queue. */
const STALE_US = 9_000_000;
/** One this near to the least shows that it still holds, where nobody else fills the queue. */
const NEAR = 1 + 1 / 16;
/** Jitter lengthens some, a queue all: even the least of so many newest ones (HyStart++'s N_RTT_SAMPLE, RFC 9406 section 4.3). */
const RECENT_SAMPLES = 8;
/** What is a queue: an eighth of the round trip, and more than timers and scheduling do (RFC 9406 section 4.3). */
const QUEUE_SHARE = 1 / 8;
const LEAST_QUEUE_US = 4_000;

export class PathQueue {
  readonly #roundTrip: RoundTrip;
  #samples = 0;
  #leastUs = Number.POSITIVE_INFINITY;
  #leastAtUs = 0;
  /** The least since then. */
  #nextLeastUs = Number.POSITIVE_INFINITY;
  /** A ring. */
  readonly #recent = new Float64Array(RECENT_SAMPLES);
  #delayUs = 0;

  constructor(roundTrip: RoundTrip) {
    this.#roundTrip = roundTrip;
  }

  /** The least round trip of about 10 s; infinite before the first sample. */
  get leastUs(): number {
    return this.#leastUs;
  }

  /** How long the newest packets stood in a queue. */
  get delayUs(): number {
    return this.#delayUs;
  }

  /** Whether that is more than chance. */
  get isLong(): boolean {
    return this.#delayUs > Math.max(LEAST_QUEUE_US, this.#leastUs * QUEUE_SHARE);
  }

  /** Whether it is time to empty the queue, to see the least round trip. */
  isLeastStale(nowUs: number): boolean {
    return nowUs - this.#leastAtUs > STALE_US;
  }

  /** The round trip may have a new sample. @param isAlone whether the queue is ours, so that it is empty now and then */
  update(isAlone: boolean, nowUs: number): void {
    const { samples, latestUs } = this.#roundTrip;
    if (samples === this.#samples) return;
    this.#samples = samples;
    this.#takeLeast(latestUs, isAlone ? NEAR : 1, nowUs);
    const recent = this.#recent;
    recent[samples % RECENT_SAMPLES] = latestUs;
    let leastRecentUs = latestUs;
    for (let index = 0; index < RECENT_SAMPLES; index++)
      leastRecentUs = Math.min(leastRecentUs, recent[index] as number);
    this.#delayUs = Math.max(0, leastRecentUs - this.#leastUs);
  }

  #takeLeast(rttUs: number, near: number, nowUs: number): void {
    if (rttUs <= this.#leastUs * near) {
      this.#leastUs = Math.min(rttUs, this.#leastUs);
      this.#leastAtUs = nowUs;
      this.#nextLeastUs = Number.POSITIVE_INFINITY;
      return;
    }
    this.#nextLeastUs = Math.min(rttUs, this.#nextLeastUs);
    if (nowUs - this.#leastAtUs <= LEAST_LIFE_US) return;
    this.#leastUs = this.#nextLeastUs;
    this.#leastAtUs = nowUs;
    this.#nextLeastUs = Number.POSITIVE_INFINITY;
  }
}
