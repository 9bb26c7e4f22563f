/**
 * Ticks of 64 bits → seconds and nanoseconds, exactly: as two numbers, since today's date in nanoseconds is above 2^53.
 */
const NANOSECONDS = 1_000_000_000;
/** Up to here a remainder times 10^9 is a whole number below 2^53. */
const MOST_EXACT_TICKS = 2 ** 23;

/** The ticks of one interface: if_tsresol and if_tsoffset. */
export class TickClock {
  /** What `convert` found. */
  seconds = 0;
  /** 0 to 999,999,999; what is below a nanosecond is cut off. */
  nanoseconds = 0;
  readonly #ticksPerSecond: bigint;
  readonly #offsetSeconds: number;
  /** Ticks a second where doubles will do for the sum, otherwise 0. */
  readonly #ticks: number;
  /** Nanoseconds a tick, where that is a whole number. */
  readonly #nanosecondsPerTick: number;
  /** The upper half that was converted last, the seconds in it, and the ticks above those. */
  #high = -1;
  #wholeSeconds = 0;
  #rest = 0;

  constructor(ticksPerSecond: bigint, offsetSeconds: number) {
    this.#ticksPerSecond = ticksPerSecond;
    this.#offsetSeconds = offsetSeconds;
    const ticks = Number(ticksPerSecond);
    const divides = ticks <= NANOSECONDS && NANOSECONDS % ticks === 0;
    this.#ticks = divides || ticks <= MOST_EXACT_TICKS ? ticks : 0;
    this.#nanosecondsPerTick = divides ? NANOSECONDS / ticks : 0;
  }

  /** Takes the two halves of the ticks, 32 bits each, unsigned. */
  convert(high: number, low: number): void {
    const ticks = this.#ticks;
    if (ticks === 0) {
      this.#convertExactly(high, low);
      return;
    }
    if (high !== this.#high) this.#moveTo(high);
    const count = this.#rest + low;
    const more = Math.floor(count / ticks);
    const rest = count - more * ticks;
    this.seconds = this.#wholeSeconds + more;
    this.nanoseconds =
      this.#nanosecondsPerTick > 0
        ? rest * this.#nanosecondsPerTick
        : Math.floor((rest * NANOSECONDS) / ticks);
  }

  /** The upper half stays the same for seconds to hours, so its seconds, and the ticks above them, are kept. */
  #moveTo(high: number): void {
    const ticks = this.#ticks;
    // Division in base 2^16, from the top: every step stays below 2^53, since a remainder is below 2^30.
    const first = Math.floor(high / ticks);
    const middle = (high - first * ticks) * 0x10000;
    const second = Math.floor(middle / ticks);
    const bottom = (middle - second * ticks) * 0x10000;
    const third = Math.floor(bottom / ticks);
    this.#high = high;
    this.#wholeSeconds = first * 2 ** 32 + second * 0x10000 + third + this.#offsetSeconds;
    this.#rest = bottom - third * ticks;
  }

  #convertExactly(high: number, low: number): void {
    const value = (BigInt(high) << 32n) | BigInt(low);
    const rest = value % this.#ticksPerSecond;
    this.seconds = Number(value / this.#ticksPerSecond) + this.#offsetSeconds;
    this.nanoseconds = Number((rest * BigInt(NANOSECONDS)) / this.#ticksPerSecond);
  }
}

/** Ticks a second of an if_tsresol byte: a power of 10, or of 2 where its highest bit is set. */
export function ticksPerSecondOf(resolution: number): bigint {
  const exponent = BigInt(resolution & 0x7f);
  return resolution >= 0x80 ? 2n ** exponent : 10n ** exponent;
}
