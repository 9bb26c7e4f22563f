/**
 * Copies of small byte arrays, one after the other in blocks: an `ArrayBuffer` for each takes five times as long.
 *
 * A block lives until nothing in it is used any more. So one pool must hold only what goes in about the order it came:
 * each channel has its own, and what one channel keeps never holds the blocks of another.
 */

const FIRST_BLOCK_BYTES = 1_024;
const MOST_BLOCK_BYTES = 65_536;

export class BytePool {
  #block: Uint8Array = new Uint8Array(0);
  #used = 0;
  #start = 0;

  /** The block that holds the last copy. */
  get block(): Uint8Array {
    return this.#block;
  }

  /** Where the last copy begins in its block. */
  get start(): number {
    return this.#start;
  }

  /** Copies bytes: `block` and `start` say where to. */
  put(bytes: Uint8Array): void {
    if (bytes.length > this.#block.length - this.#used) this.#renew(bytes.length);
    this.#block.set(bytes, this.#used);
    this.#start = this.#used;
    this.#used += bytes.length;
  }

  /** Copies bytes: a view of the copy, which nobody else writes to. */
  keep(bytes: Uint8Array): Uint8Array {
    this.put(bytes);
    return this.#block.subarray(this.#start, this.#used);
  }

  /** Nothing is used any more: the block is written from its beginning again. */
  reuse(): void {
    this.#used = 0;
  }

  /** Blocks grow with what goes through, so that a channel with little has little. */
  #renew(least: number): void {
    const grown = Math.min(MOST_BLOCK_BYTES, Math.max(FIRST_BLOCK_BYTES, 2 * this.#block.length));
    this.#block = new Uint8Array(Math.max(least, grown));
    this.#used = 0;
  }
}
