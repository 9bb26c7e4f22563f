/**
 * Numbers and bytes into arrays of a fixed size: each function writes at a place and gives the place after it.
 *
 * The caller has made sure that there is room. `ByteWriter` grows instead, which a datagram must not.
 */

/** Below this a loop copies faster than `set`, which needs a view of the source first. */
const SMALL_COPY_BYTES = 64;

/** Bytes that a varint takes, 1 to 8, for a whole number from 0 to 2^53 − 1. */
export function varintLength(value: number): number {
  let length = 1;
  for (let end = 0x80; value >= end; end *= 0x80) length++;
  return length;
}

export function putVarint(bytes: Uint8Array, at: number, value: number): number {
  let place = at;
  let rest = value;
  // Above 31 bits the bit operators would cut the number, so the first bytes are taken by division.
  for (; rest > 0x7fff_ffff; rest = Math.floor(rest / 0x80)) bytes[place++] = (rest % 0x80) | 0x80;
  for (; rest > 0x7f; rest >>>= 7) bytes[place++] = (rest & 0x7f) | 0x80;
  bytes[place++] = rest;
  return place;
}

/** The lowest `count` bytes of a whole number, 1 to 4, the highest of them first. */
export function putLowest(bytes: Uint8Array, at: number, count: number, value: number): number {
  for (let index = 0; index < count; index++) bytes[at + index] = value >>> (8 * (count - 1 - index));
  return at + count;
}

/** A copy of `source[start..end)`. */
export function putBytes(
  bytes: Uint8Array,
  at: number,
  source: Uint8Array,
  start: number,
  end: number,
): number {
  const count = end - start;
  if (count > SMALL_COPY_BYTES) bytes.set(source.subarray(start, end), at);
  else for (let index = 0; index < count; index++) bytes[at + index] = source[start + index] as number;
  return at + count;
}
