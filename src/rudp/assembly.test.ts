import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Assembly } from './assembly.ts';

describe('Assembly', () => {
  it('is complete when every byte has come, in any order and overlapping', () => {
    const fragments = fc.array(fc.tuple(fc.nat(39), fc.integer({ min: 1, max: 40 })), { maxLength: 40 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fragments, (total, pieces) => {
        const message = Uint8Array.from({ length: total }, (_, index) => index + 1);
        const assembly = new Assembly(total);
        const came = new Set<number>();
        for (const [at, length] of pieces) {
          const offset = at % total;
          const data = message.subarray(offset, offset + length);
          expect(assembly.add(offset, data)).toBe(true);
          for (let index = 0; index < data.length; index++) came.add(offset + index);
          expect(assembly.isComplete).toBe(came.size === total);
        }
        expect([...assembly.bytes]).toEqual([...message].map((byte, index) => (came.has(index) ? byte : 0)));
      }),
      { numRuns: 1_000 },
    );
  });

  it('takes every second piece of 256 bytes of the largest message, and not one of every second byte', () => {
    const honest = new Assembly(2 ** 20);
    const piece = new Uint8Array(256);
    for (let offset = 256; offset < 2 ** 20; offset += 512) expect(honest.add(offset, piece)).toBe(true);
    for (let offset = 0; offset < 2 ** 20; offset += 512) expect(honest.add(offset, piece)).toBe(true);
    expect(honest.isComplete).toBe(true);

    const dishonest = new Assembly(2 ** 20);
    let pieces = 0;
    while (dishonest.add(2 * pieces, Uint8Array.of(1))) pieces++;
    expect(pieces).toBe(2_048);
  });
});
