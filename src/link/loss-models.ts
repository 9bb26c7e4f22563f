/**
 * Loss that comes in bursts: two-state chains (Gilbert 1960, Elliott 1963), one that steps with each packet and one
 * that lives in time.
 */
import type { RandomStream } from './random-stream.ts';
import type { BurstLoss, Outages } from './settings.ts';

/** Steps with each packet. Begins good. */
export class BurstModel {
  #bad = false;

  /** Whether this packet is lost. `change` and `loss` are random, 0 to below 1. */
  loses(burst: BurstLoss, change: number, loss: number): boolean {
    if (change < (this.#bad ? burst.leaveBad : burst.enterBad)) this.#bad = !this.#bad;
    return loss < (this.#bad ? burst.lossBad : burst.lossGood);
  }
}

/**
 * After so many mean cycles of good and bad nothing is left of the state before: the memory of the chain fades as
 * e^(−t (1/good + 1/bad)), and here that is below e^−256.
 */
const FORGOTTEN_CYCLES = 64;

/** Lives in time, whatever is sent. Begins good with the first packet. */
export class OutageModel {
  readonly #random: RandomStream;
  #bad = false;
  /** When the current period ends. */
  #untilUs: number | undefined;

  constructor(random: RandomStream) {
    this.#random = random;
  }

  /** Whether a packet that crosses at `atUs` is lost; times must not go back. `loss` is random, 0 to below 1. */
  loses(outages: Outages, atUs: number, loss: number): boolean {
    const { goodUs, badUs, lossBad } = outages;
    this.#untilUs ??= atUs + this.#period(goodUs);
    // Silence of hours must not cost one step for each millisecond of it.
    if (atUs - this.#untilUs > FORGOTTEN_CYCLES * (goodUs + badUs)) {
      this.#bad = this.#random.unit() * (goodUs + badUs) < badUs;
      this.#untilUs = atUs + this.#period(this.#bad ? badUs : goodUs);
    }
    while (this.#untilUs <= atUs) {
      this.#bad = !this.#bad;
      this.#untilUs += this.#period(this.#bad ? badUs : goodUs);
    }
    return this.#bad && loss < lossBad;
  }

  /** An exponentially distributed length, at least 1 µs. */
  #period(meanUs: number): number {
    return 1 + Math.floor(-meanUs * Math.log(1 - this.#random.unit()));
  }
}
