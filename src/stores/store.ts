/**
 * The Store port: where readings go.
 *
 * Contract, held by every store and tested by one suite (`contract.ts`):
 *
 * - `append` resolves only when the readings survive a crash of this process and of the machine.
 * - Each reading has a number in its session, given by the sender, counting from 0. A store remembers, in the
 *   same durable step as the readings, the number that each session has reached; readings below it are
 *   skipped, so that a sender may repeat what it is not sure of and nothing is stored twice.
 * - Appends that arrive while one is being made durable are grouped into the next one.
 * - After a failed `append` none of its readings count as stored; where the error is `retryable` the same
 *   call may be made again, and skips what the failed one had stored after all.
 */
import type { Batch } from '../readings/batch.ts';
import type { SensorInfo } from '../readings/sensor-info.ts';

/** Readings of one sensor with what a store must know about them. */
export interface StoreBatch extends Batch {
  /** The session they came in: 32 hexadecimal digits, chosen by the sender. */
  readonly session: string;
  /** The sender's name, such as a host name; a sensor is known by source and description. */
  readonly source: string;
  readonly sensor: SensorInfo;
  /** The session's number of the first reading; the others follow without a gap. */
  readonly number: number;
  /**
   * True where the numbers are below the session's position and yet known not to be stored (a datagram that
   * was overtaken): stored without the check. The position never goes back.
   */
  readonly overtaken: boolean;
}

/** A place that keeps readings. */
export interface Store {
  /** As the user wrote it, such as `sqlite:sensewire.db`. */
  readonly spec: string;
  /** Where the data is, for people: a path, or a sentence where there is none. */
  readonly location: string;
  /** The number of the next reading to store for a session: one past the last durable one, 0 where unknown. */
  position(session: string): Promise<number>;
  /** Makes readings durable. @throws StoreError */
  append(batches: readonly StoreBatch[]): Promise<void>;
  /** Finishes what was appended and lets go of the file. Idempotent. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
