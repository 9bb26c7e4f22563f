/**
 * Recomputes lost packets from repair symbols (docs/RELIABLE-UDP.md section 7).
 *
 * Each symbol is a linear equation over the protected parts of some packets. What is known of those is subtracted;
 * the rest is kept as a row, and all rows together in *reduced echelon form*: the oldest unknown packet of each row
 * has the coefficient 1 there and 0 in every other row. So a row with one unknown left is that packet; and an
 * unknown that becomes too old takes exactly one row with it, without loss for the others.
 *
 * Symbols of equal lengths become rows with a length too: its coefficient is the sum of all. Nothing here trusts the
 * peer: what contradicts itself is dropped and counted, and one call costs at most some 80 passes over one row.
 */
import { coefficient, multiply } from './gf256.ts';
import { SOURCE_LENGTH_BYTES, USUAL_DATAGRAM_BYTES } from './layout.ts';
import { PartRing } from './part-ring.ts';
import {
  addRow,
  clearRow,
  isSolved,
  isZero,
  MASK,
  newRow,
  normalise,
  PART_AT,
  partEnd,
  type Row,
  SOURCES,
} from './repair-row.ts';

/** Rows that are kept: to need more, a path would have to lose more than half of the last 64 packets. */
const MOST_ROWS = 32;

/** A packet that did not come, but is known now. */
export interface RecomputedPart {
  readonly number: number;
  /** Its protected part: the caller's own copy. */
  readonly bytes: Uint8Array;
}

/** What became of equations and rows, in so many cases. */
export interface RepairCounters {
  /** Packets recomputed. */
  recomputed: number;
  /** All packets of the equation were known. */
  unneeded: number;
  /** It said nothing that others had not said. */
  redundant: number;
  /** It covers packets that are not kept any more, or a row's packets became so. */
  late: number;
  /** Longer than a packet can be, or too short for a length. */
  unusable: number;
  /** It contradicts what came. */
  inconsistent: number;
  /** There were too many; the oldest went. */
  crowded: number;
}

/** After each `received` and `equation` the owner takes what `next` gives, until it gives undefined. */
export class RepairDecoder {
  readonly counters: RepairCounters = {
    recomputed: 0,
    unneeded: 0,
    redundant: 0,
    late: 0,
    unusable: 0,
    inconsistent: 0,
    crowded: 0,
  };
  readonly #longestPart: number;
  readonly #parts = new PartRing(SOURCES);
  /** The first `#count` are in use; the others wait with their buffers. */
  readonly #rows: Row[] = [];
  #count = 0;
  /** The largest number that came or carried a symbol. */
  #newest = -1;

  /** @param longestPart bytes of the longest protected part that is kept, at most 65,535: it bounds memory and work. */
  constructor(longestPart: number = USUAL_DATAGRAM_BYTES) {
    this.#longestPart = longestPart;
  }

  /** Equations that wait for more. */
  get waiting(): number {
    return this.#count;
  }

  /** A numbered packet came, perhaps late. One that came twice, or is too old, changes nothing. */
  received(number: number, protectedPart: Uint8Array): void {
    this.#advance(number);
    if (this.#isTooOld(number) || protectedPart.length > this.#longestPart || this.#parts.has(number)) return;
    this.#parts.put(number, protectedPart, 0, protectedPart.length);
    if (this.#count > 0) this.#substitute(number);
  }

  /**
   * A packet carried a repair symbol; its own protected part is told by {@link received}.
   *
   * @param window packets before it that are covered, 1 to 16; those below number 0 do not count.
   * @param equalLengths all of them are as long as the symbol, and their lengths are not in it.
   */
  equation(packetNumber: number, window: number, equalLengths: boolean, symbol: Uint8Array): void {
    this.#advance(packetNumber);
    const first = Math.max(0, packetNumber - window);
    if (this.#isTooOld(first)) {
      this.counters.late++;
      return;
    }
    const length = equalLengths ? symbol.length : symbol.length - SOURCE_LENGTH_BYTES;
    if (length < 0 || length > this.#longestPart) {
      this.counters.unusable++;
      return;
    }
    let unknown = 0;
    for (let number = first; number < packetNumber; number++) {
      if (!this.#parts.has(number)) unknown++;
      else if (!fits(this.#parts.lengthOf(number), length, equalLengths)) {
        this.counters.inconsistent++;
        return;
      }
    }
    if (unknown === 0) this.counters.unneeded++;
    else this.#take(this.#rowOf(packetNumber, first, length, equalLengths, symbol));
  }

  /** The next packet that is known now without having come; undefined where there is none. */
  next(): RecomputedPart | undefined {
    for (let index = this.#count - 1; index >= 0; index--) {
      const row = this.#rows[index] as Row;
      if (!isSolved(row)) continue;
      this.#remove(index);
      const end = partEnd(row);
      if (end < 0) {
        this.counters.inconsistent++;
        continue;
      }
      this.counters.recomputed++;
      this.#parts.put(row.pivot, row.bytes, PART_AT, end);
      return { number: row.pivot, bytes: row.bytes.slice(PART_AT, end) };
    }
    return undefined;
  }

  #isTooOld(number: number): boolean {
    return number <= this.#newest - SOURCES;
  }

  /** Makes room for a new number: rows with an unknown that is too old cannot be solved any more. */
  #advance(number: number): void {
    if (number <= this.#newest) return;
    this.#newest = number;
    for (let index = this.#count - 1; index >= 0; index--) {
      if (!this.#isTooOld((this.#rows[index] as Row).pivot)) continue;
      this.#remove(index);
      this.counters.late++;
    }
  }

  /** An equation as a row behind those in use, less the packets that are known. */
  #rowOf(
    packetNumber: number,
    first: number,
    length: number,
    equalLengths: boolean,
    symbol: Uint8Array,
  ): Row {
    const row = this.#spareRow();
    clearRow(row, PART_AT + length);
    row.bytes.set(symbol, equalLengths ? PART_AT : SOURCES);
    let sum = 0;
    for (let number = first; number < packetNumber; number++) {
      const factor = coefficient(packetNumber, number);
      sum ^= factor;
      if (this.#parts.has(number)) this.#parts.addPrefixedTo(row.bytes, SOURCES, number, factor);
      else row.bytes[number & MASK] = factor;
    }
    if (equalLengths) {
      (row.bytes[SOURCES] as number) ^= multiply(sum, length >> 8);
      (row.bytes[SOURCES + 1] as number) ^= multiply(sum, length & 0xff);
    }
    return row;
  }

  #spareRow(): Row {
    const row = this.#rows[this.#count];
    if (row !== undefined) return row;
    const made = newRow();
    this.#rows.push(made);
    return made;
  }

  /** Reduces the row behind those in use by them, and takes it among them where it says something new. */
  #take(row: Row): void {
    for (let index = 0; index < this.#count; index++) {
      const other = this.#rows[index] as Row;
      addRow(row, other, row.bytes[other.pivot & MASK] as number);
    }
    if (!this.#isLeading(row)) return;
    this.#clearColumn(row);
    this.#count++;
    if (this.#count > MOST_ROWS) this.#removeOldest();
  }

  /** A number of which rows may not know yet is known. */
  #substitute(number: number): void {
    const length = this.#parts.lengthOf(number);
    let orphan: Row | undefined;
    for (let index = this.#count - 1; index >= 0; index--) {
      const row = this.#rows[index] as Row;
      const factor = row.bytes[number & MASK] as number;
      if (factor === 0) continue;
      if (PART_AT + length > row.end) {
        this.#remove(index);
        this.counters.inconsistent++;
        continue;
      }
      row.bytes[number & MASK] = 0;
      this.#parts.addPrefixedTo(row.bytes, SOURCES, number, factor);
      if (row.pivot === number) orphan = row;
    }
    if (orphan === undefined) return;
    if (this.#isLeading(orphan)) this.#clearColumn(orphan);
    else this.#remove(this.#rows.indexOf(orphan));
  }

  /** Makes the oldest unknown the row's pivot; false where there is none, which is counted. */
  #isLeading(row: Row): boolean {
    const oldest = Math.max(0, this.#newest - SOURCES + 1);
    for (let number = oldest; number <= this.#newest; number++) {
      if (row.bytes[number & MASK] === 0) continue;
      normalise(row, number);
      return true;
    }
    if (isZero(row.bytes, SOURCES, row.end)) this.counters.redundant++;
    else this.counters.inconsistent++;
    return false;
  }

  /** Takes the row's pivot out of all others. None of them has it for a pivot, so theirs stay. */
  #clearColumn(row: Row): void {
    const column = row.pivot & MASK;
    for (let index = 0; index < this.#count; index++) {
      const other = this.#rows[index] as Row;
      if (other !== row) addRow(other, row, other.bytes[column] as number);
    }
  }

  #removeOldest(): void {
    let oldest = 0;
    for (let index = 1; index < this.#count; index++) {
      if ((this.#rows[index] as Row).pivot < (this.#rows[oldest] as Row).pivot) oldest = index;
    }
    this.#remove(oldest);
    this.counters.crowded++;
  }

  /** The last row in use takes its place; its buffer waits for the next. */
  #remove(index: number): void {
    this.#count--;
    const removed = this.#rows[index] as Row;
    this.#rows[index] = this.#rows[this.#count] as Row;
    this.#rows[this.#count] = removed;
  }
}

/** True where a part can be one of a symbol's, whose longest has `length` bytes. */
function fits(part: number, length: number, equalLengths: boolean): boolean {
  return equalLengths ? part === length : part <= length;
}
