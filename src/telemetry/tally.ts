/**
 * How many readings a row of acknowledgements speaks of.
 */
import type { Acknowledgement } from './messages/types.ts';

/** Sums up DELIVERED or STORED: each says "of those below upTo, all but missing". */
export class Tally {
  #upTo = 0;
  #missing = 0;
  #total = 0;

  get upTo(): number {
    return this.#upTo;
  }

  get missing(): number {
    return this.#missing;
  }

  /** Readings acknowledged so far. */
  get total(): number {
    return this.#total;
  }

  /** True for an acknowledgement that was overtaken by one we have: of two with the same end the one that misses less is newer. */
  isOlder({ upTo, missing }: Acknowledgement): boolean {
    return upTo < this.#upTo || (upTo === this.#upTo && missing > this.#missing);
  }

  /** Takes the next acknowledgement. */
  take({ upTo, missing }: Acknowledgement): void {
    this.#total += upTo - this.#upTo - (missing - this.#missing);
    this.#upTo = upTo;
    this.#missing = missing;
  }

  /** Goes on from a WELCOME, where `total` are known: the collector's count of missing ones is a new beginning. */
  resume(total: number, { upTo, missing }: Acknowledgement): void {
    this.#total = total;
    this.#upTo = upTo;
    this.#missing = missing;
  }
}
