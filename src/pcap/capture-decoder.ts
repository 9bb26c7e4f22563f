/**
 * A push decoder of capture files: pieces in, records out, whatever of the known formats it is.
 *
 * Contract: `push` the file in pieces of any size, then `end`. The sink is called within `push` and `end`, with views into the
 * piece; the piece may be written again once `push` has returned. Nothing is copied but a record that two pieces share. Damage
 * is a value: after it, everything that is pushed is ignored.
 */
import { u32 } from './byte-order.ts';
import type { Damage, DamageReason } from './damage.ts';
import { pcapByteOrder } from './pcap-layout.ts';
import { PcapReader } from './pcap-reader.ts';
import { BLOCK } from './pcapng-blocks.ts';
import { PcapngReader } from './pcapng-reader.ts';
import type { RecordReader } from './record-reader.ts';
import type { CaptureFormat, RecordSink } from './record-sink.ts';

/** Both formats begin with four bytes that tell them apart. */
const MAGIC_BYTES = 4;
/** Room for what two pieces share, to begin with: a usual packet. It doubles. */
const FIRST_CARRY_BYTES = 4_096;

/** What the four bytes at `start` are the beginning of; undefined: of neither. */
function captureFormat(bytes: Uint8Array, start: number): CaptureFormat | undefined {
  if (pcapByteOrder(bytes, start) !== undefined) return 'pcap';
  return u32(bytes, start, false) === BLOCK.sectionHeader ? 'pcapng' : undefined;
}

export interface CaptureDecoderOptions {
  /**
   * A program of today writes the capture this moment: every packet is given as soon as it is whole. Otherwise the first ones wait
   * for three, by which old layouts of pcap's records are told from damage.
   */
  readonly isLive?: boolean | undefined;
}

export class CaptureDecoder {
  readonly #sink: RecordSink;
  readonly #isLive: boolean;
  #reader: RecordReader | undefined = undefined;
  #format: CaptureFormat | undefined = undefined;
  #damage: Damage | undefined = undefined;
  #hasEnded = false;
  /** Bytes of the capture before the piece at hand, or in front of what is carried. */
  #offset = 0;
  #carry: Uint8Array = new Uint8Array(FIRST_CARRY_BYTES);
  #carried = 0;

  constructor(sink: RecordSink, options: CaptureDecoderOptions = {}) {
    this.#sink = sink;
    this.#isLive = options.isLive ?? false;
  }

  /** Known from the first four bytes on. */
  get format(): CaptureFormat | undefined {
    return this.#format;
  }

  /** Why no more records come; every record before it has been given. */
  get damage(): Damage | undefined {
    return this.#damage;
  }

  /** Blocks of pcapng that were passed over, because their kind is not read here. */
  get skippedBlocks(): number {
    return this.#reader?.skippedBlocks ?? 0;
  }

  /**
   * Takes the next bytes of the file and gives the records that they complete.
   * @returns whether more is of use: false once there is damage.
   */
  push(bytes: Uint8Array): boolean {
    const { room } = this.#sink;
    if (room === undefined) return this.#push(bytes);
    let at = 0;
    do {
      const part = bytes.subarray(at, at + room.length);
      at += room.length;
      if (!this.#push(moved(part, room))) return false;
    } while (at < bytes.length);
    return true;
  }

  #push(bytes: Uint8Array): boolean {
    if (this.#hasEnded || this.#damage !== undefined) return false;
    // A Buffer would be slower, being another kind of object than what is carried, and its `slice` does not copy.
    const isPlain = bytes.constructor === Uint8Array;
    const piece = isPlain ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    let at = 0;
    while (this.#carried > 0 && at < piece.length && this.#damage === undefined) at = this.#join(piece, at);
    if (at < piece.length && this.#damage === undefined) {
      const used = this.#read(piece, at, piece.length, this.#offset - at, false);
      this.#offset += used - at;
      if (this.#damage !== undefined) return false;
      this.#append(piece, used, piece.length);
    }
    return this.#damage === undefined;
  }

  /** Says that nothing follows: what is left over is damage. Further calls do nothing. */
  end(): void {
    if (this.#hasEnded || this.#damage !== undefined) return;
    this.#hasEnded = true;
    const used = this.#read(this.#carry, 0, this.#carried, this.#offset, true);
    this.#offset += used;
    if (this.#damage !== undefined) return;
    const left = this.#carried - used;
    const reader = this.#reader;
    if (reader === undefined) {
      if (left === 0) this.#stop('empty', 'there is nothing in it');
      else this.#stop('not-a-capture', `it has no more than ${left} bytes`);
    } else if (reader.begunBytes > 0) {
      this.#offset -= reader.begunBytes;
      this.#stop('cut-short', 'it ends in the middle of a block');
    } else if (left > 0) {
      this.#stop(
        'cut-short',
        `it ends in the middle of a record: ${reader.needed} bytes were expected, ${left} came`,
      );
    }
  }

  /** Adds to what is carried until a record is whole, and reads that; gives the position of the first byte not taken. */
  #join(piece: Uint8Array, at: number): number {
    const wanted = this.#reader?.needed ?? MAGIC_BYTES;
    const taken = Math.max(0, Math.min(wanted - this.#carried, piece.length - at));
    this.#append(piece, at, at + taken);
    if (this.#carried < wanted) return at + taken;
    const used = this.#read(this.#carry, 0, this.#carried, this.#offset, false);
    this.#carry.copyWithin(0, used, this.#carried);
    this.#carried -= used;
    this.#offset += used;
    return at + taken;
  }

  #append(piece: Uint8Array, start: number, end: number): void {
    const length = this.#carried + end - start;
    if (length > this.#carry.length) {
      const grown = new Uint8Array(Math.max(length, 2 * this.#carry.length));
      grown.set(this.#carry.subarray(0, this.#carried));
      this.#carry = grown;
    }
    this.#carry.set(piece.subarray(start, end), this.#carried);
    this.#carried = length;
  }

  #read(bytes: Uint8Array, start: number, end: number, offset: number, isLast: boolean): number {
    this.#reader ??= this.#recognise(bytes, start, end);
    const reader = this.#reader;
    if (reader === undefined) return start;
    const used = reader.read(bytes, start, end, offset, isLast);
    this.#damage = reader.damage;
    return used;
  }

  #recognise(bytes: Uint8Array, start: number, end: number): RecordReader | undefined {
    if (end - start < MAGIC_BYTES) return undefined;
    this.#format = captureFormat(bytes, start);
    if (this.#format === 'pcap') return new PcapReader(this.#sink, this.#isLive);
    if (this.#format === 'pcapng') return new PcapngReader(this.#sink);
    this.#stop('not-a-capture', 'it begins neither as pcap nor as pcapng does');
    return undefined;
  }

  #stop(reason: DamageReason, message: string): void {
    this.#damage = { reason, message, offset: this.#offset };
  }
}

/** The bytes in `room`, where they may be already. */
function moved(bytes: Uint8Array, room: Uint8Array): Uint8Array {
  if (bytes.buffer === room.buffer) return bytes;
  room.set(bytes);
  return room.subarray(0, bytes.length);
}
