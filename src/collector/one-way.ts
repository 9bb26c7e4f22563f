/**
 * One-way times of one session: arrival here minus the time taken there, where the two ends may have different clocks.
 *
 * The sender reports how far our clock is ahead of its own, and how much faster it runs (docs/PROTOCOL.md, CLOCK-REQUEST and
 * CLOCK-DRIFT): clocks that drift apart by 50 ppm are 1.5 ms further apart at its next report, half a minute later.
 */
import { type ClockOffset, PPB } from '../telemetry/clock-estimate.ts';
import type { Statistics } from './statistics.ts';

/** The first reports rest on exchanges with programs that have just started: one this much later is better. */
const SETTLED_AFTER_US = 500_000;
/** Readings that wait to be measured, until then: 10 sensors at 100 Hz for a second. Of those beyond we know nothing. */
const MOST_WAITING = 1_024;
/** How far our clock is ahead of one sender's, by what it reports. Times are those of our clock. */
export class SenderClock {
  #last: (ClockOffset & { readonly atUs: number }) | undefined;
  #firstUs: number | undefined;

  /** True once what it reports can be relied on. */
  get isSettled(): boolean {
    return (
      this.#last !== undefined &&
      this.#firstUs !== undefined &&
      this.#last.atUs - this.#firstUs >= SETTLED_AFTER_US
    );
  }

  /** What the sender says came at this moment. */
  report(offset: ClockOffset, atUs: number): void {
    this.#firstUs ??= atUs;
    this.#last = { ...offset, atUs };
  }

  /** The offset at a moment; undefined before the first report. */
  at(atUs: number): ClockOffset | undefined {
    const last = this.#last;
    if (last === undefined) return undefined;
    const driftedUs = ((atUs - last.atUs) * last.driftPpb) / PPB;
    return { ...last, offsetUs: Math.round(last.offsetUs + driftedUs) };
  }
}

/** Measures the readings of one session. */
export class OneWayTimes {
  readonly #statistics: Statistics;
  readonly #sameMachine: boolean;
  readonly #clock = new SenderClock();
  /** Readings that came before the clock was known well, until then. */
  #waiting: { readonly arrivedUs: number; readonly times: Float64Array }[] | undefined = [];
  #waitingCount = 0;

  /** @param sameMachine both ends have one clock: nothing is corrected. */
  constructor(statistics: Statistics, sameMachine: boolean) {
    this.#statistics = statistics;
    this.#sameMachine = sameMachine;
  }

  /** Readings came. @param times kept, not copied */
  arrived(arrivedUs: number, times: Float64Array): void {
    if (this.#sameMachine) this.#statistics.recordOneWay(arrivedUs, times, 'same');
    else if (this.#waiting === undefined) this.#record(arrivedUs, times);
    else if (this.#waitingCount < MOST_WAITING) {
      this.#waiting.push({ arrivedUs, times });
      this.#waitingCount += times.length;
    }
  }

  report(offset: ClockOffset, atUs: number): void {
    this.#clock.report(offset, atUs);
    if (this.#clock.isSettled) this.#release();
  }

  /** No more readings will come. */
  end(): void {
    this.#release();
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    for (const { arrivedUs, times } of waiting ?? []) this.#record(arrivedUs, times);
  }

  #record(arrivedUs: number, times: Float64Array): void {
    const offset = this.#clock.at(arrivedUs);
    this.#statistics.recordOneWay(
      arrivedUs,
      times,
      offset === undefined ? 'uncorrected' : 'corrected',
      offset,
    );
  }
}
