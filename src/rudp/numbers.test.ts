import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expand, NUMBERS_END, truncatedLength } from './numbers.ts';

/** What goes on the wire. */
const truncated = (number: number, bytes: number): number => number % 2 ** (8 * bytes);

/** Numbers near the places where some byte overflows, and the ends. */
const nearWrap = fc
  .tuple(
    fc.constantFrom(0, 2 ** 8, 2 ** 16, 2 ** 24, 2 ** 31, 2 ** 32, 2 ** 40, NUMBERS_END),
    fc.nat(5),
    fc.integer({ min: -70_000, max: 70_000 }),
  )
  .map(([place, times, off]) => Math.min(NUMBERS_END - 1, Math.max(0, place * Math.max(1, times) + off)));
const anyNumber = fc.oneof(nearWrap, fc.integer({ min: 0, max: NUMBERS_END - 1 }));
const anyBytes = fc.integer({ min: 1, max: 4 });

describe('expand', () => {
  it('finds every number that is at most half a window from the expected one', () => {
    fc.assert(
      fc.property(
        anyNumber,
        anyBytes,
        fc.double({ min: -1, max: 1, noNaN: true }),
        (expected, bytes, where) => {
          const half = 2 ** (8 * bytes - 1);
          // Half a window above is still found, half a window below is not: of the two the higher is taken.
          const number = expected + Math.max(1 - half, Math.round(where * half));
          fc.pre(number >= 0 && number < NUMBERS_END);
          expect(expand(truncated(number, bytes), bytes, expected)).toBe(number);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('finds every number around every wrap', () => {
    for (const bytes of [1, 2, 3, 4]) {
      for (const wrap of [1, 2, 255, 256, 2 ** 16, 2 ** 40].map(times => times * 2 ** (8 * bytes))) {
        if (wrap > NUMBERS_END) continue;
        for (let expected = wrap - 3; expected <= wrap + 3; expected++) {
          for (let number = wrap - 127 + 3; number <= wrap + 128 - 3; number++) {
            if (number < NUMBERS_END) expect(expand(truncated(number, bytes), bytes, expected)).toBe(number);
          }
        }
      }
    }
  });

  it('gives the nearest number with these bytes between 0 and 2^48', () => {
    fc.assert(
      fc.property(anyNumber, anyBytes, fc.nat(), (expected, bytes, seed) => {
        const window = 2 ** (8 * bytes);
        const low = seed % window;
        const got = expand(low, bytes, expected);
        expect(truncated(got, bytes)).toBe(low);
        expect(got >= 0 && got < NUMBERS_END).toBe(true);
        for (const other of [got - window, got + window]) {
          if (other < 0 || other >= NUMBERS_END) continue;
          expect(Math.abs(other - expected)).toBeGreaterThanOrEqual(Math.abs(got - expected));
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('takes the higher of two equally near ones', () => {
    expect(expand(0x80, 1, 0x200)).toBe(0x280);
  });

  it('knows the example of RFC 9000 §A.3', () => {
    expect(expand(0x9b32, 2, 0xa82f30ea + 1)).toBe(0xa82f9b32);
  });
});

describe('truncatedLength', () => {
  it.each([
    [0, 1],
    [127, 1],
    [128, 2],
    [32_767, 2],
    [32_768, 3],
    [8_388_607, 3],
    [8_388_608, 4],
    [2 ** 31 - 1, 4],
  ])('of a distance of %i is %i', (distance, bytes) => {
    expect(truncatedLength(distance)).toBe(bytes);
  });

  it('is enough for a reader that has had any of the numbers since, or as many more', () => {
    fc.assert(
      fc.property(
        anyNumber,
        fc.integer({ min: 0, max: 2 ** 24 }),
        fc.double({ min: -1, max: 1, noNaN: true }),
        (number, distance, where) => {
          const bytes = truncatedLength(distance);
          const expected = number + Math.round(where * distance);
          fc.pre(expected >= 0 && expected <= NUMBERS_END);
          expect(expand(truncated(number, bytes), bytes, expected)).toBe(number);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
