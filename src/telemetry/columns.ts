/**
 * Columns that grow: readings are decoded into them one after the other, and taken out as one batch.
 */
import type { Batch } from '../readings/batch.ts';
import { isNumeric, type ReadingType } from '../readings/sensor-info.ts';

/** True for the types whose column is a Float64Array. */
export function hasNumbers(type: ReadingType): boolean {
  return isNumeric(type) || type === 'bool';
}

/** A batch under construction. `times` and `numbers` are longer than `length`; texts and byte arrays go to `objects`. */
export class GrowingColumns {
  times: Float64Array = new Float64Array(64);
  numbers: Float64Array = new Float64Array(64);
  texts: string[] = [];
  blobs: Uint8Array[] = [];
  length = 0;

  /** Makes room for `count` more readings and gives the place of the first. */
  extend(count: number): number {
    const at = this.length;
    this.length = at + count;
    if (this.length > this.times.length) {
      const size = Math.max(this.length, 2 * this.times.length);
      this.times = grown(this.times, size);
      this.numbers = grown(this.numbers, size);
    }
    return at;
  }

  /** Takes readings `from` to the end out as a batch of their own, and begins anew. */
  take(type: ReadingType, from = 0): Batch {
    const times = this.times.slice(from, this.length);
    const values = hasNumbers(type)
      ? this.numbers.slice(from, this.length)
      : (type === 'text' ? this.texts : this.blobs).slice(from);
    this.clear();
    return { times, values: values as Batch['values'] };
  }

  /** Forgets everything. */
  clear(): void {
    this.length = 0;
    if (this.texts.length > 0) this.texts = [];
    if (this.blobs.length > 0) this.blobs = [];
  }

  /** Forgets the readings from `length` on: a message that turned out malformed half-way. */
  truncate(length: number): void {
    this.length = length;
    if (this.texts.length > length) this.texts.length = length;
    if (this.blobs.length > length) this.blobs.length = length;
  }
}

function grown(column: Float64Array, size: number): Float64Array {
  const larger = new Float64Array(size);
  larger.set(column);
  return larger;
}
