/**
 * Which packet numbers have come, as ranges: what ACK frames say, and what tells a repeated packet from a new one.
 *
 * At most 32 ranges are kept. What is older than those counts as received, so that nothing is ever taken twice; the
 * peer sends it again, since no acknowledgement names it. A gap is told 8 times: numbers are never used again, so gaps
 * stay for ever, and every acknowledgement would grow.
 */

/** One ACK frame of 32 ranges fits any datagram; older gaps were repaired or sent again long ago. */
export const MOST_RANGES = 32;
/** Acknowledgements that name a range after it has changed: that all of them are lost is less likely than a reset. */
const TOLD_TIMES = 8;

/** What a number that came means. */
export type Arrival = 'duplicate' | 'next' | 'gap' | 'fill';

export class ReceivedNumbers {
  /** Ranges, the oldest first; ends are included. */
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  /** How often each range was told since it changed. */
  readonly #told: number[] = [];
  #floor = 0;

  /** -1 before the first. */
  get largest(): number {
    return this.#ends.at(-1) ?? -1;
  }

  /** Ranges that an acknowledgement should name; 0 is the newest. */
  get count(): number {
    let index = 0;
    while (index < this.#told.length - 1 && (this.#told[index] as number) >= TOLD_TIMES) index++;
    return this.#starts.length - index;
  }

  /** An acknowledgement named `count` ranges. */
  onTold(): void {
    for (let index = this.#told.length - this.count; index < this.#told.length; index++) {
      this.#told[index] = (this.#told[index] as number) + 1;
    }
  }

  start(index: number): number {
    return this.#starts[this.#starts.length - 1 - index] as number;
  }

  end(index: number): number {
    return this.#ends[this.#ends.length - 1 - index] as number;
  }

  has(number: number): boolean {
    if (number < this.#floor) return true;
    for (let index = this.#ends.length - 1; index >= 0; index--) {
      if (number > (this.#ends[index] as number)) return false;
      if (number >= (this.#starts[index] as number)) return true;
    }
    return false;
  }

  /** `next` continues the newest range, `gap` begins a new one, `fill` comes late. */
  add(number: number): Arrival {
    const last = this.#ends.length - 1;
    if (last < 0) {
      this.#starts.push(number);
      this.#ends.push(number);
      this.#told.push(0);
      return number === 0 ? 'next' : 'gap';
    }
    const newest = this.#ends[last] as number;
    if (number === newest + 1) {
      this.#ends[last] = number;
      return 'next';
    }
    if (number > newest) {
      this.#starts.push(number);
      this.#ends.push(number);
      // What the range before ends at has not been told as often as it was named.
      this.#told[last] = 0;
      this.#told.push(0);
      this.#trim();
      return 'gap';
    }
    return this.has(number) ? 'duplicate' : this.#insert(number);
  }

  #insert(number: number): Arrival {
    let index = this.#ends.length - 1;
    while (index >= 0 && number < (this.#starts[index] as number)) index--;
    // Between the ranges index and index + 1.
    const joinsOlder = index >= 0 && this.#ends[index] === number - 1;
    const joinsNewer = this.#starts[index + 1] === number + 1;
    if (joinsOlder && joinsNewer) {
      this.#ends[index] = this.#ends[index + 1] as number;
      this.#starts.splice(index + 1, 1);
      this.#ends.splice(index + 1, 1);
      this.#told.splice(index + 1, 1);
      this.#told[index] = 0;
    } else if (joinsOlder) {
      this.#ends[index] = number;
      this.#told[index] = 0;
    } else if (joinsNewer) {
      this.#starts[index + 1] = number;
      this.#told[index + 1] = 0;
    } else {
      this.#starts.splice(index + 1, 0, number);
      this.#ends.splice(index + 1, 0, number);
      this.#told.splice(index + 1, 0, 0);
      this.#trim();
    }
    return 'fill';
  }

  #trim(): void {
    if (this.#starts.length <= MOST_RANGES) return;
    this.#starts.shift();
    this.#told.shift();
    this.#floor = (this.#ends.shift() as number) + 1;
  }
}
