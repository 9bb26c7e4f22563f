/**
 * The blocks of pcapng that hold a packet: enhanced, obsolete and simple ones.
 *
 *     enhanced  interface u32 | ticks high u32 | ticks low u32 | captured length u32 | length u32 | packet | options
 *     obsolete  interface u16, drops u16, then the same
 *     simple    length u32 | packet
 */
import { type BlockOptions, OPTION } from './block-options.ts';
import { u16, u32, u64 } from './byte-order.ts';
import type { CaptureInterface } from './capture-interface.ts';
import type { DamageReason } from './damage.ts';
import { NOT_SAID, PacketRecord, packetLength } from './packet-record.ts';
import {
  BLOCK,
  BLOCK_HEADER_BYTES,
  FIXED_BYTES,
  LAST_LENGTH_BYTES,
  lengthsDiffer,
  PACKET_OPTION,
  padded,
} from './pcapng-blocks.ts';
import type { RecordSink } from './record-sink.ts';

/** Options of one packet are put together in memory, so they have a bound, far beyond any comment that was seen. */
const MOST_OPTION_BYTES = 1024 * 1024;
/** The obsolete block's word for a number of drops that is not known. */
const DROPS_UNKNOWN = 0xffff;
const FCS_LENGTH_SHIFT = 5;
const FCS_LENGTH_MASK = 0xf;

const NO_COMMENTS: readonly string[] = [];

export class PacketBlocks {
  /** Where `read` gave 0: the bytes that it wants to see from the block's start on. */
  needed = 0;
  /** Where `read` gave -1: what is wrong. */
  problem = '';
  reason: DamageReason = 'option';
  readonly #sink: RecordSink;
  readonly #options: BlockOptions;
  readonly #record = new PacketRecord();

  constructor(sink: RecordSink, options: BlockOptions) {
    this.#sink = sink;
    this.#options = options;
  }

  /**
   * Gives the packet of the block at `bytes[at]`, whose length is `length`, and gives back the bytes of the block; 0 where it is
   * not whole, -1 where it is damaged.
   * @param offset of `bytes[0]` in the capture.
   */
  read(
    type: number,
    bytes: Uint8Array,
    at: number,
    end: number,
    length: number,
    isLittle: boolean,
    interfaces: readonly CaptureInterface[],
    offset: number,
  ): number {
    const isSimple = type === BLOCK.simplePacket;
    const body = at + BLOCK_HEADER_BYTES;
    const start = body + (isSimple ? FIXED_BYTES.simplePacket : FIXED_BYTES.packet);
    // The fixed part is judged before the rest is waited for: a damaged length must not make us keep megabytes.
    if (end < start) return this.#want(start - at);
    const number = isSimple
      ? 0
      : type === BLOCK.packet
        ? u16(bytes, body, isLittle)
        : u32(bytes, body, isLittle);
    if (number >= interfaces.length) {
      const described = `its section has described ${interfaces.length} so far`;
      return this.#fail('interface', `a packet of interface ${number}: ${described}`);
    }
    const described = interfaces[number] as CaptureInterface;
    let capturedLength = u32(bytes, isSimple ? body : body + 12, isLittle);
    if (isSimple && described.snapLength > 0 && capturedLength > described.snapLength)
      capturedLength = described.snapLength;
    const { mostPacketBytes, pseudoHeader } = described;
    if (capturedLength > mostPacketBytes) {
      const message = `a packet of ${capturedLength} bytes: at most ${mostPacketBytes} were expected`;
      return this.#fail('record-length', message);
    }
    const size = padded(length);
    const options = start + padded(capturedLength);
    const bodyEnd = at + size - LAST_LENGTH_BYTES;
    if (bodyEnd < options || bodyEnd > options + MOST_OPTION_BYTES) {
      const message = `a block of ${length} bytes around a packet of ${capturedLength}: the two do not fit`;
      return this.#fail('block-length', message);
    }
    if (capturedLength < pseudoHeader) {
      const message = `a packet of ${capturedLength} bytes: its link type asks for ${pseudoHeader} in front of it`;
      return this.#fail('pseudo-header', message);
    }
    if (end < at + size) return this.#want(size);
    const last = u32(bytes, bodyEnd, isLittle);
    if (padded(last) !== size) return this.#fail('block-length', lengthsDiffer(length, last));
    const record = this.#record;
    record.bytes = bytes;
    record.start = start + pseudoHeader;
    record.capturedLength = capturedLength - pseudoHeader;
    record.length = packetLength(u32(bytes, isSimple ? body : body + 16, isLittle), pseudoHeader);
    record.linkType = described.linkType;
    record.fcsLength = described.fcsLength;
    record.interfaceIndex = described.index;
    record.snapLength = described.snapLength;
    record.flags = 0;
    record.dropCount = NOT_SAID;
    record.comments = NO_COMMENTS;
    record.offset = offset + record.start;
    record.hasTime = !isSimple;
    if (isSimple) {
      record.seconds = 0;
      record.nanoseconds = 0;
    } else {
      const { clock } = described;
      clock.convert(u32(bytes, body + 4, isLittle), u32(bytes, body + 8, isLittle));
      record.seconds = clock.seconds;
      record.nanoseconds = clock.nanoseconds;
      if (type === BLOCK.packet) {
        const drops = u16(bytes, body + 2, isLittle);
        if (drops !== DROPS_UNKNOWN) record.dropCount = drops;
      }
      if (options < bodyEnd) {
        const problem = this.#readOptions(bytes, options, bodyEnd, isLittle);
        if (problem !== undefined) return this.#fail('option', problem);
      }
    }
    this.#sink.onPacket(record);
    return size;
  }

  #readOptions(bytes: Uint8Array, start: number, end: number, isLittle: boolean): string | undefined {
    const options = this.#options;
    const record = this.#record;
    options.moveTo(bytes, start, end, isLittle);
    while (options.next()) {
      const { code, length, at } = options;
      if (code === OPTION.comment) {
        record.comments = [...record.comments, options.text()];
        continue;
      }
      const wanted = lengthOf(code);
      if (wanted > 0 && length !== wanted)
        return `option ${code} of a packet has ${length} bytes: ${wanted} were expected`;
      if (code === PACKET_OPTION.verdict && length === 0)
        return 'the verdict of a packet has no bytes: at least 1 was expected';
      if (code === PACKET_OPTION.flags) {
        record.flags = u32(bytes, at, isLittle);
        const fcsLength = (record.flags >>> FCS_LENGTH_SHIFT) & FCS_LENGTH_MASK;
        if (fcsLength > 0) record.fcsLength = fcsLength;
      } else if (code === PACKET_OPTION.dropCount) {
        record.dropCount = u64(bytes, at, isLittle);
      }
    }
    return options.problem;
  }

  #want(needed: number): 0 {
    this.needed = needed;
    return 0;
  }

  #fail(reason: DamageReason, problem: string): -1 {
    this.reason = reason;
    this.problem = problem;
    return -1;
  }
}

/** What an option of a packet must have, in bytes; 0: anything. */
function lengthOf(code: number): number {
  switch (code) {
    case PACKET_OPTION.flags:
    case PACKET_OPTION.queue:
      return 4;
    case PACKET_OPTION.dropCount:
    case PACKET_OPTION.packetId:
      return 8;
    default:
      return 0;
  }
}
