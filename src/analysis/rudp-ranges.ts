/**
 * Packet numbers that are in a set, as ranges in rising order. Nearly all are added at the end, or close what was missing shortly before.
 */

export class NumberRanges {
  readonly #starts: number[] = [];
  /** Inclusive. */
  readonly #ends: number[] = [];

  get length(): number {
    return this.#starts.length;
  }

  /** The greatest number in it; −1: there is none. */
  get last(): number {
    return this.#ends.at(-1) ?? -1;
  }

  start(index: number): number {
    return this.#starts[index] as number;
  }

  end(index: number): number {
    return this.#ends[index] as number;
  }

  has(number: number): boolean {
    const index = this.#indexFrom(number);
    return index < this.length && this.start(index) <= number;
  }

  /** Adds `start` to `end`, both inclusive, and tells each stretch that was not in it. */
  add(start: number, end: number, onNew?: (start: number, end: number) => void): void {
    // The first range that touches: its end is at least one before the start.
    let index = this.#indexFrom(start - 1);
    let [low, high, next] = [start, end, start];
    const first = index;
    for (; index < this.length && this.start(index) <= end + 1; index++) {
      if (next < this.start(index)) onNew?.(next, this.start(index) - 1);
      next = Math.max(next, this.end(index) + 1);
      low = Math.min(low, this.start(index));
      high = Math.max(high, this.end(index));
    }
    if (next <= end) onNew?.(next, end);
    this.#starts.splice(first, index - first, low);
    this.#ends.splice(first, index - first, high);
  }

  /** Forgets what is below a number. */
  dropBelow(number: number): void {
    const index = this.#indexFrom(number);
    this.#starts.splice(0, index);
    this.#ends.splice(0, index);
    if (this.length > 0 && this.start(0) < number) this.#starts[0] = number;
  }

  /** How many numbers from `from` to `to` (exclusive) are in it. */
  countIn(from: number, to: number): number {
    let count = 0;
    if (to <= from) return 0;
    for (let index = this.#indexFrom(from); index < this.length && this.start(index) < to; index++)
      count += Math.min(to, this.end(index) + 1) - Math.max(from, this.start(index));
    return count;
  }

  /** The first range whose end is not below the number. */
  #indexFrom(number: number): number {
    let low = 0;
    let high = this.length;
    // The newest one is asked for most.
    if (high > 0 && this.end(high - 1) < number) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.end(middle) < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** How many numbers from `from` to `to` (exclusive) are in both. */
export function countInBoth(one: NumberRanges, other: NumberRanges, from: number, to: number): number {
  let count = 0;
  for (let index = 0; index < one.length; index++) {
    const low = Math.max(from, one.start(index));
    const high = Math.min(to, one.end(index) + 1);
    if (low < high) count += other.countIn(low, high);
  }
  return count;
}
