/**
 * Bytes that came and nobody has read yet: a list of pieces, read in any other pieces.
 *
 * What is asked for as it came is given without a copy. Small pieces are put together, so that a peer that sends single
 * bytes costs no object for each.
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
  /** The block at the end of the list, and what of it is taken; bytes in it never change once they are there. */
  #block = EMPTY;
  #blockUsed = 0;
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
    if (bytes.length >= SMALL_BYTES || this.#pieces.length === 0) this.#pieces.push(bytes);
    else this.#pushSmall(bytes);
  }

  #pushSmall(bytes: Buffer): void {
    const room = this.#block.length - this.#blockUsed;
    const isLast = this.#pieces.last?.buffer === this.#block.buffer && this.#blockUsed > 0;
    if (room < bytes.length || !isLast) {
      this.#block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
      this.#blockUsed = 0;
      this.#pieces.push(EMPTY);
    }
    this.#block.set(bytes, this.#blockUsed);
    this.#blockUsed += bytes.length;
    this.#pieces.last = this.#block.subarray(0, this.#blockUsed);
  }

  /** At most `most` bytes, as many as the first piece has. */
  takeSome(most: number): Buffer {
    const first = this.#pieces.first;
    if (first === undefined) return EMPTY;
    return this.#takeOfFirst(first, Math.min(most, first.length - this.#used));
  }

  /** Exactly `count` bytes, which must be there. */
  take(count: number): Buffer {
    const first = this.#pieces.first;
    if (first !== undefined && first.length - this.#used >= count) return this.#takeOfFirst(first, count);
    const taken: Buffer[] = [];
    for (let left = count; left > 0; ) {
      const piece = this.takeSome(left);
      taken.push(piece);
      left -= piece.length;
    }
    return Buffer.concat(taken, count);
  }

  /** Where `needle` begins, counted from the next byte; -1 where it has not come. */
  indexOf(needle: Uint8Array): number {
    if (this.#needle !== needle) [this.#needle, this.#searched] = [needle, 0];
    // The needle may begin in what was searched already, and end in what came since.
    let from = Math.max(0, this.#searched - needle.length + 1);
    const pieces = [...this.#pieces];
    let start = -this.#used;
    for (const [index, piece] of pieces.entries()) {
      const end = start + piece.length;
      if (end > from) {
        // A needle across pieces: as many bytes of the next ones as it may reach into.
        const window = joined(pieces, index, piece.length + needle.length - 1);
        const at = window.indexOf(needle, from - start);
        if (at >= 0) return start + at;
        from = Math.max(from, end);
      }
      start = end;
    }
    this.#searched = this.#size;
    return -1;
  }

  clear(): void {
    this.#pieces.clear();
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
    }
    return taken;
  }
}

/** The piece at `index` with as much of those after it as makes `length` bytes, if there are so many. */
function joined(pieces: readonly Buffer[], index: number, length: number): Buffer {
  const first = pieces[index] as Buffer;
  if (index + 1 === pieces.length || first.length >= length) return first;
  const parts = [first];
  let size = first.length;
  for (let next = index + 1; next < pieces.length && size < length; next++) {
    const part = (pieces[next] as Buffer).subarray(0, length - size);
    parts.push(part);
    size += part.length;
  }
  return Buffer.concat(parts);
}
