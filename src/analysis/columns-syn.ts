/** What SYN segments said in their options: four words for each, in the order of the capture. */
import type { Packet } from '../wire/packet.ts';
import { RowIndex } from './columns-rows.ts';

const WORDS = 4;
const FIRST_ROOM = 64;
const LEAST_HEADER = 20;
const END = 0;
const NO_OPERATION = 1;
/** Numbers of TCP's options (IANA): RFC 9293, 7323, 2018, 2385, 5482, 5925, 8684, 7413. */
export const OPTION_KIND = {
  mss: 2,
  windowScale: 3,
  sack: 4,
  timestamps: 8,
  md5: 19,
  userTimeout: 28,
  authentication: 29,
  multipath: 30,
  fastOpen: 34,
} as const;
/** Kinds from 0 to 62 have a bit; all others share the last. */
export const OTHER_KINDS = 63;

/** The options of one SYN. */
export interface SynOptions {
  /** −1: not there. */
  readonly mss: number;
  readonly windowScale: number;
  /** Whether there is an option of that kind, or, of OTHER_KINDS, any of those. */
  has(kind: number): boolean;
}

export class SynTable {
  readonly #rows = new RowIndex();
  #words = new Int32Array(WORDS * FIRST_ROOM);

  /** Rows come in rising order. */
  add(row: number, packet: Packet): void {
    const at = WORDS * this.#rows.add(row);
    if (at === this.#words.length) {
      const more = new Int32Array(2 * at);
      more.set(this.#words);
      this.#words = more;
    }
    const { tcp, transportBytes, transportEnd } = packet;
    this.#words[at] = tcp.mss;
    this.#words[at + 1] = tcp.windowScale;
    this.#keepKinds(transportBytes, tcp.start, Math.min(tcp.start + tcp.headerLength, transportEnd), at + 2);
  }

  /** Rows and what their SYNs said of the MSS; -1: nothing. */
  forEach(visit: (row: number, mss: number) => void): void {
    for (let index = 0; index < this.#rows.count; index++) {
      visit(this.#rows.rowAt(index), this.#words[WORDS * index]!);
    }
  }

  /** Of the SYN in that row. */
  optionsOf(row: number): SynOptions | undefined {
    const index = this.#rows.indexOf(row);
    if (index < 0) return undefined;
    const [mss, windowScale, low, high] = this.#words.subarray(WORDS * index) as unknown as [
      number,
      number,
      number,
      number,
    ];
    return { mss, windowScale, has: kind => (((kind < 32 ? low : high) >>> (kind & 31)) & 1) !== 0 };
  }

  /** Sets a bit for each kind in the header between `start` and `end`. */
  #keepKinds(bytes: Uint8Array, start: number, end: number, words: number): void {
    let at = start + LEAST_HEADER;
    while (at < end) {
      const kind = bytes[at] as number;
      if (kind === END) return;
      if (kind === NO_OPERATION) {
        at++;
        continue;
      }
      const length = at + 1 < end ? (bytes[at + 1] as number) : 0;
      if (length < 2 || at + length > end) return;
      const bit = Math.min(kind, OTHER_KINDS);
      const word = words + (bit >>> 5);
      this.#words[word] = this.#words[word]! | (1 << (bit & 31));
      at += length;
    }
  }
}
