/**
 * The ports of everything that yields readings.
 *
 * A `Probe` is read when we say so: a converter, a thermal zone, a generated wave. A `Source` says itself when
 * there is a reading: standard input, a replayed file, or a probe that a sampler reads on a grid.
 */
import type { RawValue } from '../readings/batch.ts';
import type { SensorInfo } from '../readings/sensor-info.ts';

/** Something that can be read at any time. */
export interface Probe {
  /** What it reads; fixed for its life. */
  readonly sensors: readonly SensorInfo[];
  /**
   * One raw value for each of `sensors`, in their order; undefined where a reading failed this time.
   * @param elapsedUs time since the first sample on the ideal grid, for generated signals.
   * @throws SensorError when it cannot be read any more.
   */
  sample(elapsedUs: number): readonly (RawValue | undefined)[];
  close(): void;
}

/** Where a source's readings go. */
export interface ReadingSink {
  /**
   * Takes one reading. False means: full. A source that can wait (a file, standard input, a rate without a
   * limit) then awaits `ready()`; one that cannot (a sensor at 100 Hz) goes on, and the sink counts what it drops.
   */
  push(sensor: SensorInfo, timeUs: number, raw: RawValue): boolean;
  /** Resolves when there is room again. */
  ready(): Promise<void>;
}

/** Something that yields readings until it ends. */
export interface Source {
  /** As the user wrote it, such as `tmp36:iio:device0`. */
  readonly spec: string;
  /** What is known of its sensors before the first reading; others may appear with their first reading. */
  readonly sensors: readonly SensorInfo[];
  /** Runs until the source ends or the signal aborts (then it resolves too). @throws SensorError */
  run(sink: ReadingSink, signal: AbortSignal): Promise<void>;
}

/** What became of a source so far. */
export interface SourceReport {
  /** How often it was read: ticks of a sampler that were kept, lines of an input, rows of a file. */
  readonly samples: number;
  /** Ticks of the grid that passed while the program was late; 0 where there is no grid. */
  readonly missed: number;
  /** Readings that could not be taken or understood. */
  readonly failed: number;
  /** How often each reason for that occurred. */
  readonly problems: Readonly<Record<string, number>>;
  /** How late the samples were, µs; 0 where there is no grid. */
  readonly lateUs: { readonly p50: number; readonly p99: number; readonly max: number };
}

/** A source that counts what it does: every one that `openSource` gives. */
export interface ReportingSource extends Source {
  /** The counters at this moment; also after `run` has ended. */
  report(): SourceReport;
}

/** A source whose sampling can be changed while it runs. */
export interface ControllableSource extends Source {
  /** Goes on at another rate, hertz. @throws UsageError SW_BAD_RATE */
  setRate(rateHz: number): void;
  /** Takes no readings until `resume`. Both may be called twice. */
  pause(): void;
  resume(): void;
}

/** True for sources that take commands. */
export function isControllable(source: Source): source is ControllableSource {
  return 'setRate' in source && 'pause' in source && 'resume' in source;
}
