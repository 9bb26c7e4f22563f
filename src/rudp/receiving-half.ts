/**
 * What comes: which packets were here, what repair symbols bring back, what is to be acknowledged and when, and the
 * messages that the application takes.
 */
import { Acknowledger } from './acknowledger.ts';
import { FrameReader } from './frame-reader.ts';
import type { FrameWriter } from './frame-writer.ts';
import { expand } from './numbers.ts';
import type { ConnectionParameters } from './parameters.ts';
import { ReceiveQueue } from './receive-queue.ts';
import { type Arrival, ReceivedNumbers } from './received-numbers.ts';
import { RepairDecoder } from './repair-decoder.ts';

/** A source as large as this is kept for repair only while the peer repairs. */
const SMALL_SOURCE_BYTES = 256;
/** Packets after a repair symbol for which the peer counts as repairing. */
const REPAIRING_PACKETS = 1_000;

export class ReceivingHalf {
  readonly messages: ReceiveQueue;
  /** The frames of the packet that `nextRecomputed` has told. */
  readonly recomputed: FrameReader = new FrameReader();
  readonly #numbers = new ReceivedNumbers();
  readonly #acknowledger: Acknowledger;
  readonly #decoder: RepairDecoder;
  /** Of the packet that is being taken. */
  #arrival: Arrival = 'next';
  #repairingUntil = 0;
  #repaired = 0;
  #duplicates = 0;

  constructor(own: ConnectionParameters) {
    this.messages = new ReceiveQueue(own.maxData);
    this.#acknowledger = new Acknowledger(own.ackDelayMs * 1_000);
    this.#decoder = new RepairDecoder(own.largestDatagram);
  }

  /** Packets that came more than once. */
  get duplicates(): number {
    return this.#duplicates;
  }

  /** Packets that were recomputed. */
  get repaired(): number {
    return this.#repaired;
  }

  /** The whole number of a short packet. */
  numberOf({ number, numberBytes }: FrameReader): number {
    return expand(number, numberBytes, this.#numbers.largest + 1);
  }

  isNewest(number: number): boolean {
    return number > this.#numbers.largest;
  }

  /** True where the packet was here before; then it means nothing more than that our acknowledgement may be lost. */
  isRepeated(number: number, asksNow: boolean): boolean {
    if (!this.#numbers.has(number)) return false;
    this.#duplicates++;
    if (asksNow) this.#acknowledger.onRepeated();
    return true;
  }

  /** A numbered packet came, and its frames were read. `nextRecomputed` and `finished` follow. */
  took(number: number, reader: FrameReader, datagram: Uint8Array): void {
    this.#arrival = this.#numbers.add(number);
    const length = reader.protectedEnd - reader.protectedStart;
    if (reader.hasRepair) this.#repairingUntil = number + REPAIRING_PACKETS;
    else if (length > SMALL_SOURCE_BYTES && number > this.#repairingUntil) return;
    this.#decoder.received(number, datagram.subarray(reader.protectedStart, reader.protectedEnd));
    if (!reader.hasRepair) return;
    this.#decoder.equation(number, reader.repairWindow, reader.repairEqualLengths, reader.repairSymbol);
  }

  /** Begins to read the next packet that can be recomputed, in `recomputed`: its number; undefined where there is none. */
  nextRecomputed(): number | undefined {
    for (let found = this.#decoder.next(); found !== undefined; found = this.#decoder.next()) {
      if (this.#numbers.has(found.number)) continue;
      this.recomputed.openFrames(found.bytes, 0, found.bytes.length, 'protected');
      return found.number;
    }
    return undefined;
  }

  /** The frames of a packet that was recomputed were read. */
  tookRecomputed(number: number): void {
    this.#numbers.add(number);
    this.#repaired++;
    this.#acknowledger.onRepaired();
  }

  /** The packet that `took` was told of is done: it is to be acknowledged. */
  finished(number: number, asksNow: boolean, nowUs: number): void {
    const isMissing = number > 0 && !this.#numbers.has(number - 1);
    this.#acknowledger.onPacket(this.#arrival, asksNow, isMissing, nowUs);
  }

  /** The peer is elsewhere: acknowledgements went where it is no more. */
  onMoved(): void {
    this.#acknowledger.onMoved();
  }

  // Acknowledging.

  /** True where something came since the last acknowledgement. */
  get hasNews(): boolean {
    return this.#acknowledger.hasNews;
  }

  get acknowledgementAt(): number | undefined {
    return this.#acknowledger.timeoutAt;
  }

  isAcknowledgementDue(nowUs: number): boolean {
    return this.#acknowledger.isDue(nowUs);
  }

  /** Writes ACK, the first frame of a packet. False where nothing has come yet. */
  acknowledge(writer: FrameWriter, nowUs: number): boolean {
    if (this.#numbers.largest < 0) return false;
    const acknowledger = this.#acknowledger;
    const repaired = acknowledger.tellsRepaired ? this.#repaired : undefined;
    writer.ack(this.#numbers, acknowledger.delayUs(nowUs), repaired);
    this.#numbers.onTold();
    acknowledger.onSent();
    return true;
  }
}
