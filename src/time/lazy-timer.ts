/**
 * The one timer of a machine's owner: follows a deadline that moves with every message, without setting and clearing a
 * system timer each time.
 */
import type { CancelTimer, Clock } from './clock.ts';

/** Calls back at a deadline. A deadline that moves later leaves the timer as it is; it then fires early, once, and is set anew. */
export class LazyTimer {
  readonly #clock: Clock;
  readonly #onDue: () => void;
  #deadlineUs: number | undefined;
  #armedUs = Infinity;
  #cancel: CancelTimer | undefined;

  constructor(clock: Clock, onDue: () => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** True where a deadline is to come. */
  get isSet(): boolean {
    return this.#deadlineUs !== undefined;
  }

  /** Moves the deadline (monotonic); undefined: none. */
  schedule(deadlineUs: number | undefined): void {
    this.#deadlineUs = deadlineUs;
    if (deadlineUs !== undefined && deadlineUs < this.#armedUs) this.#arm(deadlineUs);
  }

  stop(): void {
    this.#deadlineUs = undefined;
    this.#cancel?.();
    this.#armedUs = Infinity;
  }

  #arm(atUs: number): void {
    this.#cancel?.();
    this.#armedUs = atUs;
    this.#cancel = this.#clock.setTimer(atUs, () => {
      this.#armedUs = Infinity;
      if (this.#deadlineUs === undefined) return;
      if (this.#deadlineUs > this.#clock.monotonicUs()) return this.#arm(this.#deadlineUs);
      this.#deadlineUs = undefined;
      this.#onDue();
    });
  }
}
