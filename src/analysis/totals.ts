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
export const TROUBLE: number =
  TCP_EVENT.retransmission |
  TCP_EVENT.lostSegment |
  TCP_EVENT.outOfOrder |
  TCP_EVENT.zeroWindow |
  TCP_EVENT.windowFull |
  TCP_EVENT.ackedUnseen;

/** Sums of the whole capture, and times: the earliest, the latest, and that of the row before. */
export const TOTAL = {
  bytes: 0,
  tcpPackets: 1,
  udpPackets: 2,
  /** Frames of TCP and UDP that were looked at for copies. */
  copyFrames: 3,
  earliest: 4,
  latest: 5,
  last: 6,
} as const;
export const TOTALS = 7;
/** Numbers of a side. */
export const SIDE_TOTAL = { packets: 0, bytes: 1, payload: 2, largest: 3 } as const;
const { packets: PACKETS, bytes: BYTES, payload: PAYLOAD, largest: LARGEST } = SIDE_TOTAL;
export const SIDE_NUMBERS = 4;

/** Memory for totals that somebody else adds to, too; all of it zeros. */
export interface TotalsMemory {
  readonly sums: Float64Array;
  readonly events: Float64Array;
  readonly ordinary: Float64Array;
  /** Of the conversations of TCP. */
  readonly sides: Float64Array;
  readonly troubles: Uint32Array;
  readonly flags: Uint16Array;
  /**
   * Adds rows of a chunk from index `from` on, up to `to`.
   * @param first number of the first row of the chunk
   * @returns the index of the first row that it did not add
   */
  addRows(chunk: RowChunk, from: number, to: number, first: number): number;
}

/** Of the conversations of one protocol. A place is a conversation times 2 plus its side. */
export class ConversationTotals {
  readonly #numbers: Float64Array;
  /** By conversation: segments with an event that somebody should look at, and flags that were seen. */
  readonly troubles: Uint32Array;
  readonly flags: Uint16Array;

  constructor(count: number, memory?: TotalsMemory) {
    this.#numbers = memory?.sides ?? new Float64Array(2 * SIDE_NUMBERS * count);
    this.troubles = memory?.troubles.subarray(0, count) ?? new Uint32Array(count);
    this.flags = memory?.flags.subarray(0, count) ?? new Uint16Array(count);
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
  readonly events: Float64Array;
  /** Sums over ordinary segments, by SUM. */
  readonly ordinary: Float64Array;
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
  readonly copyFrames: number;

  readonly #sums: Float64Array;
  readonly #memory: TotalsMemory | undefined;

  constructor(columns: Columns, memory?: TotalsMemory) {
    this.#memory = memory;
    this.events = memory?.events ?? new Float64Array(EVENT_NAMES.length);
    this.ordinary = memory?.ordinary ?? new Float64Array(SUMS);
    const sums = memory?.sums ?? new Float64Array(TOTALS);
    sums[TOTAL.earliest] = Number.POSITIVE_INFINITY;
    sums[TOTAL.latest] = Number.NEGATIVE_INFINITY;
    sums[TOTAL.last] = Number.NEGATIVE_INFINITY;
    this.#sums = sums;
    this.tcp = new ConversationTotals(columns.tcp.count, memory);
    this.udp = new ConversationTotals(columns.udp.count);
    for (let first = 0; first < columns.count; first += CHUNK_ROWS) {
      this.#addChunk(columns.chunkOf(first), first, Math.min(CHUNK_ROWS, columns.count - first));
    }
    this.bytes = sums[TOTAL.bytes]!;
    this.tcpPackets = sums[TOTAL.tcpPackets]!;
    this.udpPackets = sums[TOTAL.udpPackets]!;
    this.copyFrames = sums[TOTAL.copyFrames]!;
    this.durationNs = columns.count === 0 ? 0 : sums[TOTAL.latest]! - sums[TOTAL.earliest]!;
  }

  /**
   * By the chunk: a function that is called often is compiled sooner than one long loop. Nothing follows the loop: what does is
   * not known yet to the code that is compiled while it runs, and all that code would be thrown away at the end of each chunk.
   */
  #addChunk(chunk: RowChunk, first: number, rows: number): void {
    const { words, doubles } = chunk;
    const { tcp, udp, ordinary } = this;
    const sums = this.#sums;
    const memory = this.#memory;
    for (let index = 0; ; index++) {
      if (memory !== undefined) index = memory.addRows(chunk, index, rows, first);
      if (index === rows) return;
      const at = ROW_WORDS * index;
      const bits = words[at + ROW.bits]!;
      const timeNs = doubles[at >> 1]!;
      const length = words[at + ROW.length]!;
      sums[TOTAL.bytes]! += length;
      if ((bits & ODD) !== 0) this.#addOdd(bits, first + index);
      if (timeNs < sums[TOTAL.last]!) this.#addBackward(sums[TOTAL.last]! - timeNs, first + index);
      sums[TOTAL.last] = timeNs;
      if (timeNs < sums[TOTAL.earliest]!) sums[TOTAL.earliest] = timeNs;
      if (timeNs > sums[TOTAL.latest]!) sums[TOTAL.latest] = timeNs;
      if ((bits & ROW_MARK.quoted) !== 0) continue;
      if ((bits & ROW_MARK.tcp) !== 0) {
        sums[TOTAL.tcpPackets]!++;
        const place = words[at + ROW.place]!;
        tcp.add(place, length, words[at + ROW.payload]!, (bits >>> FLAGS_SHIFT) & FLAGS_MASK);
        if (bits < 0) addOrdinary(ordinary, length, words[at + ROW.payload]!);
        else if (bits >>> EVENTS_SHIFT !== 0) this.#addEvents(bits >>> EVENTS_SHIFT, place >>> 1);
      } else if ((bits & ROW_MARK.udp) !== 0) {
        sums[TOTAL.udpPackets]!++;
        udp.add(words[at + ROW.place]!, length, words[at + ROW.payload]!, 0);
      } else continue;
      if (first + index < FRAMES_FOR_COPIES) sums[TOTAL.copyFrames]!++;
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
