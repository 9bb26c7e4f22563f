/**
 * Many small messages in a row are held for a moment, so that they share a packet (docs/RELIABLE-UDP.md section 9).
 */

/** Messages that come this close together are gathered; a thin stream's never wait. */
const MANY_INTERVAL_US = 2_000;
/** The longest that a message waits for others. */
const GATHER_US = 2_000;
/** Weight of the newest interval in their average. */
const WEIGHT = 1 / 16;
/** A stream counts as thin until some 25 messages have shown that it is not. */
const FIRST_INTERVAL_US = 10_000;
/** A longer pause says no more about what follows. */
const LONGEST_INTERVAL_US = 1_000_000;

export class Gathering {
  #lastUs: number | undefined;
  #intervalUs = FIRST_INTERVAL_US;
  #untilUs: number | undefined;

  /** Until when what waits may wait; undefined: it goes at once. */
  get untilUs(): number | undefined {
    return this.#untilUs;
  }

  /** The application sends a message. */
  onMessage(nowUs: number): void {
    if (this.#lastUs !== undefined) {
      const sinceUs = Math.min(nowUs - this.#lastUs, LONGEST_INTERVAL_US);
      this.#intervalUs += (sinceUs - this.#intervalUs) * WEIGHT;
      if (this.#intervalUs < MANY_INTERVAL_US) this.#untilUs ??= nowUs + GATHER_US;
    }
    this.#lastUs = nowUs;
  }

  /** A packet went, with as much as it could take. */
  onPacket(): void {
    this.#untilUs = undefined;
  }
}
