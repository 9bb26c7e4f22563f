import fc from 'fast-check';
import { expect, it } from 'vitest';
import { damaged } from './damage.ts';
import { RandomStream } from './random-stream.ts';

function bitsThatDiffer(one: Uint8Array, other: Uint8Array): number {
  let bits = 0;
  for (let at = 0; at < one.length; at++)
    for (let xor = one[at]! ^ other[at]!; xor > 0; xor >>= 1) bits += xor & 1;
  return bits;
}

it('flips 1 to 4 bits of a copy, however short', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), fc.nat(), (bytes, seed) => {
      const before = bytes.slice();
      const after = damaged(bytes, new RandomStream(seed));
      expect(bytes).toEqual(before);
      expect(after).toHaveLength(bytes.length);
      const flips = bitsThatDiffer(bytes, after);
      expect(flips).toBeGreaterThanOrEqual(1);
      expect(flips).toBeLessThanOrEqual(4);
    }),
  );
});

it('reaches every bit and every number of flips', () => {
  const random = new RandomStream(1);
  const bytes = new Uint8Array(16);
  const places = new Uint8Array(16);
  const numbers = new Set<number>();
  for (let i = 0; i < 2_000; i++) {
    const after = damaged(bytes, random);
    for (let at = 0; at < 16; at++) places[at]! |= after[at]!;
    numbers.add(bitsThatDiffer(bytes, after));
  }
  expect(places).toEqual(new Uint8Array(16).fill(255));
  expect([...numbers].sort()).toEqual([1, 2, 3, 4]);
});
