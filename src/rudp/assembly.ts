/**
 * A message that comes in fragments: in any order, overlapping or not. Where bytes come twice, the later ones stay.
 */

/**
 * Pieces with gaps between them, beyond which no honest sender comes: fragments of at least 256 bytes make 4,096 of
 * 1 MiB, and where they are in pieces every second one is missing.
 */
const MOST_PIECES = 2_048;

export class Assembly {
  readonly bytes: Uint8Array;
  /** The pieces that came: sorted, neither overlapping nor touching. */
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  /** @param total bytes of the message. */
  constructor(total: number) {
    this.bytes = new Uint8Array(total);
  }

  get total(): number {
    return this.bytes.length;
  }

  get isComplete(): boolean {
    return this.#starts[0] === 0 && this.#ends[0] === this.total;
  }

  /** Adds bytes that begin at `offset` and end within the message. False where the pieces have become too many. */
  add(offset: number, data: Uint8Array): boolean {
    this.bytes.set(data, offset);
    this.#mark(offset, offset + data.length);
    return this.#starts.length <= MOST_PIECES;
  }

  #mark(from: number, to: number): void {
    const starts = this.#starts;
    const ends = this.#ends;
    const last = ends.length - 1;
    // As nearly all come: each continues the one before.
    if (ends[last] === from) {
      ends[last] = to;
      return;
    }
    let end = ends.length;
    while (end > 0 && (starts[end - 1] as number) > to) end--;
    let first = end;
    while (first > 0 && (ends[first - 1] as number) >= from) first--;
    // The pieces `first` to `end` overlap or touch this one.
    const start = first === end ? from : Math.min(from, starts[first] as number);
    const stop = first === end ? to : Math.max(to, ends[end - 1] as number);
    starts.splice(first, end - first, start);
    ends.splice(first, end - first, stop);
  }
}
