/**
 * The last minute of one sensor: least and greatest raw value of each slot of 100 ms, in a ring.
 *
 * Slots have absolute numbers (microseconds since 1970, divided by `SLOT_US`), so a slot may be filled late: what a sender
 * kept while it was away closes its gap. A slot without readings stays empty, and is drawn as a gap.
 */
import { SLOT_US, SLOTS } from './limits.ts';

/** What became of one slot. */
export interface TracePoint {
  readonly slot: number;
  readonly low: number;
  readonly high: number;
}

/** The number of the slot that a time is in. */
export function slotOf(timeUs: number): number {
  return Math.floor(timeUs / SLOT_US);
}

/** A ring of slots. */
export class Trace {
  readonly #slots = new Float64Array(SLOTS).fill(-1);
  readonly #lows = new Float64Array(SLOTS);
  readonly #highs = new Float64Array(SLOTS);
  readonly #changed = new Uint8Array(SLOTS);

  /** Widens a slot to these values; one that the ring has passed already is left out. */
  add(slot: number, low: number, high: number): void {
    const at = slot % SLOTS;
    const held = this.#slots[at]!;
    if (held > slot) return;
    if (held < slot) {
      this.#slots[at] = slot;
      this.#lows[at] = low;
      this.#highs[at] = high;
    } else {
      if (low < this.#lows[at]!) this.#lows[at] = low;
      if (high > this.#highs[at]!) this.#highs[at] = high;
    }
    this.#changed[at] = 1;
  }

  /** Calls `each` with every slot that holds values and is at most a ring older than `newest`. */
  forEach(newest: number, each: (point: TracePoint) => void): void {
    for (let slot = Math.max(0, newest - SLOTS + 1); slot <= newest; slot++) this.#give(slot, each);
  }

  /** The same for those that changed since the last call. */
  takeChanges(newest: number, each: (point: TracePoint) => void): void {
    for (let slot = Math.max(0, newest - SLOTS + 1); slot <= newest; slot++) {
      if (this.#changed[slot % SLOTS] === 1) this.#give(slot, each);
    }
    this.#changed.fill(0);
  }

  #give(slot: number, each: (point: TracePoint) => void): void {
    const at = slot % SLOTS;
    if (this.#slots[at] === slot) each({ slot, low: this.#lows[at]!, high: this.#highs[at]! });
  }
}
