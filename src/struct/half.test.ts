import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeHalf, encodeHalf } from './half.ts';

test('every half that is a number survives decoding and encoding', () => {
  for (let bits = 0; bits <= 0xffff; bits++) {
    const value = decodeHalf(bits);
    if (!Number.isNaN(value)) expect(encodeHalf(value)).toBe(bits);
  }
});

test('a double goes to the nearest half, and from the middle to the even one', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0x7bfe }), bits => {
      const middle = (decodeHalf(bits) + decodeHalf(bits + 1)) / 2;
      const nudge = middle * Number.EPSILON;
      expect(encodeHalf(middle)).toBe(bits % 2 === 0 ? bits : bits + 1);
      expect(encodeHalf(middle - nudge)).toBe(bits);
      expect(encodeHalf(-(middle + nudge))).toBe((bits + 1) | 0x8000);
    }),
  );
});

test('the edges: overflow at 65520, infinity, signed zero, NaN', () => {
  expect(encodeHalf(65519.99)).toBe(0x7bff);
  expect(encodeHalf(65520)).toBe(-1);
  expect(encodeHalf(-Infinity)).toBe(0xfc00);
  expect(encodeHalf(-0)).toBe(0x8000);
  expect(encodeHalf(NaN) & 0x7fff).toBe(0x7e00);
  expect(encodeHalf(2 ** -25)).toBe(0);
  expect(decodeHalf(0x7e01)).toBeNaN();
});
