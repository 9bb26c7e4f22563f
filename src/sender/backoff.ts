/**
 * How long to wait before the next attempt to connect.
 */

/** Soon enough for a collector that restarts, and at most a light knock every ten seconds for one that is gone. */
const FIRST_US = 100_000;
const LONGEST_US = 10_000_000;
/** A thousand senders of one collector must not all come back in the same millisecond. */
const SPREAD = 0.2;

/** Doubles from 0.1 s to 10 s, each wait spread by ±20 %. */
export class Backoff {
  readonly #random: () => number;
  #waitUs = FIRST_US;

  /** @param random gives numbers from 0 to 1. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** The next wait, in microseconds. */
  next(): number {
    const waitUs = this.#waitUs;
    this.#waitUs = Math.min(2 * waitUs, LONGEST_US);
    return Math.round(waitUs * (1 + SPREAD * (2 * this.#random() - 1)));
  }

  /** Begins anew: it worked. */
  reset(): void {
    this.#waitUs = FIRST_US;
  }
}
