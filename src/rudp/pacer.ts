/**
 * When the next packet may go: a bucket that fills at the paced rate.
 */

/** Timers of Node.js wake up once a millisecond, and some late: what two of them miss may go at once. */
const BURST_US = 2_000;

export class Pacer {
  #tokens = Number.POSITIVE_INFINITY;
  #filledUs = 0;

  /**
   * Fills the bucket up to now.
   * @param rate bytes a microsecond; infinite where nothing is known
   * @param burstBytes what may leave at once in any case
   */
  fill(rate: number, burstBytes: number, nowUs: number): void {
    const sinceUs = Math.max(0, nowUs - this.#filledUs);
    this.#filledUs = nowUs;
    const most = Math.max(rate * BURST_US, burstBytes);
    // Infinite times nothing is not a number.
    this.#tokens = Number.isFinite(most) ? Math.min(most, this.#tokens + rate * sinceUs) : most;
  }

  get maySend(): boolean {
    return this.#tokens > 0;
  }

  sent(bytes: number): void {
    this.#tokens -= bytes;
  }

  /** When there are tokens again. */
  nextUs(rate: number, nowUs: number): number {
    return nowUs + Math.max(1, Math.ceil((1 - this.#tokens) / rate));
  }
}
