/**
 * A log-linear histogram of times in microseconds: percentiles of any number of values in fixed memory.
 *
 * Values below 128 have a bucket each. Above, every power of two is cut into 64 equal buckets, so a percentile
 * is at most 1/64 (1.6 %) above the true value and never below it; `min`, `max`, `count` and `mean` are exact.
 * Memory: 2,048 counters, 16 KiB, whatever is recorded.
 */

/** 2^6 = 64 buckets for each power of two: 1.6 % is finer than any clock we compare. */
const SUB_BITS = 6;
const SUB_BUCKETS = 2 ** SUB_BITS;
/** Values from here on (19 hours) share the last bucket; `max` stays exact. */
const CEILING = 2 ** 36;
const BUCKETS = bucketOf(CEILING - 1) + 1;

/** Counts of times, from which percentiles are read. */
export class Histogram {
  readonly #counts = new Float64Array(BUCKETS);
  #count = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = 0;

  /** How many values were recorded. */
  get count(): number {
    return this.#count;
  }

  /** The smallest value, 0 where there is none. */
  get min(): number {
    return this.#count === 0 ? 0 : this.#min;
  }

  /** The largest value, 0 where there is none. */
  get max(): number {
    return this.#max;
  }

  /** The arithmetic mean, 0 where there is no value. */
  get mean(): number {
    return this.#count === 0 ? 0 : this.#sum / this.#count;
  }

  /** Records a time in microseconds, `times` times. It is rounded to a whole number; below 0 counts as 0. */
  record(us: number, times = 1): void {
    const value = Math.max(0, Math.round(us));
    const bucket = bucketOf(Math.min(value, CEILING - 1));
    this.#counts[bucket] = this.#counts[bucket]! + times;
    this.#count += times;
    this.#sum += value * times;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }

  /**
   * The smallest recorded value (to within 1/64 above it) that at least `percent` of all values do not exceed;
   * 0 where there is none.
   * @param percent 0 to 100.
   */
  percentile(percent: number): number {
    const rank = Math.max(1, Math.ceil((percent / 100) * this.#count));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.#counts[bucket]!;
      if (seen >= rank) return bucket === BUCKETS - 1 ? this.#max : Math.min(lastOf(bucket), this.#max);
    }
    return this.#max;
  }

  /** Adds everything that `other` recorded. */
  merge(other: Histogram): void {
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      this.#counts[bucket] = this.#counts[bucket]! + other.#counts[bucket]!;
    }
    this.#count += other.#count;
    this.#sum += other.#sum;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
  }
}

/** The bucket of a whole number from 0 to below CEILING. */
function bucketOf(value: number): number {
  if (value < 2 * SUB_BUCKETS) return value;
  const shift = highestBit(value) - SUB_BITS;
  return shift * SUB_BUCKETS + Math.floor(value / 2 ** shift);
}

/** The largest value of a bucket. */
function lastOf(bucket: number): number {
  if (bucket < 2 * SUB_BUCKETS) return bucket;
  const shift = Math.floor(bucket / SUB_BUCKETS) - 1;
  return (bucket - shift * SUB_BUCKETS + 1) * 2 ** shift - 1;
}

/** The position of the highest bit set, exact beyond 32 bits where a logarithm may round up. */
function highestBit(value: number): number {
  return value < 2 ** 31 ? 31 - Math.clz32(value) : 51 - Math.clz32(Math.floor(value / 2 ** 20));
}
