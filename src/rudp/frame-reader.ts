/**
 * Takes packets apart, frame by frame (docs/RELIABLE-UDP.md sections 2 and 3).
 *
 * One object serves all packets: `next` moves to a frame and sets the fields that its type has; the others keep what
 * they had. Every frame takes at least one byte, so any packet ends. Where the protected part ends is known once all
 * frames were read: each frame before REPAIR says how long it is, and a MESSAGE without a length is the last one.
 */
import { FormatError } from '../errors/errors.ts';
import { Cursor } from './cursor.ts';
import {
  ACK_DELAY_UNIT_US,
  ACK_REPAIRED,
  FRAME,
  type FrameType,
  HIGHEST_KIND,
  MESSAGE,
  MOST_ACK_RANGES,
  MOST_MESSAGE_BYTES,
  NUMBER_BYTES_SHIFT,
  PATH_DATA_BYTES,
  REPAIR,
  SHORT,
  SOURCE_LENGTH_BYTES,
} from './layout.ts';
import { expand } from './numbers.ts';

/**
 * Where frames come from, which decides what they may be: a numbered packet; an unnumbered one (ACK,
 * PATH_CHALLENGE, PATH_RESPONSE, CLOSE and PADDING); a protected part that was recomputed (neither ACK nor REPAIR).
 */
export type FrameSource = 'numbered' | 'unnumbered' | 'protected';

/** Fields are written by this class alone. They are no getters, since there are many and each packet reads them. */
export class FrameReader {
  /** The next packet number that this end sends, to be set by the owner: ACK's 4 bytes are read against it. */
  nextOwnNumber = 0;

  // Of a short packet, set by `openShort`.
  receiverId = 0;
  asksNow = false;
  isNumbered = false;
  /** The packet number's lowest bytes, and how many they are; 0 of an unnumbered one. */
  number = 0;
  numberBytes = 0;

  // Of the frame.
  type: FrameType = FRAME.padding;
  /** PADDING: how many of them in a row. */
  count = 0;
  /** ACK: the largest number received. */
  largest = 0;
  delayUs = 0;
  /** 1 to 32. */
  rangeCount = 0;
  /** ACK: packets that the peer has recomputed so far; undefined where it does not say. */
  repaired: number | undefined = undefined;
  /** MESSAGE: `kk iiiiii`, kind and id. */
  channel = 0;
  /** MESSAGE: one more than that of the MESSAGE before, which has the same channel; `sequence` and its bytes are 0. */
  chained = false;
  /** MESSAGE: the sequence number's lowest bytes, and how many they are. */
  sequence = 0;
  sequenceBytes = 0;
  isFragment = false;
  /** MESSAGE: where the data stands in the message, and how long that is; of a whole one 0 and the data's length. */
  offset = 0;
  total = 0;
  /** MESSAGE: where the data stands in the bytes that were opened. */
  dataStart = 0;
  dataEnd = 0;
  /** CLOSE. */
  code = 0;
  reason = '';
  /** MAX_DATA. */
  limit = 0;
  /** END. */
  messages = 0;

  // Of the packet, right once `next` has given false.
  /** REPAIR was its last frame, with a window of 1 to 16 packets before this one. */
  hasRepair = false;
  repairWindow = 0;
  repairEqualLengths = false;
  /** Where the frames without ACK, REPAIR and the PADDING at their end stand. */
  protectedStart = 0;
  protectedEnd = 0;

  readonly #cursor: Cursor = new Cursor();
  readonly #rangeStarts = new Float64Array(MOST_ACK_RANGES);
  readonly #rangeEnds = new Float64Array(MOST_ACK_RANGES);
  #bytes: Uint8Array = new Uint8Array(0);
  #source: FrameSource = 'numbered';
  #framesStart = 0;
  #nonceStart = 0;
  #symbolStart = 0;
  /** Channel of the MESSAGE before in this packet; −1: there is none. */
  #channelBefore = -1;

  /** Begins a short packet; false where it is none: too short, long, or with reserved bits set. */
  openShort(datagram: Uint8Array): boolean {
    const first = datagram[0] ?? SHORT.long;
    const isNumbered = (first & SHORT.numbered) !== 0;
    const wrong = SHORT.long | SHORT.reserved | (isNumbered ? 0 : SHORT.numberBytes);
    const numberBytes = isNumbered ? 1 + ((first & SHORT.numberBytes) >> NUMBER_BYTES_SHIFT) : 0;
    const framesStart = 5 + numberBytes;
    if ((first & wrong) !== 0 || datagram.length < framesStart) return false;
    this.#cursor.open(datagram, 1, framesStart);
    this.receiverId = this.#cursor.unsigned(4);
    this.number = this.#cursor.unsigned(numberBytes);
    this.numberBytes = numberBytes;
    this.asksNow = (first & SHORT.askNow) !== 0;
    this.isNumbered = isNumbered;
    this.openFrames(datagram, framesStart, datagram.length, isNumbered ? 'numbered' : 'unnumbered');
    return true;
  }

  /** Begins the frames `bytes[start..end)` of a long packet, or a protected part. */
  openFrames(bytes: Uint8Array, start: number, end: number, source: FrameSource): void {
    this.#cursor.open(bytes, start, end);
    this.#bytes = bytes;
    this.#source = source;
    this.#framesStart = start;
    this.#channelBefore = -1;
    this.hasRepair = false;
    this.protectedStart = start;
    this.protectedEnd = start;
  }

  /** Moves to the next frame; false at the end. @throws FormatError where the frame is damaged or must not be here. */
  next(): boolean {
    const cursor = this.#cursor;
    if (cursor.remaining === 0) return false;
    const at = cursor.position;
    const type = cursor.u8();
    if (type >= FRAME.message) {
      this.#check(type, at);
      if (type < FRAME.repair) this.#readMessage(type, at);
      else return this.#readRepair(type, at);
    } else {
      switch (type) {
        case FRAME.padding:
          this.type = FRAME.padding;
          this.count = 1 + cursor.skipRun(FRAME.padding);
          return true;
        case FRAME.ack:
        case FRAME.ack | ACK_REPAIRED:
          return this.#readAck(type, at);
        case FRAME.pathChallenge:
        case FRAME.pathResponse:
          this.#readPathData(type);
          break;
        case FRAME.close:
          this.type = type;
          this.code = cursor.varint();
          this.reason = cursor.utf8(cursor.u8());
          break;
        default:
          this.#readNumbered(type, at);
      }
    }
    this.protectedEnd = cursor.position;
    return true;
  }

  /** MESSAGE: the data, a view. */
  get data(): Uint8Array {
    return this.#bytes.subarray(this.dataStart, this.dataEnd);
  }

  /** PATH_CHALLENGE, PATH_RESPONSE: the 8 bytes, a view. */
  get nonce(): Uint8Array {
    return this.#bytes.subarray(this.#nonceStart, this.#nonceStart + PATH_DATA_BYTES);
  }

  /** REPAIR: the symbol, a view. */
  get repairSymbol(): Uint8Array {
    return this.#bytes.subarray(this.#symbolStart, this.#cursor.end);
  }

  /** ACK: the oldest number of a range; range 0 is the newest. */
  rangeStart(index: number): number {
    return this.#rangeStarts[index] as number;
  }

  /** ACK: the newest number of a range. */
  rangeEnd(index: number): number {
    return this.#rangeEnds[index] as number;
  }

  #check(type: number, at: number): void {
    if (this.#source === 'unnumbered')
      throw new FormatError(`frame type 0x${type.toString(16)} in a packet without a number`, at);
  }

  /** Frames that only a numbered packet or a protected part may hold, but for MESSAGE and REPAIR. */
  #readNumbered(type: number, at: number): void {
    const cursor = this.#cursor;
    this.#check(type, at);
    switch (type) {
      case FRAME.ping:
        this.type = type;
        return;
      case FRAME.maxData:
        this.type = type;
        this.limit = cursor.varint();
        return;
      case FRAME.end:
        this.type = type;
        this.messages = cursor.varint();
        return;
      default:
        throw new FormatError(`an unknown frame type, 0x${type.toString(16)}`, at);
    }
  }

  #readPathData(type: typeof FRAME.pathChallenge | typeof FRAME.pathResponse): void {
    this.type = type;
    this.#nonceStart = this.#cursor.skip(PATH_DATA_BYTES);
  }

  #readAck(type: number, at: number): true {
    const cursor = this.#cursor;
    if (at !== this.#framesStart || this.#source === 'protected')
      throw new FormatError('an ACK that is not the first frame of its packet', at);
    this.type = FRAME.ack;
    this.largest = expand(cursor.unsigned(4), 4, this.nextOwnNumber);
    this.delayUs = cursor.varint() * ACK_DELAY_UNIT_US;
    const further = cursor.u8();
    if (further >= MOST_ACK_RANGES)
      throw new FormatError(`${further + 1} ranges, at most ${MOST_ACK_RANGES} are allowed`, at);
    let end = this.largest;
    for (let index = 0; index <= further; index++) {
      if (index > 0) end -= cursor.varint() + 2;
      this.#rangeEnds[index] = end;
      end -= cursor.varint();
      this.#rangeStarts[index] = end;
      if (end < 0) throw new FormatError('a range that begins before packet 0', at);
    }
    this.rangeCount = further + 1;
    this.repaired = type === FRAME.ack ? undefined : cursor.varint();
    this.protectedStart = cursor.position;
    this.protectedEnd = cursor.position;
    return true;
  }

  #readMessage(type: number, at: number): void {
    const cursor = this.#cursor;
    this.type = FRAME.message;
    this.channel = (type & MESSAGE.channel) === 0 ? 0 : cursor.u8();
    if (this.channel >> 6 > HIGHEST_KIND) throw new FormatError('a channel of an unknown kind', at);
    this.chained = (type & MESSAGE.chained) !== 0;
    if (this.chained && ((type & MESSAGE.sequence) !== 0 || this.channel !== this.#channelBefore))
      throw new FormatError('a MESSAGE without a number that does not follow one of its channel', at);
    this.#channelBefore = this.channel;
    this.sequenceBytes = this.chained ? 0 : 1 + (type & MESSAGE.sequence);
    this.sequence = cursor.unsigned(this.sequenceBytes);
    this.isFragment = (type & MESSAGE.fragment) !== 0;
    this.offset = this.isFragment ? cursor.varint() : 0;
    this.total = this.isFragment ? cursor.varint() : 0;
    const length = (type & MESSAGE.length) === 0 ? cursor.remaining : cursor.varint();
    this.dataStart = cursor.skip(length);
    this.dataEnd = cursor.position;
    if (!this.isFragment) this.total = length;
    else if (length === 0 || this.total > MOST_MESSAGE_BYTES || this.offset + length > this.total)
      throw new FormatError(
        `a fragment of ${length} bytes at ${this.offset} of a message of ${this.total}`,
        at,
      );
  }

  #readRepair(type: number, at: number): true {
    const cursor = this.#cursor;
    if ((type & ~(REPAIR.equalLengths | REPAIR.window)) !== FRAME.repair)
      throw new FormatError(`an unknown frame type, 0x${type.toString(16)}`, at);
    if (this.#source === 'protected') throw new FormatError('a REPAIR in a protected part', at);
    this.type = FRAME.repair;
    this.hasRepair = true;
    this.repairWindow = 1 + (type & REPAIR.window);
    this.repairEqualLengths = (type & REPAIR.equalLengths) !== 0;
    const least = this.repairEqualLengths ? 1 : SOURCE_LENGTH_BYTES;
    if (cursor.remaining < least) throw new FormatError('a symbol that is too short', at);
    this.#symbolStart = cursor.skip(cursor.remaining);
    return true;
  }
}
