/**
 * A cursor over one datagram after the other: what `ByteReader` is, without a new object for each.
 *
 * It never reads beyond its end: what is missing or out of range is a `FormatError` with the offset in the datagram.
 */
import { FormatError } from '../errors/errors.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const NOTHING = new Uint8Array(0);

/** Reads big-endian numbers and varints; `open` moves it to other bytes. */
export class Cursor {
  #bytes: Uint8Array = NOTHING;
  #position = 0;
  #end = 0;

  /** Goes on at `bytes[start]`, up to `bytes[end - 1]`. */
  open(bytes: Uint8Array, start: number, end: number): void {
    this.#bytes = bytes;
    this.#position = start;
    this.#end = end;
  }

  /** Offset of the next byte, from the start of the array. */
  get position(): number {
    return this.#position;
  }

  get end(): number {
    return this.#end;
  }

  /** Bytes left. */
  get remaining(): number {
    return this.#end - this.#position;
  }

  u8(): number {
    return this.#bytes[this.skip(1)] as number;
  }

  /** A number of 1 to 4 bytes, the highest first. */
  unsigned(count: number): number {
    const at = this.skip(count);
    let value = 0;
    for (let index = 0; index < count; index++) value = (value << 8) | (this.#bytes[at + index] as number);
    return value >>> 0;
  }

  /** LEB128, at most 2^53 − 1, in its shortest form. */
  varint(): number {
    const start = this.#position;
    const first = this.u8();
    if (first < 0x80) return first;
    let value = first & 0x7f;
    for (let factor = 0x80; factor < 2 ** 56; factor *= 0x80) {
      const byte = this.u8();
      value += (byte & 0x7f) * factor;
      if (byte >= 0x80) continue;
      if (byte === 0) throw new FormatError('a varint that is not in its shortest form', start);
      if (value > Number.MAX_SAFE_INTEGER) break;
      return value;
    }
    throw new FormatError('a varint above 2^53 − 1', start);
  }

  /** The next `count` bytes: a view. */
  bytes(count: number): Uint8Array {
    const at = this.skip(count);
    return this.#bytes.subarray(at, at + count);
  }

  /** The next `count` bytes as UTF-8. */
  utf8(count: number): string {
    const start = this.#position;
    try {
      return UTF8.decode(this.bytes(count));
    } catch (error) {
      if (error instanceof FormatError) throw error;
      throw new FormatError('a text that is not UTF-8', start);
    }
  }

  /** Moves past bytes that are all `value`, and gives how many there were. */
  skipRun(value: number): number {
    const start = this.#position;
    while (this.#position < this.#end && this.#bytes[this.#position] === value) this.#position++;
    return this.#position - start;
  }

  /** Moves past `count` bytes and gives the offset of the first. */
  skip(count: number): number {
    const at = this.#position;
    if (count > this.#end - at)
      throw new FormatError(`${count} bytes expected, ${this.#end - at} are there`, at);
    this.#position = at + count;
    return at;
  }
}
