/**
 * What the encoders write into: little-endian bytes in a buffer that grows, taken from time to time and then used again.
 */
import { UsageError } from '../errors/errors.ts';

const FIRST_BYTES = 4_096;
const UTF8 = new TextEncoder();

export class Output {
  #bytes = new Uint8Array(FIRST_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** A view of all that was written since the last call, good until something is written again. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    return taken;
  }

  /** Forgets what was written from `length` on. */
  truncate(length: number): void {
    this.#length = length;
  }

  u8(value: number): void {
    this.#bytes[this.#reserve(1)] = value;
  }

  u16(value: number): void {
    const at = this.#reserve(2);
    this.#view.setUint16(at, value, true);
  }

  u32(value: number): void {
    const at = this.#reserve(4);
    this.#view.setUint32(at, value, true);
  }

  /** A whole number from 0 to 2^53 - 1. */
  u64(value: number): void {
    this.u32(value % 2 ** 32);
    this.u32(Math.floor(value / 2 ** 32));
  }

  /** Writes a number again that was written before. */
  setU32(at: number, value: number): void {
    this.#view.setUint32(at, value, true);
  }

  /** Copies `bytes[start]` to `bytes[start + count - 1]`. */
  bytes(bytes: Uint8Array, start = 0, count: number = bytes.length): void {
    const at = this.#reserve(count);
    this.#bytes.set(start === 0 && count === bytes.length ? bytes : bytes.subarray(start, start + count), at);
  }

  /** Zeros up to the next multiple of four, where everything began at one. */
  pad(): void {
    const more = -this.#length & 3;
    const at = this.#reserve(more);
    this.#bytes.fill(0, at, at + more);
  }

  #reserve(count: number): number {
    const at = this.#length;
    const needed = at + count;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
      grown.set(this.#bytes.subarray(0, at));
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    this.#length = needed;
    return at;
  }
}

/** Text as bytes; an option's length has 16 bits. */
export function textBytes(text: string): Uint8Array {
  const bytes = UTF8.encode(text);
  if (bytes.length > 0xffff) {
    throw new UsageError(
      'SW_USAGE',
      `a text of ${bytes.length} bytes: pcapng has room for 65535 in a comment or name`,
    );
  }
  return bytes;
}
