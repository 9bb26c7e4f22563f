/**
 * Counts what could not be read, by reason, and says so without flooding a log.
 *
 * Reasons come from a fixed vocabulary in the code, never from input, so the table is bounded. Each reason is
 * told at once, and then at most every `REPEAT_AFTER_US` however often it happens.
 */
import type { Clock } from '../time/clock.ts';

/** A sensor that fails at 100 Hz fills six lines a minute, not six thousand. */
const REPEAT_AFTER_US = 10_000_000;

interface Problem {
  count: number;
  untold: number;
  tellAtUs: number;
}

/** The problems of one source. */
export class ProblemLog {
  readonly #problems = new Map<string, Problem>();
  readonly #clock: Clock;
  readonly #tell: (message: string) => void;

  /** @param tell gets one line for people, without a line break. */
  constructor(clock: Clock, tell: (message: string) => void = () => undefined) {
    this.#clock = clock;
    this.#tell = tell;
  }

  /** Counts one problem under `reason`; `detail` is the whole sentence for the log. */
  add(reason: string, detail: string): void {
    const nowUs = this.#clock.monotonicUs();
    const problem = this.#problems.get(reason) ?? { count: 0, untold: 0, tellAtUs: nowUs };
    this.#problems.set(reason, problem);
    problem.count++;
    if (nowUs < problem.tellAtUs) {
      problem.untold++;
      return;
    }
    this.#tell(problem.untold === 0 ? detail : `${detail} (and ${problem.untold} more like it)`);
    problem.untold = 0;
    problem.tellAtUs = nowUs + REPEAT_AFTER_US;
  }

  /** All problems so far. */
  get total(): number {
    let total = 0;
    for (const { count } of this.#problems.values()) total += count;
    return total;
  }

  /** How often each reason occurred. */
  counts(): Record<string, number> {
    return Object.fromEntries([...this.#problems].map(([reason, { count }]) => [reason, count]));
  }
}
