/**
 * A cursor that appends numbers, texts and bytes to a growing buffer, big-endian.
 *
 * Growing replaces the buffer: views handed out by `written` stay valid, they then show the old one.
 */
import { InternalError } from '../errors/errors.ts';

const UTF8 = new TextEncoder();

/** Appends to a `Uint8Array` that doubles when it is full. */
export class ByteWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  /** @param capacity bytes to begin with, at least 1. */
  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /** A view (not a copy) of what was written from `start` on. */
  written(start = 0): Uint8Array {
    return this.#bytes.subarray(start, this.#length);
  }

  /** A copy of what was written. */
  toBytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** Forgets what was written from `length` on; the buffer is kept for the next bytes. */
  truncate(length = 0): void {
    if (length > this.#length) throw new InternalError('truncate beyond what was written');
    this.#length = length;
  }

  u8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  u24(value: number): void {
    this.u8(value >>> 16);
    this.u8((value >>> 8) & 0xff);
    this.u8(value & 0xff);
  }

  /** An unsigned 64-bit field holding a whole number up to 2^53 − 1. */
  u64(value: number): void {
    const at = this.#reserve(8);
    this.#view.setUint32(at, Math.floor(value / 2 ** 32));
    this.#view.setUint32(at + 4, value % 2 ** 32);
    this.#length += 8;
  }

  f32(value: number): void {
    const at = this.#reserve(4);
    this.#view.setFloat32(at, value);
    this.#length += 4;
  }

  f64(value: number): void {
    const at = this.#reserve(8);
    this.#view.setFloat64(at, value);
    this.#length += 8;
  }

  /** LEB128 of a whole number from 0 to 2^53 − 1: 1 to 8 bytes. */
  varint(value: number): void {
    this.#reserve(8);
    let rest = value;
    // Above 31 bits the bit operators would cut the number, so the first bytes are taken by division.
    while (rest > 0x7fffffff) {
      this.#bytes[this.#length++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest > 0x7f) {
      this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
  }

  /** Zigzag LEB128 of a whole number within ±(2^52 − 1). */
  svarint(value: number): void {
    this.varint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  bytes(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
    this.#length += bytes.length;
  }

  /** Appends `count` bytes and gives a view of them, to be filled at once: what is in them until then means nothing. */
  room(count: number): Uint8Array {
    const at = this.#reserve(count);
    this.#length += count;
    return this.#bytes.subarray(at, at + count);
  }

  /** UTF-8 after its length in bytes. */
  text(text: string): void {
    const encoded = UTF8.encode(text);
    this.varint(encoded.length);
    this.bytes(encoded);
  }

  /** Makes room for `count` more bytes and gives the position of the first. Call it before touching the buffer: it may be replaced. */
  #reserve(count: number): number {
    const needed = this.#length + count;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    return this.#length;
  }
}
