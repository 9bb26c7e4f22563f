/** Rows of which more is kept than the columns hold, in rising order: row → index into whatever keeps it. */

const FIRST_ROOM = 64;

export class RowIndex {
  #rows: Int32Array;
  /** One word. */
  readonly #count: Int32Array;

  /** @param rows and `count`: memory that somebody else uses, too; there must be room for all rows then */
  constructor(rows: Int32Array = new Int32Array(FIRST_ROOM), count: Int32Array = new Int32Array(1)) {
    this.#rows = rows;
    this.#count = count;
  }

  get count(): number {
    return this.#count[0]!;
  }

  /** Adds a row, which is greater than all before; gives its index. */
  add(row: number): number {
    const { count } = this;
    if (count === this.#rows.length) {
      const more = new Int32Array(2 * count);
      more.set(this.#rows);
      this.#rows = more;
    }
    this.#rows[count] = row;
    this.#count[0] = count + 1;
    return count;
  }

  rowAt(index: number): number {
    return this.#rows[index] as number;
  }

  /** −1: it is not there. */
  indexOf(row: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#rows[middle]! < row) low = middle + 1;
      else high = middle;
    }
    return low < this.count && this.#rows[low] === row ? low : -1;
  }
}
