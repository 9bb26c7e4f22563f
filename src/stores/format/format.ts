/**
 * The port of a text format: stores that write lines and the `export` command share its implementations.
 */
import type { Value } from '../../readings/batch.ts';
import type { SensorInfo } from '../../readings/sensor-info.ts';

/** Makes the line of a reading, with its line feed; empty where the format cannot express the reading. */
export type LineWriter = (timeUs: number, value: Value) => string;

/** A format of one reading a line. */
export interface ReadingFormat {
  /** The first line of a file, with its line feed; empty where there is none. */
  readonly header: string;
  /** What a sensor's lines have in common is made here, once. */
  lineWriter(source: string, sensor: SensorInfo): LineWriter;
}
