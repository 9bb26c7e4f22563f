/**
 * Arithmetic in GF(256) with the polynomial x^8+x^4+x^3+x^2+1, and the coefficients of repair symbols
 * (docs/RELIABLE-UDP.md section 7). Adding is `xor`.
 */

const POLYNOMIAL = 0x11d;

/** All products, 256 bytes a row: 64 KiB, of which a symbol needs one row for each packet. One array is faster than 256. */
const PRODUCTS: Uint8Array = buildProducts();

export function multiply(a: number, b: number): number {
  return PRODUCTS[(a << 8) | b] as number;
}

/** The number from 1 to 255 whose product with `a`, which is not 0, is 1. */
export function inverse(a: number): number {
  return PRODUCTS.subarray(a << 8, (a + 1) << 8).indexOf(1);
}

/** Adds `factor · source[sourceAt..sourceAt + length)` to `target[targetAt..)`. */
export function multiplyAdd(
  target: Uint8Array,
  targetAt: number,
  source: Uint8Array,
  sourceAt: number,
  length: number,
  factor: number,
): void {
  const row = factor << 8;
  for (let index = 0; index < length; index++) {
    (target[targetAt + index] as number) ^= PRODUCTS[row | (source[sourceAt + index] as number)] as number;
  }
}

/** Multiplies `target[0..length)` in place. */
export function scale(target: Uint8Array, length: number, factor: number): void {
  const row = factor << 8;
  for (let index = 0; index < length; index++) {
    target[index] = PRODUCTS[row | (target[index] as number)] as number;
  }
}

/**
 * The coefficient, 1 to 255, of packet `source` in the symbol that packet `carrier` carries.
 *
 * Both ends compute it, so none is sent. Numbers may have 48 bits: `Math.imul` takes them modulo 2^32.
 */
export function coefficient(carrier: number, source: number): number {
  let mixed = Math.imul(carrier, 0x9e3779b1) + Math.imul(source, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  mixed ^= mixed >>> 12;
  return 1 + ((mixed >>> 0) % 255);
}

function buildProducts(): Uint8Array {
  const products = new Uint8Array(0x1_0000);
  for (let a = 1; a < 256; a++) {
    const row = a << 8;
    // Each row by doubling and adding: a · 2b from a · b, a · (2b + 1) from that and a.
    for (let b = 1; b < 256; b++) {
      const half = products[row | (b >> 1)] as number;
      products[row | b] = (half << 1) ^ (half >= 0x80 ? POLYNOMIAL : 0) ^ (b % 2 === 1 ? a : 0);
    }
  }
  return products;
}
