/**
 * Readings on their way in: decodes messages into columns, and tells new readings from repeated ones.
 *
 * Messages of one sensor with consecutive numbers become one batch, however many there are: a sender that puts each reading
 * into a message of its own then costs the stores little more than one that does not.
 */
import type { ByteReader } from '../bytes/reader.ts';
import { type Batch, sliceBatch } from '../readings/batch.ts';
import type { SensorInfo } from '../readings/sensor-info.ts';
import { GrowingColumns } from './columns.ts';
import type { Form } from './form.ts';
import { MOST_READINGS } from './limits.ts';
import { type ReadingsHead, readReading, readReadings } from './messages/readings.ts';
import { type Acknowledgement, MESSAGE } from './messages/types.ts';
import { SequenceWindow } from './sequence-window.ts';

/** Readings that are new, of one sensor, with consecutive numbers. */
export interface Arrived {
  readonly sensor: SensorInfo;
  /** The session's number of the first one. */
  readonly number: number;
  readonly batch: Batch;
  /** They fill a hole: their numbers are below what came before. */
  readonly overtaken: boolean;
  /** What may be said of the session once they are durable. */
  readonly mark: Acknowledgement;
}

/** What has come, in readings. */
export interface InboxCounters {
  readonly received: number;
  /** Came before: counted, skipped. */
  readonly repeated: number;
  /** Came after a higher number; they fill holes and are among `received`. */
  readonly late: number;
  /** Came so late that they cannot be told from repeated ones: counted, skipped. */
  readonly stale: number;
  /** Never came, so far. */
  readonly missing: number;
}

export class Inbox {
  readonly #form: Form;
  #window: SequenceWindow;
  /** Readings that were decoded and not passed on, of one sensor, with consecutive numbers. */
  readonly #columns = new GrowingColumns();
  #sensor: SensorInfo | undefined;
  #sensorId = -1;
  #number = 0;
  #received = 0;
  #repeated = 0;
  #late = 0;
  #stale = 0;

  constructor(form: Form) {
    this.#form = form;
    this.#window = new SequenceWindow(form, 0, 0);
  }

  /** Begins at reading `next`; `missing` of those below never came. */
  begin(next: number, missing: number): void {
    this.#window = new SequenceWindow(this.#form, next, missing);
  }

  /** One past the highest number that came, and how many below it did not. */
  get mark(): Acknowledgement {
    return { upTo: this.#window.next, missing: this.#window.missing };
  }

  get counters(): InboxCounters {
    return {
      received: this.#received,
      repeated: this.#repeated,
      late: this.#late,
      stale: this.#stale,
      missing: this.#window.missing,
    };
  }

  /** Numbers up to here that have not come are missing. */
  skipTo(number: number): void {
    this.#window.skipTo(number);
  }

  /** True where a message may join the readings that wait; otherwise `flush` comes first. */
  continues(sensor: number, number: number, count: number): boolean {
    const { length } = this.#columns;
    return sensor === this.#sensorId && number === this.#number + length && length + count <= MOST_READINGS;
  }

  /** Decodes the columns of a READING or READINGS. @throws FormatError, with nothing of the message taken */
  read(body: ByteReader, type: number, head: ReadingsHead, sensor: SensorInfo, epochUs: number): void {
    const before = this.#columns.length;
    try {
      if (type === MESSAGE.reading) readReading(body, sensor.type, epochUs, this.#columns);
      else readReadings(body, sensor.type, epochUs, head.count, this.#columns);
    } catch (error) {
      this.#columns.truncate(before);
      throw error;
    }
    if (before > 0) return;
    this.#sensor = sensor;
    this.#sensorId = head.sensor;
    this.#number = head.number;
  }

  /** The readings that wait, without those that came before. */
  flush(): Arrived[] {
    const { length } = this.#columns;
    const sensor = this.#sensor;
    if (length === 0 || sensor === undefined) return [];
    const batch = this.#columns.take(sensor.type);
    this.#sensorId = -1;
    const first = this.#number;
    const before = this.mark;
    return this.#window.take(first, length).flatMap(({ arrival, number, count }) => {
      if (arrival === 'repeated') this.#repeated += count;
      else if (arrival === 'stale') this.#stale += count;
      if (arrival === 'repeated' || arrival === 'stale') return [];
      const overtaken = arrival === 'overtaken';
      this.#received += count;
      if (overtaken) this.#late += count;
      const part = count === length ? batch : sliceBatch(batch, number - first, number - first + count);
      // The last part alone makes the new mark true.
      const mark = number + count === first + length ? this.mark : before;
      return [{ sensor, number, batch: part, overtaken, mark }];
    });
  }
}
