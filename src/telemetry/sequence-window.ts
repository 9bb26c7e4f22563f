/**
 * Which reading numbers of a session have come: new ones, overtaken ones that fill a hole, repeated ones.
 *
 * In datagrams a bit for each of the last 65,536 numbers; what is older cannot be told any more and is refused as
 * stale. In a stream numbers only go up, so that there is nothing to remember: what is lower is a repetition.
 */
import type { Form } from './form.ts';
import { WINDOW_READINGS } from './limits.ts';

/** What a run of consecutive numbers turned out to be. */
export type Arrival = 'new' | 'overtaken' | 'repeated' | 'stale';

/** A run of `count` numbers from `number` on that arrived alike. */
export interface ArrivalRun {
  readonly arrival: Arrival;
  readonly number: number;
  readonly count: number;
}

/** The memory of what has arrived. */
export class SequenceWindow {
  #next: number;
  /** Below this nothing is known: it was so before the window began. */
  readonly #floor: number;
  #missing: number;
  /** One bit a number: 8 KiB a session. */
  readonly #seen: Uint8Array | undefined;

  /** @param next the first number expected. @param missing numbers below it that never came. */
  constructor(form: Form, next: number, missing: number) {
    this.#seen = form === 'datagram' ? new Uint8Array(WINDOW_READINGS / 8) : undefined;
    this.#next = next;
    this.#floor = next;
    this.#missing = missing;
  }

  /** One past the highest number that came. */
  get next(): number {
    return this.#next;
  }

  /** Numbers below `next` that have not come. */
  get missing(): number {
    return this.#missing;
  }

  /** Takes the numbers `number` to `number + count − 1`, in runs of one kind each. */
  take(number: number, count: number): ArrivalRun[] {
    if (number >= this.#next) {
      this.skipTo(number);
      this.#mark(number, count, true);
      this.#next = number + count;
      return [{ arrival: 'new', number, count }];
    }
    const old = Math.min(count, this.#next - number);
    const runs: ArrivalRun[] = [];
    if (this.#seen === undefined) runs.push({ arrival: 'repeated', number, count: old });
    else for (let index = number; index < number + old; index++) append(runs, this.#takeOld(index), index);
    if (old < count) runs.push(...this.take(number + old, count - old));
    return runs;
  }

  /** Numbers up to `number` (excluded) that have not come are missing now. */
  skipTo(number: number): void {
    const gap = number - this.#next;
    if (gap <= 0) return;
    this.#missing += gap;
    this.#mark(this.#next, Math.min(gap, WINDOW_READINGS), false);
    this.#next = number;
  }

  #takeOld(number: number): Arrival {
    if (number < this.#floor || number < this.#next - WINDOW_READINGS) return 'stale';
    if (this.#has(number)) return 'repeated';
    this.#mark(number, 1, true);
    this.#missing--;
    return 'overtaken';
  }

  #has(number: number): boolean {
    const slot = number % WINDOW_READINGS;
    return ((this.#seen?.[slot >> 3] ?? 0) & (1 << (slot & 7))) !== 0;
  }

  #mark(number: number, count: number, seen: boolean): void {
    if (this.#seen === undefined) return;
    let slot = number % WINDOW_READINGS;
    for (let left = count; left > 0; left--) {
      const byte = this.#seen[slot >> 3] as number;
      this.#seen[slot >> 3] = seen ? byte | (1 << (slot & 7)) : byte & ~(1 << (slot & 7));
      slot = (slot + 1) % WINDOW_READINGS;
    }
  }
}

function append(runs: ArrivalRun[], arrival: Arrival, number: number): void {
  const last = runs.at(-1);
  if (last?.arrival === arrival)
    runs[runs.length - 1] = { arrival, number: last.number, count: last.count + 1 };
  else runs.push({ arrival, number, count: 1 });
}
