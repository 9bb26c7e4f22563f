/**
 * The first half of the analysis of a large capture, for a thread of its own: begins a row for each frame, in the layout of the
 * columns, and reads the headers of plain segments into it. The other half (`CaptureAnalysis.takeRows`) finishes the rows. So
 * the rows themselves are what one thread hands to the other, and no byte of them is copied.
 *
 * Words that the second half overwrites carry, of a plain segment: the time in `time` (seconds) and the word behind it
 * (nanoseconds), in `place` the place by addresses and ports alone (ports that are used again are the second half's to see), in
 * `before` where the frame starts in the piece, the window as in the header, and in `inFlight`, of the first frames, what a copy of
 * the frame has, too. Of any other frame only `before` counts, and `bits` is 0: the record is in the table of records.
 */
import { InternalError } from '../errors/errors.ts';
import { Conversations } from '../flows/conversations.ts';
import type { PacketRecord } from '../pcap/packet-record.ts';
import type { RecordSink } from '../pcap/record-sink.ts';
import { LINK_TYPE } from '../wire/link-types.ts';
import { Packet } from '../wire/packet.ts';
import { readPlainSegment } from '../wire/plain-segment.ts';
import { CHUNK_MASK, FLAGS_MASK, FLAGS_SHIFT, ORDINARY, ROW, ROW_MARK, ROW_WORDS } from './columns-chunk.ts';
import { FRAMES_FOR_COPIES, fingerprintOf } from './columns-copies.ts';
import { mayBeOrdinary } from './ordinary-segments.ts';

/** Where a frame starts that is not in the piece, but sent for itself, because two pieces share it. */
export const SENT = -1;
/** Seconds that a word holds, and the nanoseconds of one. */
const MOST_SECONDS = 0x7fffffff;
const NS_PER_SECOND = 1_000_000_000;

/** Numbers of a record in the table of records. */
const RECORD = {
  start: 0,
  capturedLength: 1,
  length: 2,
  seconds: 3,
  nanoseconds: 4,
  hasTime: 5,
  linkType: 6,
} as const;
const RECORD_NUMBERS = 7;
/** The shortest record of all: an empty journal entry of pcapng. */
const LEAST_RECORD_BYTES = 12;
/** Records that may have begun before a piece that completes them: while the layout of a pcap file is guessed, three wait. */
const MOST_BEGUN = 8;

/** Numbers that a table of records needs room for, by the bytes of a piece. */
export function recordNumbers(pieceBytes: number): number {
  return RECORD_NUMBERS * (Math.ceil(pieceBytes / LEAST_RECORD_BYTES) + MOST_BEGUN);
}

/** The other side of the feeder. */
export interface RowHost {
  /** Room for the next chunk of rows. */
  openChunk(): Int32Array;
  /** A frame that no piece holds; the bytes are to be copied. */
  sendFrame(bytes: Uint8Array): void;
}

/** What goes with the rows of a piece, for who finishes them. */
export interface RowSource {
  readonly piece: Uint8Array;
  /** The next chunk of rows. */
  nextChunk(): SharedArrayBuffer;
  /** The next frame that was sent for itself. */
  nextFrame(): Uint8Array;
  /** The record with that index in the table of records; written again for the next. */
  record(index: number): PacketRecord;
}

/** Reads the record with that index out of the table; its bytes are in the piece, or sent next. */
export function readRecord(
  records: Float64Array,
  index: number,
  source: Pick<RowSource, 'piece' | 'nextFrame'>,
  into: PacketRecord,
): PacketRecord {
  const at = RECORD_NUMBERS * index;
  const start = records[at + RECORD.start] as number;
  into.bytes = start === SENT ? source.nextFrame() : source.piece;
  into.start = start === SENT ? 0 : start;
  into.capturedLength = records[at + RECORD.capturedLength] as number;
  into.length = records[at + RECORD.length] as number;
  into.seconds = records[at + RECORD.seconds] as number;
  into.nanoseconds = records[at + RECORD.nanoseconds] as number;
  into.hasTime = records[at + RECORD.hasTime] === 1;
  into.linkType = records[at + RECORD.linkType] as number;
  return into;
}

export class RowFeeder implements RecordSink {
  readonly #host: RowHost;
  readonly #packet = new Packet();
  readonly #flows = new Conversations();
  #piece: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(this.#piece.buffer);
  #records: Float64Array = new Float64Array(0);
  #recordCount = 0;
  #words: Int32Array = new Int32Array(0);
  #count = 0;

  constructor(host: RowHost) {
    this.#host = host;
  }

  /** Rows so far. */
  get count(): number {
    return this.#count;
  }

  /**
   * Before a piece is decoded.
   * @param records room for `recordNumbers` of the piece
   */
  beginPiece(piece: Uint8Array, records: Float64Array): void {
    this.#piece = piece;
    this.#view = new DataView(piece.buffer, piece.byteOffset, piece.length);
    this.#records = records;
    this.#recordCount = 0;
  }

  onPacket(record: PacketRecord): void {
    const row = this.#count++;
    if ((row & CHUNK_MASK) === 0) this.#words = this.#host.openChunk();
    const words = this.#words;
    const at = ROW_WORDS * (row & CHUNK_MASK);
    const { bytes, start, length, seconds, nanoseconds } = record;
    const isInPiece = bytes === this.#piece;
    const mayBePlain =
      record.linkType === LINK_TYPE.ethernet &&
      record.capturedLength === length &&
      record.hasTime &&
      seconds >= 0 &&
      seconds <= MOST_SECONDS &&
      nanoseconds >= 0 &&
      nanoseconds < NS_PER_SECOND;
    const packet = this.#packet;
    const view = isInPiece ? this.#view : new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    if (!mayBePlain || !readPlainSegment(view, bytes, start, length, packet)) {
      words[at + ROW.bits] = 0;
      words[at + ROW.before] = this.#keepRecord(record, isInPiece);
      return;
    }
    const { tcp } = packet;
    words[at] = seconds;
    words[at + 1] = nanoseconds;
    words[at + ROW.length] = length;
    words[at + ROW.place] = this.#flows.placeOfIpv4(
      packet.sourceIpv4,
      packet.destinationIpv4,
      tcp.sourcePort,
      tcp.destinationPort,
    );
    words[at + ROW.before] = isInPiece ? start : SENT;
    words[at + ROW.payload] = tcp.payloadLength;
    words[at + ROW.bits] =
      (mayBeOrdinary(packet) ? ORDINARY : 0) | ROW_MARK.tcp | ((tcp.flags & FLAGS_MASK) << FLAGS_SHIFT);
    words[at + ROW.sequence] = tcp.sequence;
    words[at + ROW.acknowledgment] = tcp.acknowledgment;
    words[at + ROW.window] = tcp.window;
    if (row < FRAMES_FOR_COPIES) words[at + ROW.inFlight] = fingerprintOf(packet);
    if (!isInPiece) this.#host.sendFrame(bytes.subarray(start, start + length));
  }

  /** Its index in the table of records. */
  #keepRecord(record: PacketRecord, isInPiece: boolean): number {
    const index = this.#recordCount++;
    const records = this.#records;
    const at = RECORD_NUMBERS * index;
    // A number that finds no room would be dropped without a word.
    if (at + RECORD_NUMBERS > records.length) throw new InternalError('a piece completes too many records');
    const { bytes, start, capturedLength } = record;
    records[at + RECORD.start] = isInPiece ? start : SENT;
    records[at + RECORD.capturedLength] = capturedLength;
    records[at + RECORD.length] = record.length;
    records[at + RECORD.seconds] = record.seconds;
    records[at + RECORD.nanoseconds] = record.nanoseconds;
    records[at + RECORD.hasTime] = record.hasTime ? 1 : 0;
    records[at + RECORD.linkType] = record.linkType;
    if (!isInPiece) this.#host.sendFrame(bytes.subarray(start, start + capturedLength));
    return index;
  }
}
