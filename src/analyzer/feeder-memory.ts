/**
 * The memory that the two threads share while a large capture is read: pieces of the file, tables of records, and the words by
 * which they wait for each other. A slot holds a piece and its table; the reading thread fills slots in turn, the other empties
 * them.
 */
import { recordNumbers } from '../analysis/row-feeder.ts';

/** Of the file, read at once; as without a second thread, small enough to stay in a processor's cache. */
export const PIECE_BYTES: number = 256 * 1_024;
/** Enough that neither thread waits while the other is at work. */
const SLOTS = 8;
/**
 * The reading thread, which is the faster one, is woken when so many more are empty: to wake a thread may cost as much as to analyse
 * a piece, above all where other programs are busy, too.
 */
const WAKE_SLOTS: number = SLOTS / 2;
/** Of a slot's table of records; only what is used of it takes memory. */
const NUMBERS: number = recordNumbers(PIECE_BYTES);

/** Words of `control`; a word for each slot follows: the rows there are after it. */
export const CONTROL = {
  /** Slots filled so far; what the analysing thread waits for. */
  filled: 0,
  /** Slots emptied so far; what the reading thread waits for. */
  emptied: 1,
  /** 1: nothing more is wanted. */
  stopped: 2,
  /** How many slots are filled in all, once that is known. */
  last: 3,
} as const;
const CONTROL_WORDS = 4;

/** What crosses to the reading thread. */
export interface FeederBuffers {
  readonly control: SharedArrayBuffer;
  readonly pieces: SharedArrayBuffer;
  readonly records: SharedArrayBuffer;
}

export class FeederMemory {
  readonly control: Int32Array;
  readonly buffers: FeederBuffers;

  constructor(
    buffers: FeederBuffers = {
      control: new SharedArrayBuffer((CONTROL_WORDS + SLOTS) * Int32Array.BYTES_PER_ELEMENT),
      pieces: new SharedArrayBuffer(SLOTS * PIECE_BYTES),
      records: new SharedArrayBuffer(SLOTS * NUMBERS * Float64Array.BYTES_PER_ELEMENT),
    },
  ) {
    this.buffers = buffers;
    this.control = new Int32Array(buffers.control);
  }

  get slots(): number {
    return SLOTS;
  }

  /** @param turn from 0 on: slots are used again */
  piece(turn: number): Uint8Array {
    return new Uint8Array(this.buffers.pieces, (turn % SLOTS) * PIECE_BYTES, PIECE_BYTES);
  }

  records(turn: number): Float64Array {
    const at = (turn % SLOTS) * NUMBERS * Float64Array.BYTES_PER_ELEMENT;
    return new Float64Array(this.buffers.records, at, NUMBERS);
  }

  /** Rows that there are after the slot of a turn. */
  rowsAfter(turn: number): number {
    return this.control[CONTROL_WORDS + (turn % SLOTS)] as number;
  }

  /** Says that the slot of a turn is filled. */
  fill(turn: number, rows: number): void {
    this.control[CONTROL_WORDS + (turn % SLOTS)] = rows;
    Atomics.store(this.control, CONTROL.filled, turn + 1);
    Atomics.notify(this.control, CONTROL.filled);
  }

  /** Says that the slot of a turn is empty. */
  empty(turn: number): void {
    Atomics.store(this.control, CONTROL.emptied, turn + 1);
    if ((turn + 1) % WAKE_SLOTS === 0) Atomics.notify(this.control, CONTROL.emptied);
  }

  stop(): void {
    Atomics.store(this.control, CONTROL.stopped, 1);
    Atomics.notify(this.control, CONTROL.emptied);
  }

  get isStopped(): boolean {
    return Atomics.load(this.control, CONTROL.stopped) === 1;
  }
}
