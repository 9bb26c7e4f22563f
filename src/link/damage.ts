/**
 * What noise does to a packet: a few bits are flipped.
 */
import type { RandomStream } from './random-stream.ts';

/** Few flips are what slips through a checksum of 16 bits: two in one column, one up and one down. */
const MOST_FLIPS = 4;

/** A copy with 1 to 4 bits flipped, each at most once. `bytes` must not be empty. */
export function damaged(bytes: Uint8Array, random: RandomStream): Uint8Array {
  const copy = bytes.slice();
  const flips = 1 + random.below(MOST_FLIPS);
  for (let flip = 0; flip < flips; flip++) {
    const bit = random.below(copy.length * 8);
    const at = bit >>> 3;
    const mask = 1 << (bit & 7);
    // A bit that is flipped already stays so: flipped back, there might be no damage at all.
    if (((copy[at]! ^ bytes[at]!) & mask) === 0) copy[at]! ^= mask;
  }
  return copy;
}
