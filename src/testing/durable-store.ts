/**
 * A store of a simulation: readings become durable some time after they were appended, in order, and what is not yet
 * durable is gone when the collector is killed. It keeps positions as the Store port demands, and no reading twice.
 */
import type { Batch, RawValue } from '../readings/batch.ts';
import type { VirtualTime } from './virtual-time.ts';

/** One durable reading. */
export interface DurableReading {
  readonly number: number;
  readonly sensor: string;
  readonly timeUs: number;
  readonly value: RawValue;
}

/** Readings of one session to append. */
export interface Append {
  readonly sensor: string;
  readonly number: number;
  readonly batch: Batch;
  readonly overtaken: boolean;
}

export class DurableStore {
  /** In the order in which they became durable. */
  readonly readings: DurableReading[] = [];
  readonly #numbers = new Set<number>();
  readonly #time: VirtualTime;
  readonly #latencyUs: () => number;
  #position = 0;
  #life = 0;
  #pending = 0;
  #lastUs = 0;
  #waiting: (() => void)[] = [];

  constructor(time: VirtualTime, latencyUs: () => number) {
    this.#time = time;
    this.#latencyUs = latencyUs;
  }

  /** One past the last durable number. */
  get position(): number {
    return this.#position;
  }

  has(number: number): boolean {
    return this.#numbers.has(number);
  }

  /** Appends, and calls `onDurable` when that is done; never after `crash`. */
  append(append: Append | undefined, onDurable: () => void): void {
    const life = this.#life;
    this.#pending++;
    this.#lastUs = Math.max(this.#lastUs, this.#time.nowUs + this.#latencyUs());
    this.#time.at(this.#lastUs, () => {
      if (life !== this.#life) return;
      this.#pending--;
      if (append !== undefined) this.#write(append);
      onDurable();
      if (this.#pending === 0) for (const then of this.#waiting.splice(0)) then();
    });
  }

  /** Calls `then` when everything appended so far is durable. */
  whenSettled(then: () => void): void {
    if (this.#pending === 0) then();
    else this.#waiting.push(then);
  }

  /** Forgets what is not durable. */
  crash(): void {
    this.#life++;
    this.#pending = 0;
    this.#lastUs = 0;
    this.#waiting = [];
  }

  #write({ sensor, number, batch, overtaken }: Append): void {
    for (let index = 0; index < batch.times.length; index++) {
      if (!overtaken && number + index < this.#position) continue;
      if (this.#numbers.has(number + index)) throw new Error(`reading ${number + index} is stored twice`);
      this.#numbers.add(number + index);
      const value = batch.values[index] as RawValue;
      this.readings.push({ number: number + index, sensor, timeUs: batch.times[index] as number, value });
    }
    if (!overtaken) this.#position = Math.max(this.#position, number + batch.times.length);
  }
}
