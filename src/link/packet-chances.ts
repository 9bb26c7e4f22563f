/**
 * The random numbers that decide one packet's fate: each purpose has a stream of its own, and every stream moves once
 * with each packet, whether the purpose is in use or not and whatever becomes of the packet.
 *
 * So packet n meets the same chances under all settings: more loss does not change which packets come twice, and a
 * setting that begins later finds what it would have found from the start.
 */
import { RandomStream } from './random-stream.ts';

/** The purposes, by the number of their stream: a new one takes the next number, so that old seeds keep their meaning. */
export const CHANCE = {
  earlyLoss: 0,
  loss: 1,
  burstChange: 2,
  burstLoss: 3,
  outageLoss: 4,
  jitter: 5,
  jitterAngle: 6,
  reordering: 7,
  corruption: 8,
  duplication: 9,
} as const;

/** Streams that move with their use, not with each packet. */
export const OUTAGE_STREAM = 100;
export const DAMAGE_STREAM = 101;

/** Draws for one packet after the other. */
export class PacketChances {
  /** What the current packet met, 0 to below 1, by `CHANCE`. */
  readonly current: Float64Array = new Float64Array(Object.keys(CHANCE).length);
  readonly #streams: readonly RandomStream[];

  constructor(seed: number) {
    this.#streams = Array.from(this.current, (_, stream) => new RandomStream(seed, stream));
  }

  /** On to the next packet. */
  draw(): void {
    for (let stream = 0; stream < this.#streams.length; stream++)
      this.current[stream] = this.#streams[stream]!.unit();
  }
}
