/**
 * Builds one packet after the other (docs/RELIABLE-UDP.md sections 2 and 3).
 *
 *   header | ACK | protected part: PING, MESSAGE, … | PADDING | REPAIR
 *
 * A method appends its frame and gives true, or changes nothing and gives false where the frame does not fit.
 */
import { InternalError } from '../errors/errors.ts';
import {
  ACK_DELAY_UNIT_US,
  ACK_REPAIRED,
  FRAME,
  MESSAGE,
  MOST_ACK_RANGES,
  MOST_REASON_BYTES,
  NUMBER_BYTES_SHIFT,
  PATH_DATA_BYTES,
  REPAIR,
  SHORT,
  USUAL_DATAGRAM_BYTES,
} from './layout.ts';
import { type MessageFrame, messageOverhead } from './message-frame.ts';
import { putBytes, putLowest, putVarint, varintLength } from './put.ts';

const UTF8 = new TextEncoder();
/** Flags, receiver's id. */
const SHORT_HEADER_BYTES = 5;
/** Type, largest number, count of further ranges. */
const ACK_FIXED_BYTES = 6;

/** Packets lie one after the other in blocks; an idle connection's first one holds few. */
const FIRST_PACKETS = 2;
const MOST_PACKETS = 64;

/** Numbers that were received, as runs without a gap: index 0 is the newest, both ends of a run belong to it. */
export interface ReceivedRanges {
  readonly largest: number;
  readonly count: number;
  start(index: number): number;
  end(index: number): number;
}

/** One packet at a time: `begin…`, frames in the order above, then `finish`. */
export class FrameWriter {
  readonly #capacity: number;
  #block: Uint8Array;
  #used = 0;
  /** Room for the packet that is written. */
  #bytes: Uint8Array;
  #length = 0;
  #limit = 0;
  #framesStart = 0;
  #protectedStart = 0;
  #protectedEnd = 0;

  /** @param capacity the largest limit that a packet may have, in bytes, at most 65,507. */
  constructor(capacity: number = USUAL_DATAGRAM_BYTES) {
    this.#capacity = capacity;
    this.#block = new Uint8Array(FIRST_PACKETS * capacity);
    this.#bytes = this.#block.subarray(0, capacity);
  }

  /**
   * Begins a short packet.
   *
   * @param receiverId the 32 bits that the receiver chose.
   * @param askNow the receiver shall acknowledge at once.
   * @param packetNumber undefined for an unnumbered packet.
   * @param numberBytes lowest bytes of the number that are sent, 1 to 4; unused where there is none.
   * @param limit bytes that the packet may have, at least 9.
   */
  beginShort(
    receiverId: number,
    askNow: boolean,
    packetNumber: number | undefined,
    numberBytes: number,
    limit: number,
  ): void {
    let first = askNow ? SHORT.askNow : 0;
    let length = SHORT_HEADER_BYTES;
    if (packetNumber !== undefined) {
      first |= SHORT.numbered | ((numberBytes - 1) << NUMBER_BYTES_SHIFT);
      length = putLowest(this.#bytes, length, numberBytes, packetNumber);
    }
    this.#bytes[0] = first;
    putLowest(this.#bytes, 1, 4, receiverId);
    this.#begin(length, limit);
  }

  /** Begins a long packet, INIT or ACCEPT, with its header as `long-packets.ts` writes it. */
  beginLong(header: Uint8Array, limit: number): void {
    this.#begin(putBytes(this.#bytes, 0, header, 0, header.length), limit);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /** Bytes that may follow. */
  get remaining(): number {
    return this.#limit - this.#length;
  }

  /** Where the protected part begins: after ACK, or after the header where there is none. */
  get protectedStart(): number {
    return this.#protectedStart;
  }

  /** True while no frame was written. */
  get isEmpty(): boolean {
    return this.#length === this.#framesStart;
  }

  /**
   * ACK, the first frame of a packet: as many of the ranges as fit, the newest first, at most 32.
   *
   * @param delayUs since the largest number was received.
   * @param repaired packets recomputed so far; undefined leaves it out.
   */
  ack(ranges: ReceivedRanges, delayUs: number, repaired: number | undefined): boolean {
    if (!this.isEmpty) throw new InternalError('ACK after another frame');
    const { largest } = ranges;
    const delay = Math.floor(delayUs / ACK_DELAY_UNIT_US);
    let oldest = ranges.start(0);
    const least = ACK_FIXED_BYTES + varintLength(delay) + varintLength(largest - oldest);
    const after = repaired === undefined ? 0 : varintLength(repaired);
    if (least + after > this.remaining) return false;

    const bytes = this.#bytes;
    let at = this.#length;
    bytes[at] = repaired === undefined ? FRAME.ack : FRAME.ack | ACK_REPAIRED;
    at = putLowest(bytes, at + 1, 4, largest);
    const countAt = putVarint(bytes, at, delay);
    at = putVarint(bytes, countAt + 1, largest - oldest);
    const most = Math.min(ranges.count, MOST_ACK_RANGES);
    let index = 1;
    for (; index < most; index++) {
      const gap = oldest - ranges.end(index) - 2;
      const length = ranges.end(index) - ranges.start(index);
      if (at + varintLength(gap) + varintLength(length) + after > this.#limit) break;
      at = putVarint(bytes, putVarint(bytes, at, gap), length);
      oldest = ranges.start(index);
    }
    bytes[countAt] = index - 1;
    if (repaired !== undefined) at = putVarint(bytes, at, repaired);
    this.#length = at;
    this.#protectedStart = at;
    this.#protectedEnd = at;
    return true;
  }

  ping(): boolean {
    return this.#fits(1) && this.#number(FRAME.ping);
  }

  /** So many bytes of PADDING. At the end of the frames they are not protected. */
  padding(count: number): boolean {
    if (!this.#fits(count)) return false;
    this.#bytes.fill(FRAME.padding, this.#length, this.#length + count);
    this.#length += count;
    return true;
  }

  /**
   * Makes the packet so many bytes long where it is shorter: with PADDING behind its frames, which is not protected; or in
   * front of them, where the last one takes what is left of the packet.
   */
  padTo(least: number): void {
    const count = least - this.#length;
    if (count <= 0 || this.padding(count)) return;
    this.#bytes.copyWithin(this.#protectedStart + count, this.#protectedStart, this.#length);
    this.#bytes.fill(FRAME.padding, this.#protectedStart, this.#protectedStart + count);
    this.#protect(this.#length + count);
    this.#limit = this.#length;
  }

  /** @param bytes 8 of them. */
  pathChallenge(bytes: Uint8Array): boolean {
    return this.#path(FRAME.pathChallenge, bytes);
  }

  /** @param bytes the 8 of the PATH_CHALLENGE. */
  pathResponse(bytes: Uint8Array): boolean {
    return this.#path(FRAME.pathResponse, bytes);
  }

  /** CLOSE. Of the reason as many characters are sent as fit, at most 255 bytes. */
  close(code: number, reason: string): boolean {
    const head = 2 + varintLength(code);
    if (!this.#fits(head)) return false;
    const at = this.#length;
    const reasonAt = putVarint(this.#bytes, at + 1, code) + 1;
    const most = Math.min(MOST_REASON_BYTES, this.remaining - head);
    const { written } = UTF8.encodeInto(reason, this.#bytes.subarray(reasonAt, reasonAt + most));
    this.#bytes[at] = FRAME.close;
    this.#bytes[reasonAt - 1] = written;
    return this.#protect(reasonAt + written);
  }

  maxData(limit: number): boolean {
    return this.#fits(1 + varintLength(limit)) && this.#number(FRAME.maxData, limit);
  }

  /** END: channel 0 ends after so many messages. */
  end(messages: number): boolean {
    return this.#fits(1 + varintLength(messages)) && this.#number(FRAME.end, messages);
  }

  /** MESSAGE. After one without a length nothing fits any more. */
  message(message: MessageFrame): boolean {
    const { channel, chained, total, withLength, data, dataStart, dataEnd } = message;
    const dataBytes = dataEnd - dataStart;
    if (!this.#fits(messageOverhead(message, dataBytes) + dataBytes)) return false;
    const bytes = this.#bytes;
    let type: number = FRAME.message;
    let at = this.#length + 1;
    if (channel !== 0) {
      type |= MESSAGE.channel;
      bytes[at++] = channel;
    }
    if (chained) type |= MESSAGE.chained;
    else {
      type |= message.sequenceBytes - 1;
      at = putLowest(bytes, at, message.sequenceBytes, message.sequence);
    }
    if (total !== undefined) {
      type |= MESSAGE.fragment;
      at = putVarint(bytes, putVarint(bytes, at, message.offset ?? 0), total);
    }
    if (withLength) {
      type |= MESSAGE.length;
      at = putVarint(bytes, at, dataBytes);
    }
    bytes[this.#length] = type;
    this.#protect(putBytes(bytes, at, data, dataStart, dataEnd));
    if (!withLength) this.#limit = this.#length;
    return true;
  }

  /**
   * REPAIR, the last frame: nothing fits after it. An empty symbol is none.
   *
   * @param window packets before this one that it covers, 1 to 16.
   */
  repair(window: number, equalLengths: boolean, symbol: Uint8Array): boolean {
    const { length } = symbol;
    if (length === 0 || !this.#fits(1 + length)) return false;
    this.#bytes[this.#length] = FRAME.repair | (equalLengths ? REPAIR.equalLengths : 0) | (window - 1);
    this.#length = putBytes(this.#bytes, this.#length + 1, symbol, 0, length);
    this.#limit = this.#length;
    return true;
  }

  /** The frames that repair symbols combine, so far: a view, valid until the next packet begins. */
  protectedPart(): Uint8Array {
    return this.#bytes.subarray(this.#protectedStart, this.#protectedEnd);
  }

  /** The packet: its bytes stay as they are, for the kernel may take them later. */
  finish(): Uint8Array {
    const packet = this.#bytes.subarray(0, this.#length);
    this.#used += this.#length;
    if (this.#used + this.#capacity > this.#block.length) this.#renew();
    this.#bytes = this.#block.subarray(this.#used, this.#used + this.#capacity);
    return packet;
  }

  #renew(): void {
    const most = MOST_PACKETS * this.#capacity;
    this.#block = new Uint8Array(Math.min(most, 2 * this.#block.length));
    this.#used = 0;
  }

  #begin(length: number, limit: number): void {
    if (limit > this.#bytes.length || length > limit)
      throw new InternalError(`a packet of ${length} to ${limit} bytes in ${this.#bytes.length}`);
    this.#length = length;
    this.#limit = limit;
    this.#framesStart = length;
    this.#protectedStart = length;
    this.#protectedEnd = length;
  }

  #fits(count: number): boolean {
    return count <= this.#limit - this.#length;
  }

  #protect(end: number): true {
    this.#length = end;
    this.#protectedEnd = end;
    return true;
  }

  /** A frame of a type and perhaps one varint; there is room. */
  #number(type: number, value?: number): true {
    this.#bytes[this.#length] = type;
    const at = this.#length + 1;
    return this.#protect(value === undefined ? at : putVarint(this.#bytes, at, value));
  }

  #path(type: number, data: Uint8Array): boolean {
    if (!this.#fits(1 + PATH_DATA_BYTES)) return false;
    this.#bytes[this.#length] = type;
    return this.#protect(putBytes(this.#bytes, this.#length + 1, data, 0, PATH_DATA_BYTES));
  }
}
