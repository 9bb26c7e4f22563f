/**
 * When each of many things wants to be woken: a binary heap in which a thing's time can change.
 */

interface Entry<T> {
  readonly item: T;
  atUs: number;
  index: number;
}

export class Deadlines<T> {
  readonly #heap: Entry<T>[] = [];
  readonly #entries = new Map<T, Entry<T>>();

  /** The earliest; undefined where nothing waits. */
  get firstUs(): number | undefined {
    return this.#heap[0]?.atUs;
  }

  /** Sets when an item is due; undefined: it is not. */
  set(item: T, atUs: number | undefined): void {
    const entry = this.#entries.get(item);
    if (atUs === undefined) {
      if (entry !== undefined) this.#remove(entry);
    } else if (entry === undefined) {
      const added: Entry<T> = { item, atUs, index: this.#heap.length };
      this.#heap.push(added);
      this.#entries.set(item, added);
      this.#up(added);
    } else if (entry.atUs !== atUs) {
      entry.atUs = atUs;
      this.#up(entry);
      this.#down(entry);
    }
  }

  /** Takes an item that is due; undefined where none is. */
  takeDue(nowUs: number): T | undefined {
    const first = this.#heap[0];
    if (first === undefined || first.atUs > nowUs) return undefined;
    this.#remove(first);
    return first.item;
  }

  #remove(entry: Entry<T>): void {
    this.#entries.delete(entry.item);
    const last = this.#heap.pop() as Entry<T>;
    if (last === entry) return;
    this.#place(last, entry.index);
    this.#up(last);
    this.#down(last);
  }

  #up(entry: Entry<T>): void {
    while (entry.index > 0) {
      const parent = this.#heap[(entry.index - 1) >> 1] as Entry<T>;
      if (parent.atUs <= entry.atUs) return;
      const { index } = entry;
      this.#place(entry, parent.index);
      this.#place(parent, index);
    }
  }

  #down(entry: Entry<T>): void {
    for (;;) {
      const left = this.#heap[2 * entry.index + 1];
      const right = this.#heap[2 * entry.index + 2];
      const child = right !== undefined && left !== undefined && right.atUs < left.atUs ? right : left;
      if (child === undefined || child.atUs >= entry.atUs) return;
      const { index } = entry;
      this.#place(entry, child.index);
      this.#place(child, index);
    }
  }

  #place(entry: Entry<T>, index: number): void {
    this.#heap[index] = entry;
    entry.index = index;
  }
}
