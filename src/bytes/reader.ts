/**
 * A cursor that takes numbers, texts and bytes from a `Uint8Array`, big-endian.
 *
 * It never reads beyond its end: what is missing or out of range is a `FormatError` with the offset.
 */
import { FormatError } from '../errors/errors.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads forward through bytes that it does not own and never changes. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #position: number;
  #end: number;

  /** Reads `bytes[start]` up to `bytes[end - 1]`. */
  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#position = start;
    this.#end = end;
  }

  /** Goes on at `bytes[start]`, up to `bytes[end - 1]`: one reader serves all the messages of a piece. */
  moveTo(start: number, end: number): void {
    this.#position = start;
    this.#end = end;
  }

  /** Offset of the next byte, from the start of the array. */
  get position(): number {
    return this.#position;
  }

  /** Bytes left. */
  get remaining(): number {
    return this.#end - this.#position;
  }

  u8(): number {
    return this.#bytes[this.#take(1)] as number;
  }

  u24(): number {
    const at = this.#take(3);
    return (this.#view.getUint16(at) << 8) | this.#view.getUint8(at + 2);
  }

  /** An unsigned 64-bit field, at most 2^53 − 1. */
  u64(): number {
    const at = this.#take(8);
    const value = this.#view.getUint32(at) * 2 ** 32 + this.#view.getUint32(at + 4);
    if (value > Number.MAX_SAFE_INTEGER) throw new FormatError('a 64-bit number above 2^53 − 1', at);
    return value;
  }

  f32(): number {
    return this.#view.getFloat32(this.#take(4));
  }

  f64(): number {
    return this.#view.getFloat64(this.#take(8));
  }

  /** LEB128, at most 2^53 − 1, in its shortest form. */
  varint(): number {
    const start = this.#position;
    const first = this.u8();
    if (first < 0x80) return first;
    let value = first & 0x7f;
    for (let factor = 128; factor < 2 ** 56; factor *= 128) {
      const byte = this.u8();
      value += (byte & 0x7f) * factor;
      if (byte >= 0x80) continue;
      if (byte === 0) throw new FormatError('a varint that is not in its shortest form', start);
      if (value > Number.MAX_SAFE_INTEGER) break;
      return value;
    }
    throw new FormatError('a varint above 2^53 − 1', start);
  }

  /** Zigzag LEB128, within ±(2^52 − 1). */
  svarint(): number {
    const start = this.#position;
    const zigzag = this.varint();
    if (zigzag > 2 ** 53 - 2) throw new FormatError('a signed varint beyond ±(2^52 − 1)', start);
    return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
  }

  /** The next `count` bytes: a view, not a copy. */
  bytes(count: number): Uint8Array {
    const at = this.#take(count);
    return this.#bytes.subarray(at, at + count);
  }

  /** UTF-8 after its length, at most `mostBytes` of it. */
  text(mostBytes: number): string {
    const start = this.#position;
    const length = this.varint();
    if (length > mostBytes)
      throw new FormatError(`a text of ${length} bytes, at most ${mostBytes} are allowed`, start);
    return this.utf8(length);
  }

  /** The next `count` bytes as UTF-8. */
  utf8(count: number): string {
    const start = this.#position;
    const bytes = this.bytes(count);
    try {
      return UTF8.decode(bytes);
    } catch {
      throw new FormatError('a text that is not UTF-8', start);
    }
  }

  /** Throws where bytes are left over. */
  end(): void {
    if (this.remaining > 0) throw new FormatError(`${this.remaining} bytes too many`, this.#position);
  }

  #take(count: number): number {
    const at = this.#position;
    if (count > this.#end - at) {
      throw new FormatError(`${count} bytes expected, ${this.#end - at} are there`, at);
    }
    this.#position = at + count;
    return at;
  }
}
