/**
 * Virtual time: what happens when, in order, without waiting. Steps are bounded, so that a livelock is a failure.
 */
import type { Instant } from '../telemetry/instant.ts';

interface Task {
  readonly atUs: number;
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

/** Ends a plan; twice is as good as once. */
export type Cancel = () => void;

/** Runs plans in the order of their times, then of their making. */
export class VirtualTime {
  #nowUs = 0;
  #order = 0;
  #steps = 0;
  #tasks: Task[] = [];

  get nowUs(): number {
    return this.#nowUs;
  }

  /** Plans run so far. */
  get steps(): number {
    return this.#steps;
  }

  /** This moment for a machine whose wall clock shows `wallUs` at the start. */
  instant(wallUs: number): Instant {
    return { monotonicUs: this.#nowUs, wallUs: wallUs + this.#nowUs };
  }

  at(atUs: number, run: () => void): Cancel {
    const task: Task = { atUs: Math.max(atUs, this.#nowUs), order: this.#order++, run, cancelled: false };
    let index = this.#tasks.length;
    while (index > 0 && (this.#tasks[index - 1] as Task).atUs > task.atUs) index--;
    this.#tasks.splice(index, 0, task);
    return () => {
      task.cancelled = true;
    };
  }

  after(us: number, run: () => void): Cancel {
    return this.at(this.#nowUs + us, run);
  }

  /** Runs until `isDone`, calling `check` after each plan. @throws Error where that takes too long or too many steps. */
  runUntil(isDone: () => boolean, limits: { untilUs: number; steps: number }, check: () => void): void {
    while (!isDone()) {
      const task = this.#tasks.shift();
      if (task === undefined) throw new Error(`nothing is left to happen at ${this.#nowUs} µs`);
      if (task.cancelled) continue;
      if (task.atUs > limits.untilUs) throw new Error(`not done at ${limits.untilUs} µs`);
      if (++this.#steps > limits.steps)
        throw new Error(`${limits.steps} steps by ${this.#nowUs} µs: a livelock`);
      this.#nowUs = task.atUs;
      task.run();
      check();
    }
  }
}

/** One timer of a machine: set again to where the machine wants it after each step. */
export class MachineTimer {
  readonly #time: VirtualTime;
  readonly #onDue: () => void;
  #atUs: number | undefined;
  #cancel: Cancel | undefined;

  constructor(time: VirtualTime, onDue: () => void) {
    this.#time = time;
    this.#onDue = onDue;
  }

  schedule(atUs: number | undefined): void {
    if (atUs === this.#atUs) return;
    this.#cancel?.();
    this.#atUs = atUs;
    if (atUs === undefined) return;
    this.#cancel = this.#time.at(atUs, () => {
      this.#atUs = undefined;
      this.#onDue();
    });
  }
}
