/**
 * Copies of small byte arrays, one after the other in blocks: an `ArrayBuffer` for each takes five times as long.
 *
 * A block lives until nothing in it is used any more. So one pool must hold only what goes in about the order it came:
 * each channel has its own, and what one channel keeps never holds the blocks of another. Where the owner says what is
 * not used any more, blocks are written again: a new one is zeroed first, and makes work for the garbage collector.
 */

const FIRST_BLOCK_BYTES = 1_024;
const MOST_BLOCK_BYTES = 65_536;
/** Blocks that wait to be used again: bulk frees one about when it needs another. */
const MOST_SPARE = 4;

/** What holds copies, and how many of them are in use. */
export interface Block {
  readonly bytes: Uint8Array;
  users: number;
}

export class BytePool {
  #block: Block = { bytes: new Uint8Array(0), users: 0 };
  #used = 0;
  #start = 0;
  #spare: Uint8Array[] = [];

  /** The block that holds the last copy. */
  get block(): Block {
    return this.#block;
  }

  /** Where the last copy begins in its block. */
  get start(): number {
    return this.#start;
  }

  /** Copies bytes: `block` and `start` say where to. The copy is used until it is released. */
  put(bytes: Uint8Array): void {
    const { length } = bytes;
    if (length > this.#block.bytes.length - this.#used) this.#renew(length);
    const block = this.#block;
    block.bytes.set(bytes, this.#used);
    block.users++;
    this.#start = this.#used;
    this.#used += length;
  }

  /** Copies bytes: a view of the copy, which nobody else writes to. It is never released. */
  keep(bytes: Uint8Array): Uint8Array {
    this.put(bytes);
    return this.#block.bytes.subarray(this.#start, this.#used);
  }

  /** One copy in this block is not used any more. */
  release(block: Block): void {
    if (--block.users > 0) return;
    if (block === this.#block) this.#used = 0;
    else if (block.bytes.length === MOST_BLOCK_BYTES && this.#spare.length < MOST_SPARE)
      this.#spare.push(block.bytes);
  }

  /** Nothing will be needed for a while: only the last block stays. */
  trim(): void {
    if (this.#spare.length > 0) this.#spare = [];
  }

  /** Blocks grow with what goes through, so that a channel with little has little. */
  #renew(least: number): void {
    const grown = Math.min(MOST_BLOCK_BYTES, Math.max(FIRST_BLOCK_BYTES, 2 * this.#block.bytes.length));
    const spare = least <= MOST_BLOCK_BYTES ? this.#spare.pop() : undefined;
    this.#block = { bytes: spare ?? new Uint8Array(Math.max(least, grown)), users: 0 };
    this.#used = 0;
  }
}
