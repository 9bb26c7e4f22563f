/**
 * Reads a probe on an absolute grid: sample k is due at start + round(k × 10^6 / rate) µs.
 *
 * - No deadline depends on an earlier one, so nothing adds up: after a day the grid is exact, at any rate.
 * - A wake that is later than a whole period takes one sample; the ticks that passed are missed and counted,
 *   never caught up in a burst of readings that would all carry the same moment.
 * - A reading carries the wall time at which it was taken, not the one at which it was due.
 * - Memory is fixed: nothing is kept of a sample but counters and a histogram of lateness.
 *
 * Rate 'max' has no grid: it samples as fast as the sink takes, and lets the event loop run in between.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { UsageError } from '../errors/errors.ts';
import type { SensorInfo } from '../readings/sensor-info.ts';
import { Histogram } from '../statistics/histogram.ts';
import type { CancelTimer, Clock } from '../time/clock.ts';
import { roomOrAbort } from './back-pressure.ts';
import { gridStart } from './grid.ts';
import type { ProblemLog } from './problem-log.ts';
import type { ControllableSource, Probe, ReadingSink, ReportingSource, SourceReport } from './source.ts';

/** Above it the grid is finer than a microsecond. Timers of a millisecond miss ticks long before. */
const MOST_HZ = 1_000_000;
/** Samples in a row at 'max' before other work has its turn: below a millisecond of most probes. */
const SLICE = 256;

/** How a probe is to be sampled. */
export interface SamplerOptions {
  /** What the user wrote; the source's `spec`. */
  readonly spec: string;
  readonly clock: Clock;
  /** Samples a second, above 0 and at most 10^6, or as fast as the sink takes them. */
  readonly rateHz: number | 'max';
  /** Ends after this many readings of each sensor; failed ones do not count. Without it, never. */
  readonly count?: number;
  /** Where the probe counts its problems, for the report. */
  readonly problems?: ProblemLog;
}

/** A probe as a source. Runs once, and closes the probe when it ends. */
export class Sampler implements ReportingSource, ControllableSource {
  readonly spec: string;
  readonly sensors: readonly SensorInfo[];
  readonly #probe: Probe;
  readonly #clock: Clock;
  #rateHz: number | 'max';
  #paused = false;
  /** Leaves the grid, or the wait of a pause, so that a new grid begins. */
  #changed: PromiseWithResolvers<void> = Promise.withResolvers();
  /** Where the signal of a generated wave stands when a new grid begins. */
  #elapsedUs = 0;
  readonly #problems: ProblemLog | undefined;
  readonly #left: number[];
  readonly #lateUs = new Histogram();
  #unfinished: number;
  #samples = 0;
  #missed = 0;
  #failed = 0;

  /** @throws UsageError SW_BAD_RATE, SW_USAGE */
  constructor(probe: Probe, options: SamplerOptions) {
    const { spec, clock, rateHz, count, problems } = options;
    checkRate(rateHz);
    checkCount(count);
    this.spec = spec;
    this.sensors = probe.sensors.map(sensor => ({ ...sensor, rateHz: rateHz === 'max' ? 0 : rateHz }));
    this.#probe = probe;
    this.#clock = clock;
    this.#rateHz = rateHz;
    this.#problems = problems;
    this.#left = probe.sensors.map(() => count ?? Number.POSITIVE_INFINITY);
    this.#unfinished = count === 0 ? 0 : probe.sensors.length;
  }

  async run(sink: ReadingSink, signal: AbortSignal): Promise<void> {
    try {
      const ended = (): boolean => signal.aborted || this.#unfinished === 0;
      while (!ended()) {
        if (this.#paused) await this.#untilChanged(signal);
        else if (this.#rateHz === 'max') await this.#runUnlimited(sink, signal);
        else await this.#runOnGrid(sink, signal, this.#rateHz);
      }
    } finally {
      this.#probe.close();
    }
  }

  setRate(rateHz: number): void {
    checkRate(rateHz);
    this.#rateHz = rateHz;
    this.#beginAnew();
  }

  pause(): void {
    this.#paused = true;
    this.#beginAnew();
  }

  resume(): void {
    this.#paused = false;
    this.#beginAnew();
  }

  report(): SourceReport {
    return {
      samples: this.#samples,
      missed: this.#missed,
      failed: this.#failed,
      problems: this.#problems?.counts() ?? {},
      lateUs: {
        p50: this.#lateUs.percentile(50),
        p99: this.#lateUs.percentile(99),
        max: this.#lateUs.max,
      },
    };
  }

  #beginAnew(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  async #untilChanged(signal: AbortSignal): Promise<void> {
    const aborted = Promise.withResolvers<void>();
    const onAbort = (): void => aborted.resolve();
    signal.addEventListener('abort', onAbort, { once: true });
    await Promise.race([this.#changed.promise, aborted.promise]);
    signal.removeEventListener('abort', onAbort);
  }

  /** Callbacks, not promises: one timer and nothing else for each tick, 8.6 million times a day. */
  #runOnGrid(sink: ReadingSink, signal: AbortSignal, rateHz: number): Promise<void> {
    const clock = this.#clock;
    const startUs = gridStart(clock);
    const elapsedBeforeUs = this.#elapsedUs;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let tick = 0;
    let cancel: CancelTimer = () => undefined;
    const onTick = (): void => {
      const elapsedUs = clock.monotonicUs() - startUs;
      this.#lateUs.record(elapsedUs - dueUs(tick, rateHz));
      const current = lastDue(elapsedUs, tick, rateHz);
      this.#missed += current - tick;
      try {
        this.#elapsedUs = elapsedBeforeUs + dueUs(current, rateHz);
        this.#sample(this.#elapsedUs, sink);
      } catch (error) {
        reject(error);
        return;
      }
      tick = current + 1;
      if (this.#unfinished === 0) resolve();
      else if (!signal.aborted) cancel = clock.setTimer(startUs + dueUs(tick, rateHz), onTick);
    };
    const onAbort = (): void => {
      cancel();
      resolve();
    };
    if (signal.aborted || this.#unfinished === 0) resolve();
    else {
      signal.addEventListener('abort', onAbort, { once: true });
      cancel = clock.setTimer(startUs, onTick);
      void this.#changed.promise.then(onAbort);
    }
    return promise.finally(() => signal.removeEventListener('abort', onAbort));
  }

  async #runUnlimited(sink: ReadingSink, signal: AbortSignal): Promise<void> {
    const startUs = this.#clock.monotonicUs();
    while (this.#unfinished > 0 && !signal.aborted && !this.#paused && this.#rateHz === 'max') {
      for (let i = 0; i < SLICE && this.#unfinished > 0 && !signal.aborted; i++) {
        const hasRoom = this.#sample(this.#clock.monotonicUs() - startUs, sink);
        if (!hasRoom) await roomOrAbort(sink, signal);
      }
      await nextTurn();
    }
  }

  /** Takes one sample and passes it on; false where the sink is full. */
  #sample(elapsedUs: number, sink: ReadingSink): boolean {
    const timeUs = this.#clock.wallUs();
    const values = this.#probe.sample(elapsedUs);
    this.#samples++;
    let hasRoom = true;
    for (const [i, sensor] of this.sensors.entries()) {
      if (this.#left[i] === 0) continue;
      const raw = values[i];
      if (raw === undefined) {
        this.#failed++;
        continue;
      }
      hasRoom = sink.push(sensor, timeUs, raw) && hasRoom;
      if (--this.#left[i]! === 0) this.#unfinished--;
    }
    return hasRoom;
  }
}

/** @throws UsageError SW_BAD_RATE where a rate is not above 0 or beyond the grid. */
export function checkRate(rateHz: number | 'max' | undefined): void {
  if (rateHz === undefined || rateHz === 'max' || (rateHz > 0 && rateHz <= MOST_HZ)) return;
  throw new UsageError('SW_BAD_RATE', `a rate is above 0 and at most ${MOST_HZ} Hz, not ${rateHz}`);
}

/** @throws UsageError SW_USAGE where a number of readings is not a whole number from 0. */
export function checkCount(count: number | undefined): void {
  if (count !== undefined && !(Number.isSafeInteger(count) && count >= 0)) {
    throw new UsageError('SW_USAGE', `a count is a whole number from 0, not ${count}`);
  }
}

/** When a tick is due, in µs since the start. */
function dueUs(tick: number, rateHz: number): number {
  return Math.round((tick * 1e6) / rateHz);
}

/** The last tick that is due by now, at least `from`. */
function lastDue(elapsedUs: number, from: number, rateHz: number): number {
  // The usual case first: the next tick is still to come.
  if (dueUs(from + 1, rateHz) > elapsedUs) return from;
  let tick = Math.floor((elapsedUs * rateHz) / 1e6);
  // The division may have been rounded across a whole number, either way.
  while (dueUs(tick + 1, rateHz) <= elapsedUs) tick++;
  while (tick > from && dueUs(tick, rateHz) > elapsedUs) tick--;
  return tick;
}
