/**
 * Which bytes of one direction's stream have been seen: what of a segment is new, and which gaps never were filled.
 * Positions count beyond 2^32, so that long streams do not begin again.
 */

/** What lies further ahead belongs to another connection with the same ports, or is forged: no window is larger. */
const MOST_GAP = 0x4000_0000;
/** Gaps that may be filled yet; the oldest are given up beyond. As many segments as a window of 1.4 MiB has. */
const MOST_HOLES = 1_024;

export class Coverage {
  /** Where what was seen ends; −1: nothing was. */
  #end = -1;
  /** Gaps before it, from and to in turn, in rising order. */
  readonly #holes: number[] = [];
  #lost = 0;
  #lostBytes = 0;

  /** Gaps that are still there, those given up included. */
  get gaps(): number {
    return this.#lost + this.#holes.length / 2;
  }

  get gapBytes(): number {
    let bytes = this.#lostBytes;
    for (let index = 0; index < this.#holes.length; index += 2) {
      bytes += this.#holes[index + 1]! - this.#holes[index]!;
    }
    return bytes;
  }

  /**
   * Takes a stretch of the stream; the first one says where that begins.
   * @param sequence relative, modulo 2^32
   * @returns how many of its bytes were not seen before
   */
  add(sequence: number, length: number): number {
    if (this.#end < 0) this.#end = sequence;
    const start = this.#end + ((sequence - (this.#end >>> 0)) | 0);
    const end = start + length;
    let fresh = length > 0 && this.#holes.length > 0 && start < this.#end ? this.#fill(start, end) : 0;
    if (start > this.#end && start - this.#end < MOST_GAP) this.#open(this.#end, start);
    if (end > this.#end) {
      fresh += end - Math.max(start, this.#end);
      this.#end = end;
    }
    return fresh;
  }

  #open(from: number, to: number): void {
    if (this.#holes.at(-1) === from) {
      this.#holes[this.#holes.length - 1] = to;
      return;
    }
    if (this.#holes.length === 2 * MOST_HOLES) {
      const [first, end] = this.#holes.splice(0, 2) as [number, number];
      this.#lost++;
      this.#lostBytes += end - first;
    }
    this.#holes.push(from, to);
  }

  /** Takes `start` to `end` out of the gaps; gives how much that was. */
  #fill(start: number, end: number): number {
    const holes = this.#holes;
    let filled = 0;
    for (let index = holes.length - 2; index >= 0 && holes[index + 1]! > start; index -= 2) {
      const from = holes[index]!;
      const to = holes[index + 1]!;
      if (from >= end) continue;
      const low = Math.max(from, start);
      const high = Math.min(to, end);
      filled += high - low;
      const rest = [...(from < low ? [from, low] : []), ...(high < to ? [high, to] : [])];
      holes.splice(index, 2, ...rest);
    }
    return filled;
  }
}
