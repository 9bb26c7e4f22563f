/**
 * Whole numbers in few bits: the `packed(n)` column of docs/PROTOCOL.md section 1.
 *
 * Numbers go in groups of 32, each group with its smallest number and the width that its spread needs, so that one
 * late sample does not widen a whole batch.
 *
 *   group:  base svarint | width u8 (0..52) | ceil(k * width / 8) bytes, highest bit first
 */
import { FormatError } from '../errors/errors.ts';
import type { ByteReader } from './reader.ts';
import type { ByteWriter } from './writer.ts';

/** Numbers a group: a bad one costs at most 31 others some bits, the two header bytes cost half a bit each. */
const GROUP = 32;
/** The widest number: sums with a base stay exact in a double. */
export const MOST_BITS = 52;
/** Bits that wait for a whole byte are at most 7: with a number of this width they still fit the 32 of the bit operators. */
const NARROW_BITS = 24;
/** Largest number that a group's base or spread may have, 2^52 − 1. */
const LARGEST: number = 2 ** MOST_BITS - 1;

/** True where {@link writePacked} can hold the whole numbers `values[from..to)`: bases and spreads fit 52 bits. */
export function canPack(values: Float64Array, from = 0, to: number = values.length): boolean {
  for (let start = from; start < to; start += GROUP) {
    const [least, most] = range(values, start, Math.min(start + GROUP, to));
    if (Math.abs(least) > LARGEST || most - least > LARGEST) return false;
  }
  return true;
}

/** Writes the whole numbers `values[from..to)`; {@link canPack} must hold. */
export function writePacked(
  writer: ByteWriter,
  values: Float64Array,
  from = 0,
  to: number = values.length,
): void {
  for (let start = from; start < to; start += GROUP) {
    const end = Math.min(start + GROUP, to);
    const [base, most] = range(values, start, end);
    const width = bitLength(most - base);
    writer.svarint(base);
    writer.u8(width);
    if (width > 0) writeBits(writer, values, start, end, base, width);
  }
}

/**
 * Reads `count` numbers into `into[at..at+count)`.
 * @throws FormatError where a width is above 52 or spare bits are set.
 */
export function readPacked(reader: ByteReader, into: Float64Array, at: number, count: number): void {
  const end = at + count;
  for (let start = at; start < end; start += GROUP) {
    const groupEnd = Math.min(start + GROUP, end);
    const base = reader.svarint();
    const width = reader.u8();
    if (width > MOST_BITS)
      throw new FormatError(
        `a packed width of ${width}, at most ${MOST_BITS} is allowed`,
        reader.position - 1,
      );
    if (width === 0) into.fill(base, start, groupEnd);
    else readBits(reader, into, start, groupEnd, base, width);
  }
}

function range(values: Float64Array, from: number, to: number): [least: number, most: number] {
  let least = values[from] as number;
  let most = least;
  for (let index = from + 1; index < to; index++) {
    const value = values[index] as number;
    if (value < least) least = value;
    else if (value > most) most = value;
  }
  return [least, most];
}

/** Bits that a whole number from 0 to 2^53 − 1 needs; 0 needs none. */
function bitLength(value: number): number {
  return value < 2 ** 32 ? 32 - Math.clz32(value) : 64 - Math.clz32(Math.floor(value / 2 ** 32));
}

function writeBits(
  writer: ByteWriter,
  values: Float64Array,
  from: number,
  to: number,
  base: number,
  width: number,
): void {
  const bytes = writer.room(Math.ceil(((to - from) * width) / 8));
  let at = 0;
  let pending = 0;
  let bits = 0;
  for (let index = from; index < to; index++) {
    let rest = (values[index] as number) - base;
    let left = width;
    // A wide number goes in parts, the highest first.
    for (; left > NARROW_BITS; left -= NARROW_BITS) {
      const unit = 2 ** (left - NARROW_BITS);
      const part = Math.floor(rest / unit);
      rest -= part * unit;
      pending = (pending << NARROW_BITS) | part;
      for (bits += NARROW_BITS; bits >= 8; bits -= 8) bytes[at++] = pending >>> (bits - 8);
    }
    pending = (pending << left) | rest;
    for (bits += left; bits >= 8; bits -= 8) bytes[at++] = pending >>> (bits - 8);
  }
  if (bits > 0) bytes[at] = pending << (8 - bits);
}

function readBits(
  reader: ByteReader,
  into: Float64Array,
  from: number,
  to: number,
  base: number,
  width: number,
): void {
  const bytes = reader.bytes(Math.ceil(((to - from) * width) / 8));
  let at = 0;
  let pending = 0;
  let bits = 0;
  // Of a wide number the last part may be a narrower one; of a narrow one it is all.
  const lastUnit = 2 ** (((width - 1) % NARROW_BITS) + 1);
  for (let index = from; index < to; index++) {
    let value = 0;
    let left = width;
    for (; left > NARROW_BITS; left -= NARROW_BITS) {
      for (; bits < NARROW_BITS; bits += 8) pending = (pending << 8) | (bytes[at++] as number);
      bits -= NARROW_BITS;
      value = value * 2 ** NARROW_BITS + ((pending >>> bits) & (2 ** NARROW_BITS - 1));
    }
    for (; bits < left; bits += 8) pending = (pending << 8) | (bytes[at++] as number);
    bits -= left;
    into[index] = base + value * lastUnit + ((pending >>> bits) & (lastUnit - 1));
  }
  if ((pending & ((1 << bits) - 1)) !== 0)
    throw new FormatError('padding bits that are not 0', reader.position - 1);
}
