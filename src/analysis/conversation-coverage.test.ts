import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Coverage } from './conversation-coverage.ts';

const segments = fc.array(fc.record({ at: fc.nat(300), length: fc.nat(40) }), {
  minLength: 1,
  maxLength: 60,
});
/** Streams that pass 2^32 on their way. */
const origin = fc.constantFrom(0, 1, 1_000, 0xffff_ff80, 0xffff_ffff);

test('every byte is new once, and gaps are what is left', () => {
  fc.assert(
    fc.property(segments, origin, (all, base) => {
      const coverage = new Coverage();
      const seen = new Set<number>();
      const first = 300;
      coverage.add(base + first, 0);
      for (const { at, length } of all) {
        const start = at + first;
        const fresh = Array.from({ length }, (_, index) => start + index).filter(byte => !seen.has(byte));
        expect(coverage.add((base + start) >>> 0, length)).toBe(fresh.length);
        for (const byte of fresh) seen.add(byte);
      }
      // A segment without data shows how far the stream has come, too.
      const end = Math.max(first, ...all.map(({ at, length }) => at + first + length));
      const missing = Array.from({ length: end - first }, (_, index) => first + index).filter(
        byte => !seen.has(byte),
      );
      expect(coverage.gapBytes).toBe(missing.length);
      expect(coverage.gaps).toBe(missing.filter(byte => !missing.includes(byte - 1)).length);
    }),
  );
});

test('what lies far ahead belongs to something else, and is no gap', () => {
  const coverage = new Coverage();
  coverage.add(1, 100);
  coverage.add(0x6000_0000, 10);
  expect(coverage.gapBytes).toBe(0);
});

test('a stream with more gaps than are remembered still counts them', () => {
  const coverage = new Coverage();
  coverage.add(0, 1);
  for (let index = 1; index <= 2_000; index++) coverage.add(10 * index, 1);
  expect(coverage.gaps).toBe(2_000);
  expect(coverage.gapBytes).toBe(2_000 * 9);
});
