/**
 * Text written byte by byte, because a string for each value would cost more than what it says. Every function writes
 * into `out` from `at` on, where there must be room for it and two bytes more, and returns where it ended.
 */

const ZERO = 0x30;
const HEX = new TextEncoder().encode('0123456789abcdef');

/** Numbers below 1000 with three digits: the first in the lowest byte. */
const TRIPLES = Uint32Array.from({ length: 1_000 }, (_, number) => packed(String(number).padStart(3, '0')));
/** The same without leading zeros, and in the highest byte how many digits there are. */
const SMALL = Uint32Array.from({ length: 1_000 }, (_, number) => {
  const digits = String(number);
  return packed(digits) | (digits.length << 24);
});

function packed(digits: string): number {
  let value = 0;
  for (let index = 0; index < digits.length; index++) value |= digits.charCodeAt(index) << (8 * index);
  return value;
}

/** From here on numbers are written in parts. */
const LARGE = 2 ** 32;

export function putBytes(out: Uint8Array, at: number, source: Uint8Array): number {
  for (let index = 0; index < source.length; index++) out[at + index] = source[index] as number;
  return at + source.length;
}

/** A whole number from 0 to 2^53 - 1. */
export function putDecimal(out: Uint8Array, at: number, value: number): number {
  if (value < 1_000) return putSmall(out, at, value);
  if (value < 1_000_000) {
    const thousands = (value / 1_000) | 0;
    return putTriple(out, putSmall(out, at, thousands), value - thousands * 1_000);
  }
  if (value >= LARGE) return putLarge(out, at, value);
  const millions = (value / 1_000_000) | 0;
  const rest = value - millions * 1_000_000;
  const thousands = (rest / 1_000) | 0;
  let end = at;
  if (millions < 1_000) end = putSmall(out, at, millions);
  else {
    const billions = (millions / 1_000) | 0;
    end = putTriple(out, putSmall(out, at, billions), millions - billions * 1_000);
  }
  return putTriple(out, putTriple(out, end, thousands), rest - thousands * 1_000);
}

/** Beyond what 32 bits hold. */
function putLarge(out: Uint8Array, at: number, value: number): number {
  const millions = Math.floor(value / 1_000_000);
  const rest = value - millions * 1_000_000;
  const thousands = (rest / 1_000) | 0;
  const end = putTriple(out, putDecimal(out, at, millions), thousands);
  return putTriple(out, end, rest - thousands * 1_000);
}

/** A whole number below 1000. Two more bytes may be written behind it. */
export function putSmall(out: Uint8Array, at: number, value: number): number {
  const digits = SMALL[value] as number;
  out[at] = digits;
  out[at + 1] = digits >>> 8;
  out[at + 2] = digits >>> 16;
  return at + (digits >>> 24);
}

/** Nine digits of a number below 10^9. */
export function putNineDigits(out: Uint8Array, at: number, value: number): number {
  const millions = (value / 1_000_000) | 0;
  const rest = value - millions * 1_000_000;
  const thousands = (rest / 1_000) | 0;
  return putTriple(out, putTriple(out, putTriple(out, at, millions), thousands), rest - thousands * 1_000);
}

/** `0x` and four digits. */
export function putHex16(out: Uint8Array, at: number, value: number): number {
  out[at] = ZERO;
  out[at + 1] = 0x78;
  out[at + 2] = HEX[(value >>> 12) & 15] as number;
  out[at + 3] = HEX[(value >>> 8) & 15] as number;
  out[at + 4] = HEX[(value >>> 4) & 15] as number;
  out[at + 5] = HEX[value & 15] as number;
  return at + 6;
}

/** Two digits for each byte of `source` from `start` to `end`. */
export function putHexBytes(
  out: Uint8Array,
  at: number,
  source: Uint8Array,
  start: number,
  end: number,
): number {
  let position = at;
  for (let index = start; index < end; index++) {
    const value = source[index] as number;
    out[position++] = HEX[value >>> 4] as number;
    out[position++] = HEX[value & 15] as number;
  }
  return position;
}

/** The hexadecimal digits of a number below 2^16, without leading zeros. */
export function putShortHex(out: Uint8Array, at: number, value: number): number {
  let position = at;
  if (value > 0xfff) out[position++] = HEX[value >>> 12] as number;
  if (value > 0xff) out[position++] = HEX[(value >>> 8) & 15] as number;
  if (value > 0xf) out[position++] = HEX[(value >>> 4) & 15] as number;
  out[position++] = HEX[value & 15] as number;
  return position;
}

function putTriple(out: Uint8Array, at: number, value: number): number {
  const digits = TRIPLES[value] as number;
  out[at] = digits;
  out[at + 1] = digits >>> 8;
  out[at + 2] = digits >>> 16;
  return at + 3;
}
