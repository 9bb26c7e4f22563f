/**
 * Segments that were seen and not acknowledged yet, per direction: linked lists in one pool of typed arrays, 40 bytes a segment.
 *
 * A segment is in two lists: by age, for rules that ask for the oldest, and by sequence number, so that an ACK takes from the front
 * and stops. A segment that comes late, or again, is put in its place from the nearer end. So a bulk transfer, also one with
 * losses and reordering, costs about constant time a segment, though thousands wait.
 *
 * Numbers further apart than a quarter of their space have no order that every comparison would confirm: a list that holds
 * such (damaged or forged) segments is **scattered**, and looked through as a whole until it is empty.
 */
import { doubled } from './address-book.ts';
import { SIDE, SIDE_MARK } from './tcp-state.ts';

/** Wireshark remembers no more for a direction, and so must who wants the same verdicts. */
export const MOST_UNACKNOWLEDGED = 10_000;

/** Segments in order start and end within so many bytes: comparisons hold up to 2^31, and an ACK may be off by as much. */
export const MOST_SPAN = 0x4000_0000;

/** Words of a segment, and the index of its seconds among doubles. Its neighbours are told by the index of their first word. */
export const SEGMENT_WORDS = 10;
export const SEGMENT = {
  sequence: 0,
  end: 1,
  frame: 2,
  ns: 3,
  higher: 4,
  lower: 5,
  newer: 6,
  older: 7,
  seconds: 4,
} as const;
const {
  sequence: SEQUENCE,
  end: END,
  frame: FRAME,
  ns: NS,
  higher: HIGHER,
  lower: LOWER,
  newer: NEWER,
  older: OLDER,
  seconds: SECONDS,
} = SEGMENT;
const WORDS = SEGMENT_WORDS;
const FIRST_SEGMENTS = 256;

/** Memory that somebody else uses, too. */
export interface SegmentMemory {
  readonly segments: Int32Array;
  /** One word each: a segment that was given back, 0: none; and where in the pool nobody was yet, at first SEGMENT_WORDS. */
  readonly free: Int32Array;
  readonly fresh: Int32Array;
  /** Is told when the segments need more room, and go elsewhere. */
  close(): void;
}

export class Unacknowledged {
  readonly #memory: SegmentMemory | undefined;
  /** Word 0 is nobody's: 0 means "none". */
  #words: Int32Array;
  #doubles: Float64Array;
  /** Where in the pool nobody was yet. */
  readonly #fresh: Int32Array;
  /** Given back, linked by HIGHER. */
  readonly #free: Int32Array;

  /** What the last `acknowledge` or `find…` found: the frame, 0 where nothing; and its time. */
  foundFrame = 0;
  foundSeconds = 0;
  foundNs = 0;

  constructor(memory?: SegmentMemory) {
    this.#memory = memory;
    this.#words = memory?.segments ?? new Int32Array(WORDS * FIRST_SEGMENTS);
    this.#doubles = doublesOf(this.#words);
    this.#fresh = memory?.fresh ?? new Int32Array(1);
    this.#free = memory?.free ?? new Int32Array(1);
    this.#fresh[0] = WORDS;
  }

  /** Remembers a segment; the direction must have room (MOST_UNACKNOWLEDGED). */
  append(
    state: Int32Array,
    side: number,
    sequence: number,
    end: number,
    frame: number,
    seconds: number,
    ns: number,
  ): void {
    const at = this.#free[0] === 0 ? this.#grow() : this.#reuse();
    const words = this.#words;
    words[at + SEQUENCE] = sequence;
    words[at + END] = end;
    words[at + FRAME] = frame;
    words[at + NS] = ns;
    this.#doubles[(at >> 1) + SECONDS] = seconds;
    const newest = state[side + SIDE.newest]!;
    words[at + OLDER] = newest;
    words[at + NEWER] = 0;
    state[side + SIDE.newest] = at;
    const count = state[side + SIDE.unackedCount]!;
    state[side + SIDE.unackedCount] = count + 1;
    const length = (end - sequence) | 0;
    if (count === 0) {
      state[side + SIDE.unackedLongest] = length;
      words[at + HIGHER] = 0;
      words[at + LOWER] = 0;
      state[side + SIDE.oldest] = at;
      state[side + SIDE.lowest] = at;
      state[side + SIDE.highest] = at;
      state[side + SIDE.unackedEnd] = end;
      state[side + SIDE.marks] = state[side + SIDE.marks]! & ~SIDE_MARK.isScattered;
      return;
    }
    words[newest + NEWER] = at;
    if (length > state[side + SIDE.unackedLongest]!) state[side + SIDE.unackedLongest] = length;
    const low = words[state[side + SIDE.lowest]! + SEQUENCE]!;
    const high = state[side + SIDE.unackedEnd]!;
    if (!isNear(sequence, low) || !isNear(end, low) || !isNear(sequence, high) || !isNear(end, high)) {
      state[side + SIDE.marks] = state[side + SIDE.marks]! | SIDE_MARK.isScattered;
    }
    if (((high - end) | 0) < 0) state[side + SIDE.unackedEnd] = end;
    const highest = state[side + SIDE.highest]!;
    if (((sequence - words[highest + SEQUENCE]!) | 0) >= 0 || isScattered(state, side)) {
      words[at + HIGHER] = 0;
      words[at + LOWER] = highest;
      words[highest + HIGHER] = at;
      state[side + SIDE.highest] = at;
    } else {
      this.#insert(state, side, at, sequence);
    }
  }

  /**
   * Takes an ACK: forgets what it covers, cuts what it covers in part. Of several segments that end there the oldest is found.
   * @param partial whether a segment of which only a part is acknowledged is found, too (Wireshark 4.4)
   */
  acknowledge(state: Int32Array, side: number, ack: number, partial: boolean): void {
    this.foundFrame = 0;
    const words = this.#words;
    // Where both ends of the list say so, nothing from the first segment on that starts after the ACK changes.
    const mayStop =
      !isScattered(state, side) &&
      ((ack - words[state[side + SIDE.highest]! + SEQUENCE]!) | 0) <= 0 &&
      ((ack - state[side + SIDE.unackedEnd]!) | 0) < 0;
    let at = state[side + SIDE.lowest]!;
    while (at !== 0) {
      const higher = words[at + HIGHER]!;
      const end = words[at + END]!;
      const sequence = words[at + SEQUENCE]!;
      if (end === ack) {
        this.#foundIfOlder(at);
        this.#remove(state, side, at);
      } else if (((sequence - ack) | 0) < 0 && ((ack - end) | 0) <= 0) {
        words[at + SEQUENCE] = ack;
        if (partial) this.#foundIfOlder(at);
      } else if (((ack - end) | 0) >= 0) {
        this.#remove(state, side, at);
      } else if (mayStop && ((sequence - ack) | 0) >= 0) {
        return;
      }
      at = higher;
    }
  }

  /** Highest end less lowest sequence number, both relative to `base`; 0 where nothing waits. */
  span(state: Int32Array, side: number, base: number): number {
    const lowest = state[side + SIDE.lowest]!;
    if (lowest === 0) return 0;
    if (!isScattered(state, side)) {
      const low = (this.#words[lowest + SEQUENCE]! - base) >>> 0;
      const high = (state[side + SIDE.unackedEnd]! - base) >>> 0;
      if (low <= high) return high - low;
    }
    return this.#spanOfAll(lowest, base);
  }

  /** Finds the oldest segment. */
  findOldest(state: Int32Array, side: number): void {
    this.#found(state[side + SIDE.oldest]!);
  }

  /** Finds the oldest segment that starts at or after `sequence`. */
  findOldestFrom(state: Int32Array, side: number, sequence: number): void {
    let at = state[side + SIDE.oldest]!;
    while (at !== 0 && ((sequence - this.#words[at + SEQUENCE]!) | 0) > 0) at = this.#words[at + NEWER]!;
    this.#found(at);
  }

  /** Whether one segment holds all from `sequence` up to `end`. */
  covers(state: Int32Array, side: number, sequence: number, end: number): boolean {
    const words = this.#words;
    const lowest = state[side + SIDE.lowest]!;
    if (lowest === 0) return false;
    let at = state[side + SIDE.highest]!;
    let most = Number.POSITIVE_INFINITY;
    if (!isScattered(state, side) && isNear(sequence, words[lowest + SEQUENCE]!)) {
      const higher = this.#firstAfter(state, side, sequence);
      if (higher !== 0) at = words[higher + LOWER]!;
      most = state[side + SIDE.unackedLongest]!;
    }
    for (; at !== 0; at = words[at + LOWER]!) {
      const start = words[at + SEQUENCE]!;
      if (((sequence - start) | 0) > most) return false;
      if (((start - sequence) | 0) <= 0 && ((end - words[at + END]!) | 0) <= 0) return true;
    }
    return false;
  }

  /**
   * How far can be acknowledged after an ACK of something that was not captured (Wireshark 4.4): the end of the stretch of
   * segments, each following the one before, that begins with the oldest one not covered, where that starts right at the
   * ACK; otherwise the ACK itself. The newest segment takes part, also where it is covered.
   */
  endOfStretch(state: Int32Array, side: number, ack: number): number {
    const words = this.#words;
    const newest = state[side + SIDE.newest]!;
    let at = state[side + SIDE.oldest]!;
    while (at !== 0 && ((ack - words[at + SEQUENCE]!) | 0) > 0) at = words[at + NEWER]!;
    if (at === 0 || words[at + SEQUENCE] !== ack) return ack;
    let high = words[at + END]!;
    for (at = words[at + NEWER]!; at !== 0; at = words[at + NEWER]!) {
      const sequence = words[at + SEQUENCE]!;
      if (at !== newest && ((ack - sequence) | 0) > 0) continue;
      if (sequence !== high) break;
      high = words[at + END]!;
    }
    return ((ack - high) | 0) < 0 ? high : ack;
  }

  /** Puts a segment before the first that starts after it; there is one. */
  #insert(state: Int32Array, side: number, at: number, sequence: number): void {
    const words = this.#words;
    const higher = this.#firstAfter(state, side, sequence);
    const lower = words[higher + LOWER]!;
    words[at + HIGHER] = higher;
    words[at + LOWER] = lower;
    words[higher + LOWER] = at;
    if (lower === 0) state[side + SIDE.lowest] = at;
    else words[lower + HIGHER] = at;
  }

  /** The lowest segment that starts after a number, looked for from the nearer end; 0: none does. */
  #firstAfter(state: Int32Array, side: number, sequence: number): number {
    const words = this.#words;
    const lowest = state[side + SIDE.lowest]!;
    const highest = state[side + SIDE.highest]!;
    const fromLowest = (sequence - words[lowest + SEQUENCE]!) | 0;
    const fromHighest = (words[highest + SEQUENCE]! - sequence) | 0;
    let at = 0;
    if (fromLowest < fromHighest) {
      at = lowest;
      while (at !== 0 && ((sequence - words[at + SEQUENCE]!) | 0) >= 0) at = words[at + HIGHER]!;
    } else {
      let lower = highest;
      while (lower !== 0 && ((sequence - words[lower + SEQUENCE]!) | 0) < 0) {
        at = lower;
        lower = words[lower + LOWER]!;
      }
    }
    return at;
  }

  /**
   * The highest end stays known, since an ACK that covers it covers all. Where one far off does not, nothing is known
   * any more.
   */
  #remove(state: Int32Array, side: number, at: number): void {
    const words = this.#words;
    if (words[at + END] === state[side + SIDE.unackedEnd]) {
      state[side + SIDE.marks] = state[side + SIDE.marks]! | SIDE_MARK.isScattered;
    }
    const higher = words[at + HIGHER]!;
    const lower = words[at + LOWER]!;
    if (lower === 0) state[side + SIDE.lowest] = higher;
    else words[lower + HIGHER] = higher;
    if (higher === 0) state[side + SIDE.highest] = lower;
    else words[higher + LOWER] = lower;
    const newer = words[at + NEWER]!;
    const older = words[at + OLDER]!;
    if (older === 0) state[side + SIDE.oldest] = newer;
    else words[older + NEWER] = newer;
    if (newer === 0) state[side + SIDE.newest] = older;
    else words[newer + OLDER] = older;
    words[at + HIGHER] = this.#free[0]!;
    this.#free[0] = at;
    state[side + SIDE.unackedCount] = state[side + SIDE.unackedCount]! - 1;
  }

  #spanOfAll(lowest: number, base: number): number {
    const words = this.#words;
    let low = 0xffff_ffff;
    let high = 0;
    for (let at = lowest; at !== 0; at = words[at + HIGHER]!) {
      low = Math.min(low, (words[at + SEQUENCE]! - base) >>> 0);
      high = Math.max(high, (words[at + END]! - base) >>> 0);
    }
    return (high - low) >>> 0;
  }

  #foundIfOlder(at: number): void {
    if (this.foundFrame === 0 || this.#words[at + FRAME]! < this.foundFrame) this.#found(at);
  }

  #found(at: number): void {
    this.foundFrame = at === 0 ? 0 : this.#words[at + FRAME]!;
    this.foundSeconds = this.#doubles[(at >> 1) + SECONDS]!;
    this.foundNs = this.#words[at + NS]!;
  }

  #reuse(): number {
    const at = this.#free[0]!;
    this.#free[0] = this.#words[at + HIGHER]!;
    return at;
  }

  #grow(): number {
    const at = this.#fresh[0]!;
    if (at === this.#words.length) {
      this.#memory?.close();
      this.#words = doubled(this.#words);
      this.#doubles = doublesOf(this.#words);
    }
    this.#fresh[0] = at + WORDS;
    return at;
  }
}

function doublesOf({ buffer, byteOffset, length }: Int32Array): Float64Array {
  return new Float64Array(buffer, byteOffset, length >>> 1);
}

function isScattered(state: Int32Array, side: number): boolean {
  return (state[side + SIDE.marks]! & SIDE_MARK.isScattered) !== 0;
}

function isNear(left: number, right: number): boolean {
  const apart = (left - right) | 0;
  return apart > -MOST_SPAN && apart < MOST_SPAN;
}
