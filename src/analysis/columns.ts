/**
 * What is kept of every frame: a row of numbers, 48 bytes, no object and no byte of its payload; and, for a limited number of
 * frames, what else a report tells (options of a SYN, reasons of events, first bytes).
 *
 * A frame's row is its number less 1. The frames of a conversation are a chain from the last one to the first.
 */
import type { Packet } from '../wire/packet.ts';
import { TCP_FLAG } from '../wire/tcp-header.ts';
import type { AnalysedFrame } from './analysed-frame.ts';
import { CHECK, checkTransport, MOST_CHECKS } from './columns-checksum.ts';
import {
  CHUNK_BITS,
  CHUNK_MASK,
  EVENTS_SHIFT,
  FLAGS_MASK,
  FLAGS_SHIFT,
  ORDINARY,
  ROW,
  ROW_MARK,
  ROW_WORDS,
  RowChunk,
} from './columns-chunk.ts';
import { COPY_NS, FRAMES_FOR_COPIES, fingerprintOf } from './columns-copies.ts';
import { type ExcerptMemory, ExcerptTable, MOST_EXCERPTS } from './columns-excerpts.ts';
import { type PlaceMemory, PlaceTable } from './columns-places.ts';
import { MOST_REASONS, type ReasonMemory, ReasonTable } from './columns-reasons.ts';
import { SynTable } from './columns-syn.ts';
import { addOrdinary, SUMS } from './ordinary-segments.ts';
import type { FrameSink } from './pipeline.ts';

/** Before the first row. */
const NO_ROWS = new RowChunk(new SharedArrayBuffer(0));
const NS_PER_SECOND = 1_000_000_000;
/** In the clock. */
const LATEST = 2;

/** Memory that somebody else uses, too. */
export interface ColumnsMemory {
  /** One word. */
  readonly rows: Int32Array;
  /** Three doubles. */
  readonly clock: Float64Array;
  readonly tcp: PlaceMemory;
  readonly excerpts: ExcerptMemory;
  readonly reasons: ReasonMemory;
  /** Undefined: there is no room for one. */
  openChunk(): RowChunk | undefined;
}

export class Columns implements FrameSink {
  readonly tcp: PlaceTable;
  readonly udp: PlaceTable = new PlaceTable();
  readonly syns: SynTable = new SynTable();
  readonly reasons: ReasonTable;
  readonly excerpts: ExcerptTable;
  readonly #chunks: RowChunk[] = [];
  #chunk: RowChunk = NO_ROWS;
  readonly #memory: ColumnsMemory | undefined;
  /** One word. */
  readonly #count: Int32Array;
  #hasStart = false;
  /**
   * The first time in the capture, from which rows count: seconds and nanoseconds; then the latest row's. Doubles from the
   * beginning: a field that begins as a small number and outgrows it makes the engine compile everything again.
   */
  readonly #clock: Float64Array;

  constructor(memory?: ColumnsMemory) {
    this.#memory = memory;
    this.#count = memory?.rows ?? new Int32Array(1);
    this.#clock = memory?.clock ?? new Float64Array(3);
    this.tcp = new PlaceTable(memory?.tcp);
    this.excerpts = new ExcerptTable(memory?.excerpts);
    this.reasons = new ReasonTable(memory?.reasons);
  }

  /** Rows so far. */
  get count(): number {
    return this.#count[0]!;
  }

  /** Whether a frame with a time was seen. */
  get hasStart(): boolean {
    return this.#hasStart;
  }

  /** When the first frame with a time was captured; undefined: none has one. */
  get start(): { readonly seconds: number; readonly nanoseconds: number } | undefined {
    const [seconds = 0, nanoseconds = 0] = this.#clock;
    return this.#hasStart ? { seconds, nanoseconds } : undefined;
  }

  /** What holds a row, from word `ROW_WORDS * (row & CHUNK_MASK)` on. */
  chunkOf(row: number): RowChunk {
    return this.#chunks[row >>> CHUNK_BITS] as RowChunk;
  }

  /** The rows of a conversation in the order of the capture. */
  rowsOf(table: PlaceTable, conversation: number): Int32Array {
    let count = 0;
    for (let row = table.lasts[conversation] ?? -1; row >= 0; row = this.#before(row)) count++;
    const rows = new Int32Array(count);
    for (let row = table.lasts[conversation] ?? -1; row >= 0; row = this.#before(row)) rows[--count] = row;
    return rows;
  }

  /** Of a row with TCP or UDP: conversation times 2 plus side. */
  placeOf(row: number): number {
    return this.chunkOf(row).words[ROW_WORDS * (row & CHUNK_MASK) + ROW.place] as number;
  }

  /** Nanoseconds since the first frame. */
  timeOf(row: number): number {
    return this.chunkOf(row).doubles[(ROW_WORDS >> 1) * (row & CHUNK_MASK)] as number;
  }

  onFrame(frame: AnalysedFrame): void {
    const { packet } = frame;
    const row = this.#count[0]!++;
    const index = row & CHUNK_MASK;
    if (index === 0) this.#open();
    const { words, doubles } = this.#chunk;
    const at = ROW_WORDS * index;
    let bits = packet.capturedLength < packet.length ? ROW_MARK.cut : 0;
    const clock = this.#clock;
    if (packet.hasTime) {
      if (!this.#hasStart) this.#begin(packet.seconds, packet.nanoseconds);
      clock[LATEST] = (packet.seconds - clock[0]!) * NS_PER_SECOND + (packet.nanoseconds - clock[1]!);
    } else bits |= ROW_MARK.noTime;
    if (packet.isQuoted) bits |= ROW_MARK.quoted;
    doubles[at >> 1] = clock[LATEST]!;
    words[at + ROW.length] = packet.length;
    if (frame.hasTcp) this.#keepSegment(frame, words, at, row, bits);
    else if (frame.hasUdp) this.#keepDatagram(frame, words, at, row, bits);
    else words[at + ROW.bits] = bits;
  }

  /** The same, of an ordinary segment (`ordinary-segments.ts`). */
  onOrdinary({ packet, verdict }: AnalysedFrame): void {
    const row = this.#count[0]!++;
    if ((row & CHUNK_MASK) === 0) this.#open();
    const { words, doubles } = this.#chunk;
    const at = ROW_WORDS * (row & CHUNK_MASK);
    const { tcp, seconds, nanoseconds } = packet;
    if (!this.#hasStart) this.#begin(seconds, nanoseconds);
    const clock = this.#clock;
    const time = (seconds - clock[0]!) * NS_PER_SECOND + (nanoseconds - clock[1]!);
    clock[LATEST] = time;
    doubles[at >> 1] = time;
    const { place } = verdict;
    const { lasts } = this.tcp;
    let bits = ORDINARY | ROW_MARK.tcp | ((tcp.flags & FLAGS_MASK) << FLAGS_SHIFT);
    if (row < FRAMES_FOR_COPIES && this.#isCopy(this.tcp, fingerprintOf(packet), place))
      bits |= ROW_MARK.copy;
    words[at + ROW.length] = packet.length;
    words[at + ROW.payload] = tcp.payloadLength;
    words[at + ROW.bits] = bits;
    words[at + ROW.sequence] = tcp.sequence;
    words[at + ROW.acknowledgment] = tcp.acknowledgment;
    words[at + ROW.place] = place;
    words[at + ROW.before] = lasts[place >>> 1]!;
    lasts[place >>> 1] = row;
    words[at + ROW.window] = verdict.windowSize;
    words[at + ROW.inFlight] = verdict.bytesInFlight;
    words[at + ROW.acksFrame] = verdict.acksFrame;
  }

  /** Keeps of a segment's payload what is kept beside its row. */
  lookInto(packet: Packet, row: number, place: number): void {
    this.#keepPayload(this.tcp, packet, row, place, 0);
  }

  /** Of that side of a TCP conversation nothing more is kept than its rows. */
  isFull(place: number): boolean {
    const { excerpts, checks } = this.tcp;
    return (
      checks[place]! >= MOST_CHECKS * CHECK.one &&
      (excerpts[place >>> 1]! >= MOST_EXCERPTS || this.excerpts.isFull)
    );
  }

  /** Sums (SUM of `ordinary-segments.ts`) over the ordinary segments of a TCP conversation. */
  ordinaryOf(conversation: number): Float64Array {
    const sums = new Float64Array(SUMS);
    for (let row = this.tcp.lasts[conversation] ?? -1; row >= 0; row = this.#before(row)) {
      const { words } = this.chunkOf(row);
      const at = ROW_WORDS * (row & CHUNK_MASK);
      if (words[at + ROW.bits]! < 0) addOrdinary(sums, words[at + ROW.length]!, words[at + ROW.payload]!);
    }
    return sums;
  }

  #before(row: number): number {
    return this.chunkOf(row).words[ROW_WORDS * (row & CHUNK_MASK) + ROW.before] as number;
  }

  #keepSegment(
    { packet, verdict }: AnalysedFrame,
    words: Int32Array,
    at: number,
    row: number,
    marks: number,
  ): void {
    const { tcp } = packet;
    const { place } = verdict;
    // tshark says nothing of a header that is not whole.
    const events = tcp.isWhole ? verdict.events : 0;
    const { flags, payloadLength } = tcp;
    const table = this.tcp;
    let bits = marks | ROW_MARK.tcp | ((flags & FLAGS_MASK) << FLAGS_SHIFT) | (events << EVENTS_SHIFT);
    if (!tcp.isAnalysed) bits |= ROW_MARK.notAnalysed;
    this.#chain(table, words, at, row, place);
    if (row < FRAMES_FOR_COPIES && this.#isCopy(table, fingerprintOf(packet), place)) bits |= ROW_MARK.copy;
    words[at + ROW.payload] = payloadLength;
    words[at + ROW.bits] = bits;
    words[at + ROW.sequence] = tcp.sequence;
    words[at + ROW.acknowledgment] = tcp.acknowledgment;
    words[at + ROW.window] = verdict.windowSize;
    words[at + ROW.inFlight] = verdict.bytesInFlight;
    words[at + ROW.acksFrame] = verdict.acksFrame;
    if ((flags & TCP_FLAG.syn) !== 0 && tcp.isAnalysed) this.syns.add(row, packet);
    if (events !== 0) this.#keepReason(table, row, place >>> 1, verdict.reason);
    if (payloadLength > 0) this.#keepPayload(table, packet, row, place, payloadLength - tcp.capturedPayload);
  }

  #keepDatagram(
    { packet, udpPlace }: AnalysedFrame,
    words: Int32Array,
    at: number,
    row: number,
    marks: number,
  ): void {
    const { udp } = packet;
    const table = this.udp;
    let bits = marks | ROW_MARK.udp;
    this.#chain(table, words, at, row, udpPlace);
    if (row < FRAMES_FOR_COPIES && this.#isCopy(table, fingerprintOf(packet), udpPlace))
      bits |= ROW_MARK.copy;
    words[at + ROW.payload] = udp.payloadLength;
    words[at + ROW.bits] = bits;
    this.#keepPayload(table, packet, row, udpPlace, udp.payloadLength - udp.capturedPayload);
  }

  /** Puts the row at the end of its conversation's chain. */
  #chain(table: PlaceTable, words: Int32Array, at: number, row: number, place: number): void {
    const conversation = place >>> 1;
    words[at + ROW.place] = place;
    if (conversation >= table.count) table.open(conversation);
    words[at + ROW.before] = table.lasts[conversation]!;
    table.lasts[conversation] = row;
  }

  #keepReason(table: PlaceTable, row: number, conversation: number, reason: Float64Array): void {
    if (table.reasons[conversation]! < MOST_REASONS && this.reasons.add(row, reason)) {
      table.reasons[conversation]!++;
    }
  }

  #keepPayload(table: PlaceTable, packet: Packet, row: number, place: number, cutBytes: number): void {
    const conversation = place >>> 1;
    if (cutBytes > 0) table.cutBytes[conversation]! += cutBytes;
    if (table.excerpts[conversation]! < MOST_EXCERPTS && !packet.isQuoted) {
      table.excerpts[conversation]!++;
      this.excerpts.add(row, packet);
    }
    const checks = table.checks[place]!;
    if (checks < MOST_CHECKS * CHECK.one) table.checks[place] = (checks + CHECK.one) | checkTransport(packet);
  }

  /** A third one is no copy of the second. */
  #isCopy(table: PlaceTable, fingerprint: number, place: number): boolean {
    const now = this.#clock[LATEST]!;
    const isCopy =
      fingerprint !== 0 &&
      fingerprint === table.fingerprints[place] &&
      now - table.fingerprintTimes[place]! < COPY_NS;
    table.fingerprints[place] = isCopy ? 0 : fingerprint;
    table.fingerprintTimes[place] = now;
    return isCopy;
  }

  #begin(seconds: number, nanoseconds: number): void {
    this.#hasStart = true;
    this.#clock[0] = seconds;
    this.#clock[1] = nanoseconds;
  }

  #open(): void {
    this.#chunk = this.#memory?.openChunk() ?? new RowChunk();
    this.#chunks.push(this.#chunk);
  }
}
