/**
 * Copies of the protected parts of the last packets, by number: the sources of repair symbols.
 *
 * Buffers begin small and grow with what is put in, so that ten thousand idle connections cost little.
 */
import { multiply, multiplyAdd } from './gf256.ts';
import { SOURCE_LENGTH_BYTES } from './layout.ts';
import { putBytes } from './put.ts';

/** The first size of a buffer: a message of 32 bytes and its frame fit. */
const LEAST_BUFFER_BYTES = 64;
const NOTHING = new Uint8Array(0);

/** Holds at most one part for each number modulo its size: a newer one takes the place of an older one. */
export class PartRing {
  readonly #mask: number;
  /** −1: nothing is there. */
  readonly #numbers: Float64Array;
  readonly #lengths: Uint16Array;
  readonly #buffers: Uint8Array[];

  /** @param size a power of two. */
  constructor(size: number) {
    this.#mask = size - 1;
    this.#numbers = new Float64Array(size).fill(-1);
    this.#lengths = new Uint16Array(size);
    this.#buffers = new Array<Uint8Array>(size).fill(NOTHING);
  }

  has(number: number): boolean {
    return this.#numbers[number & this.#mask] === number;
  }

  /** Bytes of a part that is here. */
  lengthOf(number: number): number {
    return this.#lengths[number & this.#mask] as number;
  }

  /** Keeps a copy of `source[start..end)`. */
  put(number: number, source: Uint8Array, start: number, end: number): void {
    const slot = number & this.#mask;
    const length = end - start;
    let buffer = this.#buffers[slot] as Uint8Array;
    if (buffer.length < length) {
      // Powers of two: a slot that once held much is soon large enough for everything.
      let size = LEAST_BUFFER_BYTES;
      while (size < length) size *= 2;
      buffer = new Uint8Array(size);
      this.#buffers[slot] = buffer;
    }
    putBytes(buffer, 0, source, start, end);
    this.#numbers[slot] = number;
    this.#lengths[slot] = length;
  }

  /** Adds `factor · part` to `target[at..)`, for a part that is here. */
  addTo(target: Uint8Array, at: number, number: number, factor: number): void {
    const slot = number & this.#mask;
    multiplyAdd(target, at, this.#buffers[slot] as Uint8Array, 0, this.#lengths[slot] as number, factor);
  }

  /** The same of the part after its length in 2 bytes. */
  addPrefixedTo(target: Uint8Array, at: number, number: number, factor: number): void {
    const length = this.lengthOf(number);
    (target[at] as number) ^= multiply(factor, length >> 8);
    (target[at + 1] as number) ^= multiply(factor, length & 0xff);
    this.addTo(target, at + SOURCE_LENGTH_BYTES, number, factor);
  }
}
