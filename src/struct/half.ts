/**
 * IEEE 754 binary16, the code `e`: 1 sign bit, 5 exponent bits (bias 15), 10 fraction bits.
 *
 * Encoding rounds the double once, half to even. Going through a 32-bit float would round twice.
 */
import { float64, HIGH, words } from './scratch.ts';

const INFINITY = 0x7c00;
const QUIET_NAN = 0x7e00;
const MIN_EXPONENT = -14;

/** Adding and subtracting this rounds a double below 2^52 to a whole number, half to even. */
const ROUND = 2 ** 52;

/**
 * The 16 bits of the half nearest to `value`, or -1 where a finite value is too large (65520 and above).
 *
 * NaN keeps its sign and loses its payload, as in CPython 3.11.
 */
export function encodeHalf(value: number): number {
  float64[0] = value;
  const high = words[HIGH]!;
  const sign = (high >>> 16) & 0x8000;
  const magnitude = Math.abs(value);
  if (Number.isNaN(magnitude)) return sign | QUIET_NAN;
  if (magnitude === Infinity) return sign | INFINITY;
  const exponent = Math.max(((high >>> 20) & 0x7ff) - 1023, MIN_EXPONENT);
  const fraction = magnitude * 2 ** (10 - exponent) + ROUND - ROUND;
  // The fraction still has its leading 1 (none in a subnormal), and a carry out of it belongs to the exponent.
  const bits = ((exponent - MIN_EXPONENT) << 10) + fraction;
  return bits < INFINITY ? sign | bits : -1;
}

/** The number that 16 bits hold; every half is exact as a double. */
export function decodeHalf(bits: number): number {
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (fraction + 1024) * 2 ** (exponent - 25);
}
