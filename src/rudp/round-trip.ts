/**
 * The path's round trip: smoothed, its variation and its minimum (RFC 9002 section 5.3), and the probe timeout.
 */

/** Before the first sample: most paths are faster, and a handshake's answer gives a sample at once. */
export const INITIAL_RTT_US = 100_000;
/** Clocks and timers are not finer than this. */
const GRANULARITY_US = 1_000;
/** The minimum is forgotten after this, since the path may have changed. */
const MIN_RTT_WINDOW_US = 10_000_000;

export class RoundTrip {
  #smoothedUs = INITIAL_RTT_US;
  #variationUs = INITIAL_RTT_US / 2;
  #latestUs = INITIAL_RTT_US;
  #minUs = Number.POSITIVE_INFINITY;
  #minAtUs = 0;
  #samples = 0;

  get samples(): number {
    return this.#samples;
  }

  get smoothedUs(): number {
    return this.#smoothedUs;
  }

  get latestUs(): number {
    return this.#latestUs;
  }

  /** The least within the last 10 s; infinite before the first sample. */
  get minUs(): number {
    return this.#minUs;
  }

  /**
   * @param rttUs from sending to the acknowledgement
   * @param delayUs how long the peer says that it held the acknowledgement back
   */
  sample(rttUs: number, delayUs: number, nowUs: number): void {
    const rtt = Math.max(1, rttUs);
    this.#samples++;
    if (rtt <= this.#minUs || nowUs - this.#minAtUs > MIN_RTT_WINDOW_US) {
      this.#minUs = rtt;
      this.#minAtUs = nowUs;
    }
    // The peer's delay is believed only as far as the path's minimum allows (RFC 9002 section 5.3).
    const adjusted = rtt - delayUs >= this.#minUs ? rtt - delayUs : rtt;
    this.#latestUs = adjusted;
    if (this.#samples === 1) {
      this.#smoothedUs = adjusted;
      this.#variationUs = Math.round(adjusted / 2);
      return;
    }
    const deviation = Math.abs(this.#smoothedUs - adjusted);
    this.#variationUs = Math.round((3 * this.#variationUs + deviation) / 4);
    this.#smoothedUs = Math.round((7 * this.#smoothedUs + adjusted) / 8);
  }

  /** How long to wait for an acknowledgement before asking for it. */
  probeTimeoutUs(ackDelayUs: number): number {
    return this.#smoothedUs + Math.max(4 * this.#variationUs, GRANULARITY_US) + ackDelayUs;
  }

  /** A new path has its own. */
  reset(): void {
    this.#smoothedUs = INITIAL_RTT_US;
    this.#variationUs = INITIAL_RTT_US / 2;
    this.#latestUs = INITIAL_RTT_US;
    this.#minUs = Number.POSITIVE_INFINITY;
    this.#samples = 0;
  }
}
