/**
 * What the TCP analysis remembers of a conversation: a record of 32-bit words for each, in blocks of 256 records, so that a
 * million conversations are neither a million objects nor one array that has to be copied as it grows. 240 bytes each.
 *
 * Names as in Wireshark's analysis, whose rules they serve; "next", "most acknowledgeable" and "last ACK" are 0 where not known.
 */

/** Words of one direction's half record. Sequence numbers are kept as signed 32-bit numbers. */
export const SIDE = {
  /** Bits of SIDE_MARK. */
  marks: 0,
  /** The initial sequence number, or one less than the first that was seen. */
  base: 1,
  /** Highest end of a segment, the frame that has it, and its nanoseconds. */
  next: 2,
  nextFrame: 3,
  nextNs: 4,
  /** Highest end without a gap before it: up to there the peer can acknowledge. */
  maxAck: 5,
  /** Acknowledgment number of the last segment, and its nanoseconds. */
  lastAck: 6,
  lastAckNs: 7,
  /** Raw window of the last segment; −1 before the first. */
  window: 8,
  /** Shift of the window, or SCALE.unknown or SCALE.none. */
  scale: 9,
  /** Duplicate ACKs in a row; −1 after Wireshark 4.0 was shown an ACK of unseen data. */
  duplicates: 10,
  /** Frame of the last segment that moved the acknowledgment number. */
  ackMovedFrame: 11,
  /** Events of the last segment. */
  lastEvents: 12,
  /** SACK blocks of the last segment, and the place of their edges (SackBlocks). */
  sackCount: 13,
  sackPlace: 14,
  /** Segments that are not acknowledged yet (Unacknowledged): both ends of both lists, how many, the highest end, and the length of the longest one. */
  lowest: 15,
  highest: 16,
  oldest: 17,
  newest: 18,
  unackedCount: 19,
  unackedEnd: 20,
  unackedLongest: 21,
  /** Two seconds as doubles follow: of `next`, and of `lastAck`. */
} as const;

export const SIDE_MARK = {
  baseKnown: 1,
  /** Bytes in flight are believed. */
  flightKnown: 2,
  /** The last segment was this side's SYN: the window that it says is not scaled. */
  justSyn: 4,
  /** The segment that raised `next` carried no data. */
  nextWithoutData: 8,
  /** What is not acknowledged is too far apart to be put in order. */
  isScattered: 16,
} as const;

export const SCALE = { unknown: -1, none: -2 } as const;

/** Words of a side, its two doubles included. */
export const SIDE_WORDS = 26;
/** Indexes into the doubles of a side. */
export const SIDE_SECONDS = { next: 11, lastAck: 12 } as const;

/** Words of a conversation after its two sides of SIDE_WORDS; two doubles follow. */
export const SHARED = {
  /** When the last SYN without ACK came: nanoseconds. */
  synNs: 52,
  /** Bits of SHARED_MARK. */
  marks: 53,
  /** Bits of COMPLETENESS. */
  completeness: 54,
  /** Nanoseconds of the handshake's round trip; together with its seconds 0: not known. */
  initialRttNs: 55,
} as const;

export const SHARED_MARK = {
  /** A segment was seen. */
  begun: 1,
  /** The time of a SYN without ACK is known. */
  synTimed: 2,
  /** Ordinary segments change nothing that belongs to the conversation as a whole. */
  settled: 4,
} as const;

/** Indexes into the doubles of a conversation. */
export const SHARED_DOUBLES = { synSeconds: 28, initialRttSeconds: 29 } as const;

export const RECORD_WORDS = 60;

const BLOCK_BITS = 8;
const BLOCK_RECORDS = 1 << BLOCK_BITS;

/** 256 records; `words` and `doubles` are views of the same bytes. */
export interface StateBlock {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
}

export class TcpStates {
  readonly #blocks: StateBlock[] = [];
  readonly #fresh: Int32Array;
  readonly #memory: Int32Array;

  /**
   * @param flightKnown whether bytes in flight are believed before anything was acknowledged
   * @param memory for the records of the first conversations, one after the other, where somebody else needs them, too
   */
  constructor(flightKnown: boolean, memory: Int32Array = new Int32Array(0)) {
    this.#memory = memory;
    this.#fresh = new Int32Array(RECORD_WORDS * BLOCK_RECORDS);
    for (let at = 0; at < this.#fresh.length; at += RECORD_WORDS) {
      for (const side of [at, at + SIDE_WORDS]) {
        this.#fresh[side + SIDE.marks] = flightKnown ? SIDE_MARK.flightKnown : 0;
        this.#fresh[side + SIDE.window] = -1;
        this.#fresh[side + SIDE.scale] = SCALE.unknown;
      }
    }
  }

  /** The block that holds a conversation's record, from `recordOffset(conversation)` on. */
  blockOf(conversation: number): StateBlock {
    const index = conversation >>> BLOCK_BITS;
    return this.#blocks[index] ?? this.#open(index);
  }

  #open(index: number): StateBlock {
    while (this.#blocks.length <= index) {
      const first = this.#blocks.length * this.#fresh.length;
      const shared = this.#memory.subarray(first, first + this.#fresh.length);
      const words = shared.length === this.#fresh.length ? shared : new Int32Array(this.#fresh.length);
      words.set(this.#fresh);
      this.#blocks.push({
        words,
        doubles: new Float64Array(words.buffer, words.byteOffset, words.length >>> 1),
      });
    }
    return this.#blocks[index] as StateBlock;
  }
}

/** Where in its block's words a conversation's record starts; an even number. */
export function recordOffset(conversation: number): number {
  return (conversation & (BLOCK_RECORDS - 1)) * RECORD_WORDS;
}
