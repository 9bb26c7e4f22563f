/** Round trips one by one, for a plot: so many that more could not be told apart; of more every second is kept, then every fourth. */

const MOST_KEPT = 4_096;

export class RoundTrips {
  readonly #frames: number[] = [];
  readonly #times: number[] = [];
  #count = 0;
  /** One in so many is kept. */
  #stride = 1;

  /** @param frame with the ACK */
  add(frame: number, ns: number): void {
    if (this.#count++ % this.#stride !== 0) return;
    if (this.#frames.length === MOST_KEPT) this.#thin();
    this.#frames.push(frame);
    this.#times.push(ns);
  }

  get frames(): readonly number[] {
    return this.#frames;
  }

  /** In nanoseconds, of the frame at the same place. */
  get times(): readonly number[] {
    return this.#times;
  }

  #thin(): void {
    this.#stride *= 2;
    for (let index = 0; 2 * index < MOST_KEPT; index++) {
      this.#frames[index] = this.#frames[2 * index] as number;
      this.#times[index] = this.#times[2 * index] as number;
    }
    this.#frames.length = MOST_KEPT / 2;
    this.#times.length = MOST_KEPT / 2;
  }
}
