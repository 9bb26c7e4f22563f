/** Rows of which more is kept than the columns hold, in rising order: row → index into whatever keeps it. */

const FIRST_ROOM = 64;

export class RowIndex {
  #rows = new Int32Array(FIRST_ROOM);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Adds a row, which is greater than all before; gives its index. */
  add(row: number): number {
    if (this.#count === this.#rows.length) {
      const more = new Int32Array(2 * this.#count);
      more.set(this.#rows);
      this.#rows = more;
    }
    this.#rows[this.#count] = row;
    return this.#count++;
  }

  rowAt(index: number): number {
    return this.#rows[index] as number;
  }

  /** −1: it is not there. */
  indexOf(row: number): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#rows[middle]! < row) low = middle + 1;
      else high = middle;
    }
    return low < this.#count && this.#rows[low] === row ? low : -1;
  }
}
