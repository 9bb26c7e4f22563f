/**
 * Keeps a flood of one kind of line readable: so many a second, the others counted and said together.
 */
import type { CancelTimer, Clock } from '../time/clock.ts';

/** More a second nobody reads, and a log file of them fills a disk. */
const LINES_A_SECOND = 10;
const SECOND_US = 1_000_000;

interface Window {
  lines: number;
  readonly cancel: CancelTimer;
}

export class NoticeLimit {
  readonly #clock: Clock;
  readonly #onHeldBack: (kind: string, count: number) => void;
  readonly #windows = new Map<string, Window>();

  /** @param onHeldBack hears how many lines of a kind were not printed in the last second. */
  constructor(clock: Clock, onHeldBack: (kind: string, count: number) => void) {
    this.#clock = clock;
    this.#onHeldBack = onHeldBack;
  }

  /** True where this line may be printed. */
  allows(kind: string): boolean {
    let window = this.#windows.get(kind);
    if (window === undefined) {
      const cancel = this.#clock.setTimer(this.#clock.monotonicUs() + SECOND_US, () => this.#end(kind));
      window = { lines: 0, cancel };
      this.#windows.set(kind, window);
    }
    return ++window.lines <= LINES_A_SECOND;
  }

  /** Says what was held back so far. */
  close(): void {
    for (const kind of [...this.#windows.keys()]) this.#end(kind);
  }

  #end(kind: string): void {
    const window = this.#windows.get(kind);
    if (window === undefined) return;
    window.cancel();
    this.#windows.delete(kind);
    const heldBack = window.lines - LINES_A_SECOND;
    if (heldBack > 0) this.#onHeldBack(kind, heldBack);
  }
}
