import { describe, expect, it } from 'vitest';
import { RandomNumbers } from './random-numbers.ts';

const MASK = 0xffffffffn;

/** The published recurrences again, in whole numbers without any 32-bit tricks. */
function* reference(seed: number): Generator<number> {
  let x = BigInt(seed);
  const s = Array.from({ length: 4 }, () => {
    x = (x + 0x9e3779b9n) & MASK;
    let z = ((x ^ (x >> 16n)) * 0x21f0aaadn) & MASK;
    z = ((z ^ (z >> 15n)) * 0x735a2d97n) & MASK;
    return z ^ (z >> 15n);
  }) as [bigint, bigint, bigint, bigint];
  const rotate = (v: bigint, k: bigint): bigint => ((v << k) | (v >> (32n - k))) & MASK;
  for (;;) {
    yield Number((rotate((s[1] * 5n) & MASK, 7n) * 9n) & MASK);
    const t = (s[1] << 9n) & MASK;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 11n);
  }
}

describe('RandomNumbers', () => {
  it.each([0, 1, 7, 2 ** 32 - 1])('follows xoshiro128** for seed %i', seed => {
    const numbers = new RandomNumbers(seed);
    const expected = reference(seed);
    for (let i = 0; i < 1_000; i++) expect(numbers.uint32()).toBe(expected.next().value);
  });

  it('stays within its ranges and is roughly even', () => {
    const numbers = new RandomNumbers(3);
    const counts = Array.from({ length: 10 }, () => 0);
    for (let i = 0; i < 100_000; i++) counts[numbers.below(10)]!++;
    expect(Math.min(...counts)).toBeGreaterThan(9_600);
    expect(Math.max(...counts)).toBeLessThan(10_400);
  });
});
