/**
 * Random numbers that a seed repeats on every machine: for emulated links, never for secrets.
 *
 * xoshiro128** 1.1 (Blackman and Vigna, 2018: period 2^128 − 1). Its four words of state come from a hash of
 * seed, stream and place, so near seeds and near streams have nothing in common.
 */

/** 2^32 divided by the golden ratio: whole multiples of it are spread evenly. */
const GOLDEN = 0x9e3779b9;

/** One stream of random numbers. Streams of one seed are independent of each other. */
export class RandomStream {
  // Signed, since V8 keeps 32-bit signed numbers without a box.
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  /**
   * @param seed any whole number from 0 to 2^53 − 1.
   * @param stream which of the seed's streams, from 0 to 2^32 − 1.
   */
  constructor(seed: number, stream = 0) {
    const low = seed % 2 ** 32;
    const high = Math.floor(seed / 2 ** 32);
    const word = (place: number): number =>
      mix(mix(mix(low + place * GOLDEN) + high) + Math.imul(stream + 1, GOLDEN));
    this.#a = word(1);
    this.#b = word(2);
    this.#c = word(3);
    // The one state that the generator cannot leave is all zeros.
    this.#d = word(4) || 1;
  }

  /** A whole number from 0 to 2^32 − 1. */
  uint32(): number {
    const result = Math.imul(rotateLeft(Math.imul(this.#b, 5), 7), 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = rotateLeft(this.#d, 11);
    return result;
  }

  /** At least 0, below 1, of 32 random bits. */
  unit(): number {
    return this.uint32() / 2 ** 32;
  }

  /** A whole number from 0 to `limit` − 1, for limits far below 2^32. */
  below(limit: number): number {
    return Math.floor(this.unit() * limit);
  }
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** Spreads 32 bits over 32 bits, one to one (the finaliser of MurmurHash3). */
function mix(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
