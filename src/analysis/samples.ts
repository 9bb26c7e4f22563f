/**
 * Times or sizes of which percentiles are asked: exact up to 65,536 of them; of more, every second, then every fourth … is kept.
 * Number, least, most and mean are always exact.
 */
import type { Distribution, SizeRange } from './model.ts';

/** Half a MiB; the percentiles of as many are good to about 0.4 % of rank. */
const MOST_KEPT = 65_536;
const FIRST_ROOM = 16;
/** Alike: the middle half of the values is within a tenth of the median to each side. */
const REGULAR_SHARE = 0.1;
/** Fewer say nothing of regularity. */
const LEAST_REGULAR = 4;

export class Samples {
  #values = new Float64Array(FIRST_ROOM);
  #kept = 0;
  #count = 0;
  /** One in so many is kept. */
  #stride = 1;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #sum = 0;
  #isSorted = true;

  get count(): number {
    return this.#count;
  }

  add(value: number): void {
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
    this.#sum += value;
    if (this.#count++ % this.#stride !== 0) return;
    if (this.#kept === this.#values.length) this.#makeRoom();
    this.#values[this.#kept++] = value;
    this.#isSorted = false;
  }

  /** The least value that at least this share (0 to 1) of all do not exceed; 0 where there is none. */
  quantile(share: number): number {
    if (this.#kept === 0) return 0;
    if (!this.#isSorted) this.#values.subarray(0, this.#kept).sort();
    this.#isSorted = true;
    return this.#values[Math.max(0, Math.ceil(share * this.#kept) - 1)] as number;
  }

  get isRegular(): boolean {
    if (this.#count < LEAST_REGULAR) return false;
    const reach = REGULAR_SHARE * this.quantile(0.5);
    return (
      this.quantile(0.75) - this.quantile(0.5) <= reach && this.quantile(0.5) - this.quantile(0.25) <= reach
    );
  }

  /** As times in nanoseconds; null where there is none. */
  times(): Distribution | null {
    if (this.#count === 0) return null;
    return {
      count: this.#count,
      minNs: this.#min,
      p50Ns: this.quantile(0.5),
      p95Ns: this.quantile(0.95),
      p99Ns: this.quantile(0.99),
      maxNs: this.#max,
      meanNs: Math.round(this.#sum / this.#count),
    };
  }

  /** As sizes; null where there is none. */
  sizes(): SizeRange | null {
    return this.#count === 0 ? null : { min: this.#min, p50: this.quantile(0.5), max: this.#max };
  }

  /** How many lie in each of `bins` equal steps of the logarithm, from the least to the most. */
  histogram(bins: number): number[] {
    const counts = new Array<number>(bins).fill(0);
    if (this.#kept === 0) return [];
    const low = Math.log(Math.max(1, this.#min));
    const width = (Math.log(Math.max(1, this.#max)) - low) / bins;
    for (let index = 0; index < this.#kept; index++) {
      const bin = width === 0 ? 0 : Math.floor((Math.log(Math.max(1, this.#values[index]!)) - low) / width);
      counts[Math.min(bins - 1, bin)]!++;
    }
    return counts;
  }

  #makeRoom(): void {
    if (this.#kept < MOST_KEPT) {
      const more = new Float64Array(2 * this.#kept);
      more.set(this.#values);
      this.#values = more;
      return;
    }
    // Sorted or not, every second value of those in order is as good a sample.
    for (let index = 0; index < MOST_KEPT / 2; index++) this.#values[index] = this.#values[2 * index]!;
    this.#kept = MOST_KEPT / 2;
    this.#stride *= 2;
  }
}
