/**
 * What one look at all rows tells: packets and bytes of each conversation, events of the whole capture, and what is odd about how
 * it was made. Typed arrays; a million rows take some ten milliseconds.
 */
import { TCP_EVENT, type TcpEvent } from '../flows/tcp-events.ts';
import type { Columns } from './columns.ts';
import {
  CHUNK_ROWS,
  EVENTS_SHIFT,
  FLAGS_MASK,
  FLAGS_SHIFT,
  ROW,
  ROW_MARK,
  ROW_WORDS,
  type RowChunk,
} from './columns-chunk.ts';
import { FRAMES_FOR_COPIES } from './columns-copies.ts';
import { EVENT_NAMES } from './events-report.ts';
import { addOrdinary, SUMS } from './ordinary-segments.ts';

/** Rows that need a second look. */
const ODD: number = ROW_MARK.cut | ROW_MARK.noTime | ROW_MARK.copy;
const TROUBLE: number =
  TCP_EVENT.retransmission |
  TCP_EVENT.lostSegment |
  TCP_EVENT.outOfOrder |
  TCP_EVENT.zeroWindow |
  TCP_EVENT.windowFull |
  TCP_EVENT.ackedUnseen;

/** Sums of the whole capture. */
const CAPTURE_BYTES = 0;
const TCP_PACKETS = 1;
const UDP_PACKETS = 2;
/** Of the clock: the earliest time, the latest, and that of the row before. */
const EARLIEST = 0;
const LATEST = 1;
const LAST = 2;
/** Numbers of a side. */
const PACKETS = 0;
const BYTES = 1;
const PAYLOAD = 2;
const LARGEST = 3;
const SIDE_NUMBERS = 4;

/** Of the conversations of one protocol. A place is a conversation times 2 plus its side. */
export class ConversationTotals {
  readonly #numbers: Float64Array;
  /** By conversation: segments with an event that somebody should look at, and flags that were seen. */
  readonly troubles: Uint32Array;
  readonly flags: Uint16Array;

  constructor(count: number) {
    this.#numbers = new Float64Array(2 * SIDE_NUMBERS * count);
    this.troubles = new Uint32Array(count);
    this.flags = new Uint16Array(count);
  }

  /** Conversations, also those without packets of their own. */
  get count(): number {
    return this.flags.length;
  }

  /** Conversations with packets of their own. */
  activeCount(): number {
    let active = 0;
    for (let conversation = 0; conversation < this.count; conversation++) {
      if (this.packetsOf(conversation) > 0) active++;
    }
    return active;
  }

  packetsOf(conversation: number): number {
    return this.#sum(conversation, PACKETS);
  }

  /** Whole frames on the wire. */
  bytesOf(conversation: number): number {
    return this.#sum(conversation, BYTES);
  }

  payloadOf(conversation: number): number {
    return this.#sum(conversation, PAYLOAD);
  }

  /** The longest payload of one side. */
  largestOf(place: number): number {
    return this.#numbers[SIDE_NUMBERS * place + LARGEST] as number;
  }

  add(place: number, length: number, payload: number, flags: number): void {
    const numbers = this.#numbers;
    const at = SIDE_NUMBERS * place;
    numbers[at + PACKETS] = numbers[at + PACKETS]! + 1;
    numbers[at + BYTES] = numbers[at + BYTES]! + length;
    if (payload > 0) {
      numbers[at + PAYLOAD] = numbers[at + PAYLOAD]! + payload;
      if (payload > numbers[at + LARGEST]!) numbers[at + LARGEST] = payload;
    }
    this.flags[place >>> 1] = this.flags[place >>> 1]! | flags;
  }

  #sum(conversation: number, number: number): number {
    const at = 2 * SIDE_NUMBERS * conversation + number;
    return this.#numbers[at]! + this.#numbers[at + SIDE_NUMBERS]!;
  }
}

export class Totals {
  readonly tcp: ConversationTotals;
  readonly udp: ConversationTotals;
  /** By EVENT_NAMES. */
  readonly events: Float64Array = new Float64Array(EVENT_NAMES.length);
  /** Sums over ordinary segments, by SUM. */
  readonly ordinary: Float64Array = new Float64Array(SUMS);
  readonly bytes: number;
  readonly tcpPackets: number;
  readonly udpPackets: number;
  cutFrames = 0;
  firstCut = 0;
  untimedFrames = 0;
  backwardFrames = 0;
  firstBackward = 0;
  /** The largest step back, in nanoseconds. */
  backwardNs = 0;
  /** From the earliest frame to the latest one. */
  readonly durationNs: number;
  copies = 0;
  firstCopy = 0;
  /** Frames of TCP and UDP that were looked at for copies. */
  copyFrames = 0;

  readonly #sums = new Float64Array(3);
  readonly #clock = Float64Array.of(
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  );

  constructor(columns: Columns) {
    this.tcp = new ConversationTotals(columns.tcp.count);
    this.udp = new ConversationTotals(columns.udp.count);
    for (let first = 0; first < columns.count; first += CHUNK_ROWS) {
      this.#addChunk(columns.chunkOf(first), first, Math.min(CHUNK_ROWS, columns.count - first));
    }
    this.bytes = this.#sums[CAPTURE_BYTES]!;
    this.tcpPackets = this.#sums[TCP_PACKETS]!;
    this.udpPackets = this.#sums[UDP_PACKETS]!;
    this.durationNs = columns.count === 0 ? 0 : this.#clock[LATEST]! - this.#clock[EARLIEST]!;
  }

  /**
   * By the chunk: a function that is called often is compiled sooner than one long loop. Nothing follows the loop: what does is
   * not known yet to the code that is compiled while it runs, and all that code would be thrown away at the end of each chunk.
   */
  #addChunk({ words, doubles }: RowChunk, first: number, rows: number): void {
    const clock = this.#clock;
    const { tcp, udp, ordinary } = this;
    const sums = this.#sums;
    for (let index = 0; index < rows; index++) {
      const at = ROW_WORDS * index;
      const bits = words[at + ROW.bits]!;
      const timeNs = doubles[at >> 1]!;
      const length = words[at + ROW.length]!;
      sums[CAPTURE_BYTES]! += length;
      if ((bits & ODD) !== 0) this.#addOdd(bits, first + index);
      if (timeNs < clock[LAST]!) this.#addBackward(clock[LAST]! - timeNs, first + index);
      clock[LAST] = timeNs;
      if (timeNs < clock[EARLIEST]!) clock[EARLIEST] = timeNs;
      if (timeNs > clock[LATEST]!) clock[LATEST] = timeNs;
      if ((bits & ROW_MARK.quoted) !== 0) continue;
      if ((bits & ROW_MARK.tcp) !== 0) {
        sums[TCP_PACKETS]!++;
        const place = words[at + ROW.place]!;
        tcp.add(place, length, words[at + ROW.payload]!, (bits >>> FLAGS_SHIFT) & FLAGS_MASK);
        if (bits < 0) addOrdinary(ordinary, length, words[at + ROW.payload]!);
        else if (bits >>> EVENTS_SHIFT !== 0) this.#addEvents(bits >>> EVENTS_SHIFT, place >>> 1);
      } else if ((bits & ROW_MARK.udp) !== 0) {
        sums[UDP_PACKETS]!++;
        udp.add(words[at + ROW.place]!, length, words[at + ROW.payload]!, 0);
      } else continue;
      if (first + index < FRAMES_FOR_COPIES) this.copyFrames++;
    }
  }

  count(name: TcpEvent): number {
    return this.events[EVENT_NAMES.indexOf(name)]!;
  }

  /** Every event and how often it happened. */
  namedEvents(): Record<TcpEvent, number> {
    return Object.fromEntries(EVENT_NAMES.map((name, index) => [name, this.events[index]])) as Record<
      TcpEvent,
      number
    >;
  }

  #addEvents(events: number, conversation: number): void {
    for (let index = 0; index < EVENT_NAMES.length; index++) {
      if ((events & (1 << index)) !== 0) this.events[index]!++;
    }
    if ((events & TROUBLE) !== 0) this.tcp.troubles[conversation]!++;
  }

  #addOdd(bits: number, row: number): void {
    if ((bits & ROW_MARK.noTime) !== 0) this.untimedFrames++;
    if ((bits & ROW_MARK.cut) !== 0 && this.cutFrames++ === 0) this.firstCut = row + 1;
    if ((bits & ROW_MARK.copy) !== 0 && this.copies++ === 0) this.firstCopy = row + 1;
  }

  #addBackward(stepNs: number, row: number): void {
    if (this.backwardFrames++ === 0) this.firstBackward = row + 1;
    if (stepNs > this.backwardNs) this.backwardNs = stepNs;
  }
}
