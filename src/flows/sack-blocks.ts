/**
 * The SACK blocks that a direction's last segment carried: a place of four blocks for each direction that ever sent some.
 */
import { MOST_SACK_BLOCKS } from '../wire/tcp-header.ts';
import { doubled } from './address-book.ts';
import { SIDE } from './tcp-state.ts';

const WORDS = 2 * MOST_SACK_BLOCKS;
const FIRST_PLACES = 16;

export class SackBlocks {
  /** Left and right edges in turn. Place 0 is nobody's. */
  #edges = new Int32Array(WORDS * FIRST_PLACES);
  #places = 1;

  /** Keeps the first `count` pairs of `edges`, `base` subtracted from each edge. */
  keep(words: Int32Array, side: number, edges: Uint32Array, count: number, base: number): void {
    let place = words[side + SIDE.sackPlace]!;
    if (place === 0) {
      place = this.#places++;
      words[side + SIDE.sackPlace] = place;
      if (WORDS * this.#places > this.#edges.length) this.#edges = doubled(this.#edges);
    }
    for (let index = 0; index < 2 * count; index++) this.#edges[WORDS * place + index] = edges[index]! - base;
    words[side + SIDE.sackCount] = count;
  }

  /** Bytes within the blocks, modulo 2^32. */
  covered(words: Int32Array, side: number): number {
    const first = WORDS * words[side + SIDE.sackPlace]!;
    let bytes = 0;
    for (let at = first; at < first + 2 * words[side + SIDE.sackCount]!; at += 2) {
      bytes = (bytes + this.#edges[at + 1]! - this.#edges[at]!) | 0;
    }
    return bytes;
  }

  /** Whether one block holds all from `start` up to `end`; compared as plain numbers, as Wireshark does. */
  covers(words: Int32Array, side: number, start: number, end: number): boolean {
    const first = WORDS * words[side + SIDE.sackPlace]!;
    for (let at = first; at < first + 2 * words[side + SIDE.sackCount]!; at += 2) {
      if (start >>> 0 >= this.#edges[at]! >>> 0 && end >>> 0 <= this.#edges[at + 1]! >>> 0) return true;
    }
    return false;
  }
}
