/**
 * Why the TCP analysis said something of a segment: the numbers of its verdict, kept for a limited number of segments, to be put
 * into words (`explainEvents`) when somebody asks.
 */
import { REASON_NUMBERS } from '../flows/tcp-verdict.ts';
import { RowIndex } from './columns-rows.ts';

/** Of one conversation: more than a screen or a page shows. */
export const MOST_REASONS = 512;
/** Of the capture: 10 MiB. */
export const MOST_REASONS_IN_ALL = 65_536;
const FIRST_ROOM = 64;

/** Memory that somebody else uses, too: room for all. */
export interface ReasonMemory {
  readonly rows: Int32Array;
  /** One word. */
  readonly count: Int32Array;
  readonly numbers: Float64Array;
}

export class ReasonTable {
  readonly #rows: RowIndex;
  #numbers: Float64Array;

  constructor(memory?: ReasonMemory) {
    this.#rows = new RowIndex(memory?.rows, memory?.count);
    this.#numbers = memory?.numbers ?? new Float64Array(REASON_NUMBERS * FIRST_ROOM);
  }

  /** Rows come in rising order. @returns false where there is no room for more */
  add(row: number, reason: Float64Array): boolean {
    if (this.#rows.count === MOST_REASONS_IN_ALL) return false;
    const at = REASON_NUMBERS * this.#rows.add(row);
    if (at === this.#numbers.length) {
      const more = new Float64Array(2 * at);
      more.set(this.#numbers);
      this.#numbers = more;
    }
    this.#numbers.set(reason, at);
    return true;
  }

  /** A view of the numbers of the segment in that row; undefined where they were not kept. */
  reasonOf(row: number): Float64Array | undefined {
    const index = this.#rows.indexOf(row);
    if (index < 0) return undefined;
    return this.#numbers.subarray(REASON_NUMBERS * index, REASON_NUMBERS * (index + 1));
  }
}
