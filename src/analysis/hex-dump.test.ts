import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toHex } from '../bytes/hex.ts';
import { hexRows, offsetText, ROW_BYTES } from './hex-dump.ts';

test('rows of sixteen bytes, as digits and as characters', () => {
  const bytes = new TextEncoder().encode('Hello, world\n + more');
  expect(hexRows(bytes, 0x40)).toMatchObject([
    { offset: 0x40, characters: [...'Hello, world. + '] },
    { offset: 0x50, digits: ['6d', '6f', '72', '65'], characters: [...'more'] },
  ]);
  expect([offsetText(0x40, 100), offsetText(0x40, 70_000)]).toEqual(['0040', '00000040']);
});

test('every byte is there once', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), bytes => {
      const rows = hexRows(bytes);
      expect(rows.flatMap(({ digits }) => digits).join('')).toBe(toHex(bytes));
      expect(rows.every(({ digits, characters }) => digits.length === characters.length)).toBe(true);
      expect(rows.map(({ offset }) => offset)).toEqual(rows.map((_, index) => index * ROW_BYTES));
    }),
  );
});
