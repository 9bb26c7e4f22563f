/**
 * How many a second, from counts in short bins: right for a million a second and for one in five seconds.
 */

const BIN_US = 250_000;
/** Twelve whole seconds, enough for what comes every ten as with `send --batch 1000`, and the one that is not over. */
const BINS = 49;
/** The rate is that of the last two seconds where enough came in them, otherwise that of all bins. */
const SHORT_BINS = 8;
/** Below this many the short stretch would flicker by more than five percent. */
const ENOUGH = 20;

/** Counts events by the time they came, and says their rate. Times are monotonic microseconds. */
export class RateMeter {
  readonly #counts = new Float64Array(BINS);
  #bin: number | undefined;
  #firstBin = 0;

  add(count: number, nowUs: number): void {
    const bin = this.#moveTo(nowUs);
    this.#counts[bin % BINS]! += count;
  }

  /** Events a second over the last whole bins. */
  rate(nowUs: number): number {
    if (this.#bin === undefined) return 0;
    const bin = this.#moveTo(nowUs);
    const short = this.#sum(bin, SHORT_BINS);
    if (short.count >= ENOUGH) return short.rate;
    return this.#sum(bin, BINS - 1).rate;
  }

  /** The sum over at most `bins` whole bins before this one, and over none before the first. */
  #sum(bin: number, bins: number): { readonly count: number; readonly rate: number } {
    const length = Math.min(bins, bin - this.#firstBin);
    let count = 0;
    for (let at = bin - length; at < bin; at++) count += this.#counts[at % BINS]!;
    return { count, rate: length === 0 ? 0 : (count * 1_000_000) / (length * BIN_US) };
  }

  #moveTo(nowUs: number): number {
    const bin = Math.floor(nowUs / BIN_US);
    if (this.#bin === undefined) this.#firstBin = this.#bin = bin;
    const from = Math.max(this.#bin + 1, bin - BINS + 1);
    for (let at = from; at <= bin; at++) this.#counts[at % BINS] = 0;
    this.#bin = Math.max(this.#bin, bin);
    return this.#bin;
  }
}
