/**
 * Bytes that came and nobody has read yet: a list of pieces, read in any other pieces.
 *
 * What is asked for as it came is given without a copy. Small pieces are put together, so that a peer that sends single
 * bytes costs no object for each, and what waits is read at once as from the kernel. Bytes that were given never change.
 */
import { Queue } from '../collections/queue.ts';

/** Pieces below this are copied to a block; an object for each would cost about as much. */
const SMALL_BYTES = 512;
const BLOCK_BYTES = 4_096;

const EMPTY = Buffer.alloc(0);

export class ByteQueue {
  readonly #pieces = new Queue<Buffer>();
  /** Bytes of the first piece that are read already. */
  #used = 0;
  #size = 0;
  /** The last piece, where it is the beginning of a block with room behind it. */
  #open: Buffer | undefined;
  /** How many bytes `indexOf` has looked at for `#needle`, so that none is searched twice. */
  #searched = 0;
  #needle: Uint8Array | undefined;

  /** Bytes that wait. */
  get size(): number {
    return this.#size;
  }

  push(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#size += bytes.length;
    const { last } = this.#pieces;
    if (last !== undefined && bytes.length < SMALL_BYTES && this.#append(last, bytes)) return;
    this.#pieces.push(bytes);
  }

  /** Puts bytes behind those of the last piece; false where that one is large, or its block full. */
  #append(last: Buffer, bytes: Buffer): boolean {
    const size = last.length + bytes.length;
    let block: Buffer;
    if (last === this.#open) {
      if (size > BLOCK_BYTES) return false;
      block = Buffer.from(last.buffer);
    } else {
      if (last.length >= SMALL_BYTES) return false;
      block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
      block.set(last);
    }
    block.set(bytes, last.length);
    this.#pieces.last = this.#open = block.subarray(0, size);
    return true;
  }

  /** At most `most` bytes, as many as the first piece has. */
  takeSome(most: number): Buffer {
    const { first } = this.#pieces;
    if (first === undefined) return EMPTY;
    return this.#takeOfFirst(first, Math.min(most, first.length - this.#used));
  }

  /** Exactly `count` bytes, which must be there. */
  take(count: number): Buffer {
    const { first } = this.#pieces;
    if (first !== undefined && first.length - this.#used >= count) return this.#takeOfFirst(first, count);
    const taken: Buffer[] = [];
    for (let left = count; left > 0; ) {
      const piece = this.takeSome(left);
      taken.push(piece);
      left -= piece.length;
    }
    return Buffer.concat(taken, count);
  }

  /**
   * Where `needle` begins, counted from the next byte; -1 where it has not come. Asked again with the same array, it
   * goes on where it ended: the array's bytes must not change.
   */
  indexOf(needle: Uint8Array): number {
    if (this.#needle !== needle) [this.#needle, this.#searched] = [needle, 0];
    // The needle may begin in what was searched already, and end in what came since.
    const from = Math.max(0, this.#searched - needle.length + 1);
    const { first } = this.#pieces;
    // One piece is what there nearly always is.
    const at =
      this.#pieces.length > 1 || first === undefined
        ? this.#indexAcross(needle, from)
        : Math.max(-1, first.indexOf(needle, this.#used + from) - this.#used);
    if (at < 0) this.#searched = this.#size;
    return at;
  }

  #indexAcross(needle: Uint8Array, from: number): number {
    const pieces = [...this.#pieces];
    const reach = needle.length - 1;
    let start = -this.#used;
    for (const [index, piece] of pieces.entries()) {
      const end = start + piece.length;
      if (end > from) {
        const first = Math.max(0, from - start);
        const within = piece.indexOf(needle, first);
        if (within >= 0) return start + within;
        // Or it begins in this piece, and ends in those behind it.
        const seam = Math.max(first, piece.length - reach);
        const across = joined(pieces, index, seam, piece.length + reach).indexOf(needle);
        if (across >= 0) return start + seam + across;
      }
      start = end;
    }
    return -1;
  }

  clear(): void {
    this.#pieces.clear();
    this.#open = undefined;
    this.#used = 0;
    this.#size = 0;
    this.#searched = 0;
  }

  #takeOfFirst(first: Buffer, count: number): Buffer {
    const end = this.#used + count;
    const taken = this.#used === 0 && end === first.length ? first : first.subarray(this.#used, end);
    this.#used = end;
    this.#size -= count;
    this.#searched = Math.max(0, this.#searched - count);
    if (end === first.length) {
      this.#pieces.shift();
      this.#used = 0;
      if (first === this.#open) this.#open = undefined;
    }
    return taken;
  }
}

/** The bytes from `from` to `to`, counted from the piece at `index` and on into those behind it, as far as there are any. */
function joined(pieces: readonly Buffer[], index: number, from: number, to: number): Buffer {
  const parts: Buffer[] = [];
  let start = 0;
  for (let next = index; next < pieces.length && start < to; next++) {
    const piece = pieces[next] as Buffer;
    parts.push(piece.subarray(Math.max(0, from - start), to - start));
    start += piece.length;
  }
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
}
