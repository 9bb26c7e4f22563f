/**
 * Readings on their way out: numbers them, encodes them once, and keeps the frames within the buffer's bounds.
 *
 * Invariant: a number is given once and never changes; a reading that has one is in the spool, was released by its
 * owner, or is counted as dropped.
 */
import { ByteWriter } from '../bytes/writer.ts';
import { type Batch, sliceBatch } from '../readings/batch.ts';
import type { SensorInfo } from '../readings/sensor-info.ts';
import type { Form } from './form.ts';
import { DATAGRAM_HEADER_BYTES } from './framing.ts';
import * as limits from './limits.ts';
import { writeReading, writeReadings } from './messages/readings.ts';
import { Spool } from './spool.ts';

/** A frame's length takes two bytes of a datagram. */
const DATAGRAM_LENGTH_BYTES = 2;

export interface OutboxOptions {
  readonly form: Form;
  readonly epochUs: number;
  /** Readings kept at most; their frames have at most `MOST_BUFFER_BYTES`. */
  readonly bufferReadings: number;
}

export class Outbox {
  readonly spool: Spool = new Spool();
  /** Bytes of the largest message that is made. */
  readonly mostMessageBytes: number;
  readonly #options: OutboxOptions;
  #next = 0;
  #full = 0;
  #tooLarge = 0;
  readonly #scratch = new ByteWriter(4_096);

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.mostMessageBytes =
      options.form === 'stream'
        ? limits.MOST_MESSAGE_BYTES
        : limits.MOST_DATAGRAM_BYTES - DATAGRAM_HEADER_BYTES - DATAGRAM_LENGTH_BYTES;
  }

  /** The next reading's number. */
  get next(): number {
    return this.#next;
  }

  /** Readings given up with their number because the buffer was full, and before they got one because they fit no message. */
  get dropped(): { readonly full: number; readonly tooLarge: number } {
    return { full: this.#full, tooLarge: this.#tooLarge };
  }

  /** Takes a batch: one message where it fits, otherwise two halves, and so on. */
  add(sensor: number, info: SensorInfo, batch: Batch, givenUs: number): void {
    const count = batch.times.length;
    if (count === 0) return;
    if (this.#encode(sensor, info, batch)) this.#keep(sensor, count, givenUs);
    else if (count === 1) this.#tooLarge++;
    else {
      const half = count >> 1;
      this.add(sensor, info, sliceBatch(batch, 0, half), givenUs);
      this.add(sensor, info, sliceBatch(batch, half), givenUs);
    }
  }

  /** Writes one message to the scratch buffer; false where the batch does not fit one. */
  #encode(sensor: number, info: SensorInfo, batch: Batch): boolean {
    const count = batch.times.length;
    const place = { sensor, type: info.type, number: this.#next, epochUs: this.#options.epochUs };
    this.#scratch.truncate();
    if (count > limits.MOST_READINGS) return false;
    if (count === 1) writeReading(this.#scratch, place, batch, 0);
    else if (!writeReadings(this.#scratch, place, batch)) return false;
    return this.#scratch.length <= this.mostMessageBytes;
  }

  #keep(sensor: number, count: number, givenUs: number): void {
    const message = this.#scratch.written();
    const number = this.#next;
    this.#next += count;
    while (!this.#hasRoomFor(count, message.length)) {
      if (!this.#dropOldest()) {
        this.#full += count;
        return;
      }
    }
    this.spool.append(message, { number, count, sensor, givenUs });
  }

  #hasRoomFor(readings: number, bytes: number): boolean {
    if (this.spool.readings === 0) return true;
    return (
      this.spool.readings + readings <= this.#options.bufferReadings &&
      this.spool.bytes + bytes <= limits.MOST_BUFFER_BYTES
    );
  }

  /** Makes room: datagrams on their way are only remembered for their acknowledgement, so those go first, uncounted. */
  #dropOldest(): boolean {
    if (this.#options.form === 'datagram' && this.spool.shiftSent() !== undefined) return true;
    const dropped = this.spool.shiftUnsent();
    this.#full += dropped?.count ?? 0;
    return dropped !== undefined;
  }
}
