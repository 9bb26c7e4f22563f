/**
 * Goes through the frames of one conversation, in the order of the capture. What ICMP errors quote is counted, not shown.
 */
import { TCP_EVENT } from '../flows/tcp-events.ts';
import { TCP_FLAG } from '../wire/tcp-header.ts';
import type { Columns } from './columns.ts';
import {
  CHUNK_MASK,
  EVENTS_MASK,
  EVENTS_SHIFT,
  FLAGS_MASK,
  FLAGS_SHIFT,
  MARKS_MASK,
  ROW,
  ROW_MARK,
  ROW_WORDS,
} from './columns-chunk.ts';
import type { PlaceTable } from './columns-places.ts';
import { Coverage } from './conversation-coverage.ts';
import { Segment } from './conversation-segment.ts';

/** Frames with ICMP errors that are named; all are counted. */
const MOST_QUOTED_FRAMES = 6;

export interface SegmentSink {
  /** The segment is written again after this returns. */
  add(segment: Segment): void;
}

export interface Walked {
  /** Of each side: client, server. */
  readonly coverage: readonly [Coverage, Coverage];
  /** Frames with an ICMP error about it, and the first of them. */
  readonly quoted: number;
  readonly quotedFrames: readonly number[];
}

/** Sequence numbers of a side count from here, as Wireshark counts them. */
class Base {
  #value = 0;
  #isKnown = false;

  know(value: number, isNewer = false): void {
    if (!this.#isKnown || isNewer) this.#value = value;
    this.#isKnown = true;
  }

  relative(value: number): number {
    return (value - this.#value) >>> 0;
  }
}

/** @param clientSide which of the conversation's sides is the client, 0 or 1 */
export function walkTcp(
  columns: Columns,
  conversation: number,
  clientSide: number,
  sinks: readonly SegmentSink[],
): Walked {
  const segment = new Segment();
  const coverage = [new Coverage(), new Coverage()] as const;
  const bases = [new Base(), new Base()] as const;
  let quoted = 0;
  const quotedFrames: number[] = [];
  for (const row of columns.rowsOf(columns.tcp, conversation)) {
    read(columns, row, clientSide, segment);
    if ((segment.marks & ROW_MARK.quoted) !== 0) {
      if (quoted++ < MOST_QUOTED_FRAMES) quotedFrames.push(segment.frame);
      continue;
    }
    const { flags, side, rawSequence, rawAcknowledgment } = segment;
    const hasAck = (flags & TCP_FLAG.ack) !== 0;
    const own = bases[side];
    const peer = bases[side === 0 ? 1 : 0];
    if ((segment.marks & ROW_MARK.notAnalysed) === 0) {
      const isSyn = (flags & TCP_FLAG.syn) !== 0;
      own.know(isSyn ? rawSequence : rawSequence - 1, isSyn);
      if (hasAck) peer.know(rawAcknowledgment - 1);
    }
    segment.sequence = own.relative(rawSequence);
    segment.acknowledgment = hasAck ? peer.relative(rawAcknowledgment) : 0;
    segment.newBytes = newBytesOf(segment, coverage[side]);
    for (const sink of sinks) sink.add(segment);
  }
  return { coverage, quoted, quotedFrames };
}

/** The same for UDP: all of a payload is new. */
export function walkUdp(
  columns: Columns,
  conversation: number,
  clientSide: number,
  sinks: readonly SegmentSink[],
): number {
  const segment = new Segment();
  let quoted = 0;
  for (const row of columns.rowsOf(columns.udp, conversation)) {
    read(columns, row, clientSide, segment);
    if ((segment.marks & ROW_MARK.quoted) !== 0) {
      quoted++;
      continue;
    }
    segment.newBytes = segment.payload;
    for (const sink of sinks) sink.add(segment);
  }
  return quoted;
}

/** Who opened a conversation, and how that is known. */
export interface ClientSide {
  /** 0 or 1, as `Conversations` has sides. */
  readonly side: 0 | 1;
  /** `init`: by the ids of reliable UDP. */
  readonly reason: 'syn' | 'syn-ack' | 'init' | 'port' | 'first-frame';
}

/** Ports from here on are given to clients (IANA's dynamic range begins at 49,152; Linux takes from 32,768 on). */
const FIRST_CLIENT_PORT = 32_768;
/** A SYN comes within the first frames, or not at all. */
const FRAMES_TO_A_SYN = 8;

/** @param ports of side 0 and of side 1 */
export function clientSideOf(
  columns: Columns,
  table: PlaceTable,
  conversation: number,
  ports: readonly [number, number],
): ClientSide {
  const segment = new Segment();
  let firstSide: 0 | 1 | undefined;
  for (const row of columns.rowsOf(table, conversation).subarray(0, FRAMES_TO_A_SYN)) {
    read(columns, row, 0, segment);
    const { side, flags } = segment;
    firstSide ??= side;
    if ((flags & TCP_FLAG.syn) === 0) continue;
    return (flags & TCP_FLAG.ack) === 0
      ? { side, reason: 'syn' }
      : { side: side === 0 ? 1 : 0, reason: 'syn-ack' };
  }
  const isClient = ports.map(port => port >= FIRST_CLIENT_PORT);
  if (isClient[0] !== isClient[1]) return { side: isClient[0] ? 0 : 1, reason: 'port' };
  return { side: firstSide ?? 0, reason: 'first-frame' };
}

/** Writes what a row holds into `segment`. */
function read(columns: Columns, row: number, clientSide: number, segment: Segment): void {
  const { words, doubles } = columns.chunkOf(row);
  const at = ROW_WORDS * (row & CHUNK_MASK);
  const bits = words[at + ROW.bits]!;
  segment.row = row;
  segment.frame = row + 1;
  segment.timeNs = doubles[at >> 1]!;
  segment.side = ((words[at + ROW.place]! & 1) ^ clientSide) as 0 | 1;
  segment.marks = bits & MARKS_MASK;
  segment.flags = (bits >>> FLAGS_SHIFT) & FLAGS_MASK;
  segment.events = (bits >>> EVENTS_SHIFT) & EVENTS_MASK;
  segment.rawSequence = words[at + ROW.sequence]! >>> 0;
  segment.rawAcknowledgment = words[at + ROW.acknowledgment]! >>> 0;
  segment.payload = words[at + ROW.payload]!;
  segment.length = words[at + ROW.length]!;
  segment.window = words[at + ROW.window]!;
  segment.inFlight = words[at + ROW.inFlight]!;
  const acks = words[at + ROW.acksFrame]!;
  segment.acksFrame = acks;
  segment.rttNs = acks === 0 ? 0 : segment.timeNs - columns.timeOf(acks - 1);
}

/**
 * Keep-alives repeat a byte or none; what a RST carries, and a segment that is not analysed, is no part of the stream.
 * A segment without data shows a gap before it, too; SYN and FIN take a number each.
 */
function newBytesOf(segment: Segment, coverage: Coverage): number {
  const { flags, payload } = segment;
  if ((segment.marks & ROW_MARK.notAnalysed) !== 0 || (flags & TCP_FLAG.rst) !== 0) return 0;
  if ((segment.events & TCP_EVENT.keepAlive) !== 0) return 0;
  const sequence = (flags & TCP_FLAG.syn) === 0 ? segment.sequence : (segment.sequence + 1) >>> 0;
  const fresh = coverage.add(sequence, payload);
  if ((flags & TCP_FLAG.fin) !== 0) coverage.add((sequence + payload) >>> 0, 1);
  return fresh;
}
