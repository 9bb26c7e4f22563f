/**
 * The StoreReader port: readings out again. Reading never disturbs a collector that is writing.
 */
import type { Value } from '../readings/batch.ts';
import type { SensorInfo } from '../readings/sensor-info.ts';

/** A sensor as a store knows it. */
export interface StoredSensor extends SensorInfo {
  readonly source: string;
  /** How many readings of it there are. */
  readonly count: number;
  /** Times of its first and last reading, microseconds since 1970; undefined where there is none. */
  readonly firstUs: number | undefined;
  readonly lastUs: number | undefined;
}

/** What to read. Everything is optional: the default is all. */
export interface ReadingQuery {
  /** The sensor's name. */
  readonly sensor?: string;
  /** From this time on, microseconds since 1970, included. */
  readonly fromUs?: number;
  /** Up to this time, excluded. */
  readonly toUs?: number;
}

/** One reading, with its sensor. */
export interface StoredReading {
  readonly source: string;
  readonly sensor: SensorInfo;
  readonly timeUs: number;
  readonly value: Value;
}

/** What became of the readings of one stretch of time. `count` 0: nothing there, the rest is NaN. */
export interface Bucket {
  readonly startUs: number;
  readonly count: number;
  readonly min: number;
  readonly mean: number;
  readonly max: number;
}

/** A range of one numeric sensor to reduce to `buckets` equal stretches of time. */
export interface ReduceQuery {
  readonly sensor: string;
  readonly source?: string;
  readonly fromUs: number;
  readonly toUs: number;
  /** 1 to 100,000. */
  readonly buckets: number;
}

/** Reads a store, also while another process writes it. */
export interface StoreReader {
  sensors(): Promise<readonly StoredSensor[]>;
  /** In pieces of bounded size, in order of time for each sensor; from files of lines in the order of the file. */
  readings(query?: ReadingQuery): AsyncIterable<readonly StoredReading[]>;
  /** Count, min, mean and max of scaled values. */
  reduce(query: ReduceQuery): Promise<readonly Bucket[]>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
