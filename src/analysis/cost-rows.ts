/**
 * Counters of conversations: rows of 31-bit words in blocks, 152 bytes a row, because a capture may hold a million
 * conversations. What passes 2^31 is carried into a map, which nearly always stays empty. (Integers of 32 bits with a sign are
 * what the engine adds fastest.)
 */
import { COST } from './cost-layers.ts';
/** Words of a row. The first nine are bytes by layer; what is written for every frame stands together, in few cache lines. */
export const WORD = {
  newPayload: 9,
  /** Frames that are counted here instead of by layer (see PLAIN), and those of them with one new message. */
  plainFrames: 10,
  plainCarriers: 11,
  /** Bytes and frames by cause: two words each, nine times. */
  causes: 12,
  messages: 30,
  /** Frames with new payload, and the smallest headers that each of them needs. */
  carriers: 31,
  headers: 32,
  /** What is in no capture: see `UncapturedCost`. */
  missingPadding: 33,
  /** Frames of other link types than Ethernet, and the bytes of their link headers and padding. */
  foreignFrames: 34,
  foreignLink: 35,
  /** Frames that never were on a cable, those of other link types included. */
  hypotheticalFrames: 36,
  oversizedFrames: 37,
} as const;

export const ROW_WORDS = 38;

/** Headers of a plain frame: Ethernet, IPv4 without options, and a transport header that a table of rows knows. */
export const PLAIN = { link: 14, network: 20 } as const;

/** TCP's header without options. */
export const TCP_BYTES = 20;

/** Word of a cause's bytes. */
export function causeBytes(cause: number): number {
  return WORD.causes + 2 * cause;
}

/** Word of a cause's frames. */
export function causeFrames(cause: number): number {
  return WORD.causes + 2 * cause + 1;
}

const BLOCK_BITS = 8;
const BLOCK_ROWS: number = 1 << BLOCK_BITS;
/** Words end below this. */
export const WRAP = 0x8000_0000;

/** Memory for the first rows that somebody else adds to, too. */
export interface CostMemory {
  readonly rows: Int32Array;
  /** Words (`row * ROW_WORDS + word`) that passed WRAP there, once for each time, and how many: one word. */
  readonly carries: Int32Array;
  readonly carryCount: Int32Array;
}

export class CostRows {
  readonly #blocks: Int32Array[] = [];
  readonly #carries = new Map<number, number>();
  readonly #plainTransport: number;
  readonly #memory: CostMemory | undefined;

  /** @param plainTransport bytes of a plain frame's transport header, its options left out */
  constructor(plainTransport: number, memory?: CostMemory) {
    this.#plainTransport = plainTransport;
    this.#memory = memory;
  }

  /** The words of a row's block; the row starts at `offsetOf(row)`. */
  blockOf(row: number): Int32Array {
    const index = row >>> BLOCK_BITS;
    return this.#blocks[index] ?? this.#open(index);
  }

  offsetOf(row: number): number {
    return (row & (BLOCK_ROWS - 1)) * ROW_WORDS;
  }

  /** Adds to a word; `count` may be negative, where no less is there. */
  add(row: number, word: number, count: number): void {
    const words = this.blockOf(row);
    const at = this.offsetOf(row) + word;
    const sum = (words[at] as number) + count;
    if (sum >= 0 && sum < WRAP) words[at] = sum;
    else this.carry(row, word, sum);
  }

  /** Writes a sum that a word cannot hold: its lowest 31 bits, and the rest elsewhere. */
  carry(row: number, word: number, sum: number): void {
    const key = row * ROW_WORDS + word;
    const carried = Math.floor(sum / WRAP);
    this.#carries.set(key, (this.#carries.get(key) ?? 0) + carried);
    this.blockOf(row)[this.offsetOf(row) + word] = sum - carried * WRAP;
  }

  /** Adds a row to `sums`, which has ROW_WORDS numbers. */
  addTo(sums: Float64Array, row: number): void {
    this.#sum(sums, row, row + 1);
  }

  /** Adds all rows to `sums`. */
  addAllTo(sums: Float64Array): void {
    this.#sum(sums, 0, this.#blocks.length * BLOCK_ROWS);
  }

  /** Adds the rows from `first` on, up to `end`. */
  #sum(sums: Float64Array, first: number, end: number): void {
    for (let row = first; row < end; row++) {
      const block = this.#blocks[row >>> BLOCK_BITS];
      if (block === undefined) break;
      const offset = this.offsetOf(row);
      for (let word = 0; word < ROW_WORDS; word++) sums[word]! += block[offset + word]!;
    }
    this.#takeCarries();
    for (const [key, carried] of this.#carries) {
      const row = Math.floor(key / ROW_WORDS);
      if (row >= first && row < end) sums[key % ROW_WORDS]! += carried * WRAP;
    }
    this.#addPlain(sums);
  }

  /** Turns plain frames into what they stand for. */
  #addPlain(sums: Float64Array): void {
    const transport = this.#plainTransport;
    const [frames, carriers] = [sums[WORD.plainFrames] as number, sums[WORD.plainCarriers] as number];
    sums[WORD.plainFrames] = 0;
    sums[WORD.plainCarriers] = 0;
    const add = (word: number, count: number): void => {
      sums[word] = (sums[word] as number) + count;
    };
    add(COST.link, PLAIN.link * frames);
    add(COST.network, PLAIN.network * frames);
    add(COST.transport, transport * frames);
    add(WORD.messages, carriers);
    add(WORD.carriers, carriers);
    add(WORD.headers, (PLAIN.link + PLAIN.network + transport) * carriers);
  }

  /** Carries of who else adds to the rows. */
  #takeCarries(): void {
    const { carries, carryCount } = this.#memory ?? {};
    if (carries === undefined || carryCount === undefined) return;
    for (const key of carries.subarray(0, carryCount[0]))
      this.#carries.set(key, (this.#carries.get(key) ?? 0) + 1);
    carryCount[0] = 0;
  }

  #open(index: number): Int32Array {
    const words = BLOCK_ROWS * ROW_WORDS;
    for (let next = this.#blocks.length; next <= index; next++) {
      const shared = this.#memory?.rows.subarray(words * next, words * (next + 1));
      this.#blocks.push(shared?.length === words ? shared : new Int32Array(words));
    }
    return this.#blocks[index] as Int32Array;
  }
}
