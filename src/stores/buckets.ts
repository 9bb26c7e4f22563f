/**
 * Reduces readings to equal stretches of time. Bucket i has the readings of whole microseconds t with
 * edge(i) ≤ t < edge(i + 1), edge(i) = from + ceil(i × span / buckets); NaN counts as no reading.
 */
import { UsageError } from '../errors/errors.ts';
import type { Bucket, ReduceQuery } from './reader.ts';

const MAX_BUCKETS = 100_000;

/** Collects values, or summaries of values, into buckets. */
export class Buckets {
  readonly #fromUs: number;
  readonly #toUs: number;
  readonly #size: number;
  readonly #edges: Float64Array;
  readonly #counts: Float64Array;
  readonly #mins: Float64Array;
  readonly #maxs: Float64Array;
  readonly #sums: Float64Array;

  /** @throws UsageError SW_USAGE for an empty range or a count of buckets out of bounds */
  constructor({ fromUs, toUs, buckets }: Pick<ReduceQuery, 'fromUs' | 'toUs' | 'buckets'>) {
    if (!(Number.isInteger(buckets) && buckets >= 1 && buckets <= MAX_BUCKETS)) {
      throw new UsageError('SW_USAGE', `${buckets} buckets: ask for 1 to ${MAX_BUCKETS}`);
    }
    if (!(Number.isSafeInteger(fromUs) && Number.isSafeInteger(toUs) && fromUs < toUs)) {
      throw new UsageError('SW_USAGE', `from ${fromUs} to ${toUs} is no range of whole microseconds`);
    }
    this.#fromUs = fromUs;
    this.#toUs = toUs;
    this.#size = (toUs - fromUs) / buckets;
    this.#edges = Float64Array.from({ length: buckets + 1 }, (_, at) => fromUs + Math.ceil(at * this.#size));
    this.#counts = new Float64Array(buckets);
    this.#mins = new Float64Array(buckets).fill(Infinity);
    this.#maxs = new Float64Array(buckets).fill(-Infinity);
    this.#sums = new Float64Array(buckets);
  }

  /** The bucket of a time, or −1 where it is out of the range. */
  indexOf(timeUs: number): number {
    if (timeUs < this.#fromUs || timeUs >= this.#toUs) return -1;
    let index = Math.min(Math.floor((timeUs - this.#fromUs) / this.#size), this.#counts.length - 1);
    // The division may round across an edge.
    while (timeUs < this.#edges[index]!) index -= 1;
    while (index + 1 < this.#counts.length && timeUs >= this.#edges[index + 1]!) index += 1;
    return index;
  }

  add(timeUs: number, value: number): void {
    const index = this.indexOf(timeUs);
    if (index !== -1 && !Number.isNaN(value)) this.addSummary(index, 1, value, value, value);
  }

  addSummary(index: number, count: number, min: number, max: number, sum: number): void {
    this.#counts[index]! += count;
    this.#sums[index]! += sum;
    if (min < this.#mins[index]!) this.#mins[index] = min;
    if (max > this.#maxs[index]!) this.#maxs[index] = max;
  }

  result(): Bucket[] {
    return Array.from(this.#counts, (count, at) => ({
      startUs: this.#edges[at]!,
      count,
      min: count === 0 ? Number.NaN : this.#mins[at]!,
      mean: this.#sums[at]! / count,
      max: count === 0 ? Number.NaN : this.#maxs[at]!,
    }));
  }
}
