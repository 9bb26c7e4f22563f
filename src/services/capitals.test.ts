import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { capitals } from './capitals.ts';

describe('capitals', () => {
  it.each([
    ['hello, world 123', 'HELLO, WORLD 123'],
    ['straße é ŉ', 'STRASSE É ʼN'],
    ['\ufeff\u00e7elik \u0390', '\ufeff\u00c7ELIK \u0399\u0308\u0301'],
    ['', ''],
  ])('of %j are %j', (text, expected) => {
    expect(capitals(Buffer.from(text)).toString()).toBe(expected);
  });

  it('leave every byte of what is no UTF-8 alone but its ASCII letters', () => {
    expect(capitals(Buffer.from('caf\xe9 \x80z', 'latin1')).toString('latin1')).toBe('CAF\xe9 \x80Z');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), bytes => {
        const broken = Buffer.concat([bytes, Buffer.of(0xff)]);
        const expected = broken.map(byte => (byte >= 97 && byte <= 122 ? byte - 32 : byte));
        expect([...capitals(broken)]).toEqual([...expected]);
      }),
    );
  });

  it('are their own capitals', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        const once = capitals(Buffer.from(text));
        expect(capitals(once).equals(once)).toBe(true);
      }),
    );
  });
});
