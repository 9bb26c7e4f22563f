/**
 * The records of a pcap file. The hot loop of every analysis: it reads headers by byte arithmetic and gives one record object.
 *
 *     seconds u32 | fraction u32 | captured length u32 | length u32 | in some old files 4 to 12 bytes more | the packet
 */
import { u32 } from './byte-order.ts';
import type { Damage, DamageReason } from './damage.ts';
import { mostPacketBytes, pseudoHeaderLength } from './link-types.ts';
import { PacketRecord, packetLength } from './packet-record.ts';
import { chooseRecordHeader } from './pcap-guess.ts';
import { PCAP_HEADER_BYTES, type PcapLayout, readPcapHeader, swapsLengths } from './pcap-layout.ts';
import type { RecordReader } from './record-reader.ts';
import type { RecordSink } from './record-sink.ts';

/** As the layout of today has it. */
const RECORD_HEADER_BYTES = 16;

export class PcapReader implements RecordReader {
  needed: number = PCAP_HEADER_BYTES;
  damage: Damage | undefined = undefined;
  readonly begunBytes = 0;
  readonly skippedBlocks = 0;
  readonly #sink: RecordSink;
  readonly #isLive: boolean;
  readonly #record = new PacketRecord();
  #layout: PcapLayout | undefined = undefined;
  /** 0 until it is known which of the layouts the records have. */
  #recordHeader = 0;
  #mostBytes = 0;
  #pseudoHeader = 0;

  constructor(sink: RecordSink, isLive: boolean) {
    this.#sink = sink;
    this.#isLive = isLive;
  }

  read(bytes: Uint8Array, start: number, end: number, offset: number, isLast: boolean): number {
    let at = start;
    if (this.#layout === undefined) {
      if (end - at < this.needed) return at;
      at = this.#readHeader(bytes, at, end, offset);
    }
    const layout = this.#layout;
    if (layout === undefined) return at;
    if (this.#recordHeader === 0 && this.#isLive) this.#recordHeader = layout.recordHeaders[0] as number;
    if (this.#recordHeader === 0) {
      const choice = chooseRecordHeader(layout, bytes, at, end, isLast);
      if (choice.needed > 0) {
        this.needed = choice.needed;
        return at;
      }
      this.#recordHeader = choice.recordHeader;
    }
    return this.#readRecords(layout, bytes, at, end, offset);
  }

  #readHeader(bytes: Uint8Array, at: number, end: number, offset: number): number {
    const header = readPcapHeader(bytes, at, offset + at);
    if ('reason' in header) {
      this.damage = header;
      return at;
    }
    this.needed = header.headerLength;
    if (at + header.headerLength > end) return at;
    this.#layout = header;
    this.#mostBytes = mostPacketBytes(header.linkType);
    this.#pseudoHeader = pseudoHeaderLength(header.linkType);
    const record = this.#record;
    record.linkType = header.linkType;
    record.snapLength = header.snapLength;
    record.fcsLength = header.fcsLength;
    this.#sink.onInterface?.({
      index: 0,
      linkType: header.linkType,
      snapLength: header.snapLength,
      ticksPerSecond: header.hasNanoseconds ? 1_000_000_000n : 1_000_000n,
      offsetSeconds: 0,
      fcsLength: header.fcsLength,
      ipv4: [],
      ipv6: [],
      comments: [],
    });
    return at + header.headerLength;
  }

  #readRecords(
    { isLittle, hasNanoseconds, lengthOrder }: PcapLayout,
    bytes: Uint8Array,
    start: number,
    end: number,
    offset: number,
  ): number {
    const sink = this.#sink;
    const record = this.#record;
    const headerBytes = this.#recordHeader;
    const pseudoHeader = this.#pseudoHeader;
    const mostBytes = this.#mostBytes;
    const maySwap = lengthOrder !== 'captured first';
    const isUsual = isLittle && headerBytes === RECORD_HEADER_BYTES && pseudoHeader === 0 && !maySwap;
    let at = start;
    for (;;) {
      if (isUsual) at = sink.takeRecords?.(bytes, at, end, 'pcap') ?? at;
      if (at + headerBytes > end) break;
      let capturedLength = u32(bytes, at + 8, isLittle);
      let length = u32(bytes, at + 12, isLittle);
      if (maySwap && swapsLengths(lengthOrder, capturedLength, length)) {
        const first = capturedLength;
        capturedLength = length;
        length = first;
      }
      if (capturedLength > mostBytes) {
        const message = `a record of ${capturedLength} bytes: at most ${mostBytes} were expected`;
        this.#stop('record-length', message, offset + at);
        return at;
      }
      const next = at + headerBytes + capturedLength;
      if (next > end) {
        this.needed = headerBytes + capturedLength;
        return at;
      }
      if (capturedLength < pseudoHeader) {
        const message = `a record of ${capturedLength} bytes: its link type asks for ${pseudoHeader} in front of the packet`;
        this.#stop('pseudo-header', message, offset + at);
        return at;
      }
      const fraction = u32(bytes, at + 4, isLittle);
      record.bytes = bytes;
      record.start = at + headerBytes + pseudoHeader;
      record.capturedLength = capturedLength - pseudoHeader;
      record.length = packetLength(length, pseudoHeader);
      record.seconds = u32(bytes, at, isLittle);
      record.nanoseconds = hasNanoseconds ? fraction | 0 : Math.imul(fraction, 1_000);
      record.offset = offset + record.start;
      sink.onPacket(record);
      at = next;
    }
    this.needed = headerBytes;
    return at;
  }

  #stop(reason: DamageReason, message: string, offset: number): void {
    this.damage = { reason, message, offset };
  }
}
