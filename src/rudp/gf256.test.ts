import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coefficient, inverse, multiply, multiplyAdd, scale } from './gf256.ts';

/** By the definition: polynomials over GF(2), long division by 0x11d. */
function slowProduct(a: number, b: number): number {
  let product = 0;
  for (let bit = 0; bit < 8; bit++) if ((b >> bit) & 1) product ^= a << bit;
  for (let bit = 14; bit >= 8; bit--) if ((product >> bit) & 1) product ^= 0x11d << (bit - 8);
  return product;
}

describe('GF(256)', () => {
  it('multiplies as the definition says, for all 65,536 pairs', () => {
    for (let a = 0; a < 256; a++) {
      for (let b = 0; b < 256; b++) {
        if (multiply(a, b) !== slowProduct(a, b))
          expect([a, b, multiply(a, b)]).toEqual([a, b, slowProduct(a, b)]);
      }
    }
  });

  it('has an inverse for all but 0', () => {
    for (let a = 1; a < 256; a++) expect(multiply(a, inverse(a))).toBe(1);
  });

  it('adds products of pieces and nothing beside them', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 80 }),
        fc.nat(5),
        fc.nat(5),
        fc.nat(255),
        (source, at, from, factor) => {
          fc.pre(from <= source.length);
          const length = source.length - from;
          const target = Uint8Array.from({ length: length + 12 }, (_, index) => 17 * index);
          const expected = target.map((byte, index) => {
            const inside = index >= at && index < at + length;
            return inside ? byte ^ slowProduct(factor, source[from + index - at] as number) : byte;
          });
          multiplyAdd(target, at, source, from, length, factor);
          expect(target).toEqual(expected);
          scale(target, 5, factor);
          expect(target).toEqual(
            expected.map((byte, index) => (index < 5 ? slowProduct(factor, byte) : byte)),
          );
        },
      ),
    );
  });
});

describe('coefficient', () => {
  /** docs/RELIABLE-UDP.md section 7, with big integers. */
  function documented(carrier: number, source: number): number {
    const low = (value: bigint): bigint => BigInt.asUintN(32, value);
    let x = low(BigInt(carrier) * 0x9e3779b1n + BigInt(source) * 0x85ebca6bn);
    x = low((x ^ (x >> 15n)) * 0x2c1b3c6dn);
    x ^= x >> 12n;
    return 1 + Number(x % 255n);
  }

  it('is what the document says, for numbers of 48 bits', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 48 - 1), fc.integer({ min: 1, max: 16 }), (carrier, back) => {
        fc.pre(carrier >= back);
        expect(coefficient(carrier, carrier - back)).toBe(documented(carrier, carrier - back));
      }),
      { numRuns: 1_000 },
    );
  });

  it('stays as it is: other implementations compute the same', () => {
    expect([coefficient(1, 0), coefficient(7, 3), coefficient(2 ** 48 - 1, 2 ** 48 - 2)]).toEqual([
      62, 133, 229,
    ]);
  });
});
