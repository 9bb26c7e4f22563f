/**
 * The blocks of a pcapng file. Packets are read in packet-blocks.ts; everything else is rare.
 */
import { BlockOptions } from './block-options.ts';
import { u16, u32 } from './byte-order.ts';
import { CaptureInterface } from './capture-interface.ts';
import type { Damage, DamageReason } from './damage.ts';
import { OtherRecords } from './other-records.ts';
import { PacketBlocks } from './packet-blocks.ts';
import {
  BLOCK,
  BLOCK_FRAME_BYTES,
  BLOCK_HEADER_BYTES,
  BYTE_ORDER_MAGIC,
  fixedBytesOf,
  LAST_LENGTH_BYTES,
  lengthsDiffer,
  padded,
} from './pcapng-blocks.ts';
import {
  type BlockBody,
  readInterface,
  readNames,
  readSecrets,
  readSection,
  readStatistics,
} from './pcapng-descriptions.ts';
import type { RecordReader } from './record-reader.ts';
import type { RecordSink } from './record-sink.ts';

/** A block other than a packet is put together in memory, so it has a bound; the longest known, key logs, have some MiB. */
const MOST_BLOCK_BYTES = 16 * 1024 * 1024;
/** A section names its interfaces one by one; a machine with so many is damage. */
const MOST_INTERFACES = 65_536;
/** A section header is read in the byte order that stands in its bytes 8 to 11. */
const SECTION_START_BYTES = 12;

export class PcapngReader implements RecordReader {
  needed: number = SECTION_START_BYTES;
  damage: Damage | undefined = undefined;
  /** Blocks of kinds that are not read here. */
  skippedBlocks = 0;
  readonly #sink: RecordSink;
  readonly #options = new BlockOptions();
  readonly #packets: PacketBlocks;
  readonly #others = new OtherRecords();
  /** Why `#readOther` gave a problem. */
  #reason: DamageReason = 'option';
  #isLittle = true;
  #sections = 0;
  /** Of the section at hand. */
  #interfaces: CaptureInterface[] = [];
  /** Of the whole file. */
  #interfaceCount = 0;
  /** Bytes left of a block that is skipped, its last length included; 0: none is. */
  #toSkip = 0;
  #skippedSize = 0;

  constructor(sink: RecordSink) {
    this.#sink = sink;
    this.#packets = new PacketBlocks(sink, this.#options);
  }

  get begunBytes(): number {
    return this.#toSkip > 0 ? this.#skippedSize - this.#toSkip : 0;
  }

  read(bytes: Uint8Array, start: number, end: number, offset: number): number {
    let at = start;
    const sink = this.#sink;
    while (this.damage === undefined) {
      if (this.#isLittle && this.#toSkip === 0) at = sink.takeRecords?.(bytes, at, end, 'pcapng') ?? at;
      const next =
        this.#toSkip > 0 ? this.#skip(bytes, at, end, offset) : this.#readBlock(bytes, at, end, offset);
      if (next === at) break;
      at = next;
    }
    return at;
  }

  /** Reads the block at `bytes[at]`; gives `at` where it is not whole, or damaged. */
  #readBlock(bytes: Uint8Array, at: number, end: number, offset: number): number {
    if (end - at < BLOCK_HEADER_BYTES) return this.#want(BLOCK_HEADER_BYTES, at);
    // The type of a section header reads the same in both orders.
    const type = u32(bytes, at, this.#isLittle);
    if (type === BLOCK.sectionHeader) {
      if (end - at < SECTION_START_BYTES) return this.#want(SECTION_START_BYTES, at);
      const magic = u32(bytes, at + BLOCK_HEADER_BYTES, true);
      this.#isLittle = magic === BYTE_ORDER_MAGIC;
      if (!this.#isLittle && u32(bytes, at + BLOCK_HEADER_BYTES, false) !== BYTE_ORDER_MAGIC)
        return this.#stop('byte-order', 'a section header without the byte-order magic 1a2b3c4d', at, offset);
    }
    const length = u32(bytes, at + 4, this.#isLittle);
    const fixed = fixedBytesOf(type);
    const least = BLOCK_FRAME_BYTES + Math.max(0, fixed);
    if (length < least) {
      const message = `a block of ${length} bytes: ${least} or more were expected`;
      return this.#stop('block-length', message, at, offset);
    }
    if (type === BLOCK.enhancedPacket || type === BLOCK.packet || type === BLOCK.simplePacket)
      return this.#readPacket(type, bytes, at, end, length, offset);
    const size = padded(length);
    if (fixed < 0) {
      this.#toSkip = size - BLOCK_HEADER_BYTES;
      this.#skippedSize = size;
      this.skippedBlocks++;
      return at + BLOCK_HEADER_BYTES;
    }
    if (size > MOST_BLOCK_BYTES) {
      const message = `a block of ${length} bytes: at most ${MOST_BLOCK_BYTES} were expected`;
      return this.#stop('block-length', message, at, offset);
    }
    if (end - at < size) return this.#want(size, at);
    const bodyEnd = at + size - LAST_LENGTH_BYTES;
    if (!this.#checkLastLength(bytes, bodyEnd, size, at, offset)) return at;
    const problem = this.#readOther(type, bytes, at + BLOCK_HEADER_BYTES, bodyEnd, offset);
    return problem === undefined ? at + size : this.#stop(this.#reason, problem, at, offset);
  }

  #readPacket(
    type: number,
    bytes: Uint8Array,
    at: number,
    end: number,
    length: number,
    offset: number,
  ): number {
    const packets = this.#packets;
    const used = packets.read(type, bytes, at, end, length, this.#isLittle, this.#interfaces, offset);
    if (used > 0) return at + used;
    return used === 0
      ? this.#want(packets.needed, at)
      : this.#stop(packets.reason, packets.problem, at, offset);
  }

  /** Gives what is wrong with the block. */
  #readOther(
    type: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    offset: number,
  ): string | undefined {
    const body: BlockBody = { bytes, start, end, isLittle: this.#isLittle, options: this.#options };
    switch (type) {
      case BLOCK.sectionHeader:
        return this.#takeSection(body);
      case BLOCK.interfaceDescription:
        return this.#takeInterface(body);
      case BLOCK.interfaceStatistics: {
        // Statistics of an interface that is not described say nothing, but do no harm.
        const described = this.#interfaces[u32(bytes, start, this.#isLittle)];
        if (described === undefined) return undefined;
        return give(readStatistics(body, described.index, described.clock), found =>
          this.#sink.onStatistics?.(found),
        );
      }
      case BLOCK.nameResolution:
        return give(readNames(body), found => this.#sink.onNames?.(found));
      case BLOCK.decryptionSecrets:
        return give(readSecrets(body), found => this.#sink.onSecrets?.(found));
      default:
        this.#sink.onPacket(this.#others.read(type, bytes, start, end, this.#isLittle, offset));
        return undefined;
    }
  }

  #takeSection(body: BlockBody): string | undefined {
    const major = u16(body.bytes, body.start + 4, body.isLittle);
    const minor = u16(body.bytes, body.start + 6, body.isLittle);
    // 1.2 was written for a while, and means the same (draft-ietf-opsawg-pcapng, section 4.1).
    if (major !== 1 || (minor !== 0 && minor !== 2)) {
      this.#reason = 'version';
      return `a section of pcapng version ${major}.${minor}: expected 1.0`;
    }
    this.#interfaces = [];
    return give(readSection(body, this.#sections++), found => this.#sink.onSection?.(found));
  }

  #takeInterface(body: BlockBody): string | undefined {
    if (this.#interfaces.length === MOST_INTERFACES) {
      this.#reason = 'interface';
      return `more than ${MOST_INTERFACES} interfaces in a section`;
    }
    return give(readInterface(body, this.#interfaceCount), found => {
      this.#interfaces.push(new CaptureInterface(found));
      this.#interfaceCount++;
      this.#sink.onInterface?.(found);
    });
  }

  /** Passes over a block of a kind that is not read here, up to the length at its end, which must fit. */
  #skip(bytes: Uint8Array, at: number, end: number, offset: number): number {
    const body = Math.min(this.#toSkip - LAST_LENGTH_BYTES, end - at);
    if (body > 0) {
      this.#toSkip -= body;
      return at + body;
    }
    if (end - at < LAST_LENGTH_BYTES) return this.#want(LAST_LENGTH_BYTES, at);
    const size = this.#skippedSize;
    if (!this.#checkLastLength(bytes, at, size, at + LAST_LENGTH_BYTES - size, offset)) return at;
    this.#toSkip = 0;
    return at + LAST_LENGTH_BYTES;
  }

  /** A block of `size` bytes that starts at `block` has its length again at `bytes[at]`. */
  #checkLastLength(bytes: Uint8Array, at: number, size: number, block: number, offset: number): boolean {
    const last = u32(bytes, at, this.#isLittle);
    // Some writers do not count the padding; so either of the two may be rounded up.
    if (padded(last) === size) return true;
    this.#stop('block-length', lengthsDiffer(size, last), block, offset);
    return false;
  }

  #want(needed: number, at: number): number {
    this.needed = needed;
    return at;
  }

  #stop(reason: DamageReason, message: string, at: number, offset: number): number {
    this.damage = { reason, message, offset: offset + at };
    return at;
  }
}

/** Gives what was found to `take`, or gives back what is wrong. */
function give<T extends object>(found: T | string, take: (found: T) => void): string | undefined {
  if (typeof found === 'string') return found;
  take(found);
  return undefined;
}
