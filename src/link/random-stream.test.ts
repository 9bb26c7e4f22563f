import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomStream } from './random-stream.ts';

const MASK = 0xffffffffn;

/** The published recurrences again, in whole numbers without any 32-bit tricks. */
function* reference(seed: number, stream: number): Generator<number> {
  const mix = (value: bigint): bigint => {
    let v = value & MASK;
    v = ((v ^ (v >> 16n)) * 0x85ebca6bn) & MASK;
    v = ((v ^ (v >> 13n)) * 0xc2b2ae35n) & MASK;
    return v ^ (v >> 16n);
  };
  const golden = 0x9e3779b9n;
  const [low, high] = [BigInt(seed) & MASK, BigInt(seed) >> 32n];
  const s = [1n, 2n, 3n, 4n].map(place =>
    mix(mix(mix(low + place * golden) + high) + BigInt(stream + 1) * golden),
  ) as [bigint, bigint, bigint, bigint];
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

/** Pearson's correlation of two streams; its standard deviation is 1 / √count where they are independent. */
function correlation(one: RandomStream, other: RandomStream, count: number): number {
  let [a, b, aa, bb, ab] = [0, 0, 0, 0, 0];
  for (let i = 0; i < count; i++) {
    const [x, y] = [one.unit(), other.unit()];
    a += x;
    b += y;
    aa += x * x;
    bb += y * y;
    ab += x * y;
  }
  return (count * ab - a * b) / Math.sqrt((count * aa - a * a) * (count * bb - b * b));
}

describe('RandomStream', () => {
  it('follows xoshiro128** for every seed and stream', () => {
    const seeds = fc.oneof(fc.nat(100), fc.maxSafeNat());
    fc.assert(
      fc.property(seeds, fc.nat(), (seed, stream) => {
        const random = new RandomStream(seed, stream);
        const expected = reference(seed, stream);
        for (let i = 0; i < 50; i++) expect(random.uint32()).toBe(expected.next().value);
      }),
    );
  });

  it.each([
    ['near seeds', [1, 0], [2, 0]],
    ['near streams', [1, 0], [1, 1]],
    ['seed and stream exchanged', [1, 2], [2, 1]],
    ['seeds that differ above 32 bits', [7, 0], [7 + 2 ** 32, 0]],
  ] as const)('has nothing in common for %s', (_, [seed, stream], [otherSeed, otherStream]) => {
    const count = 100_000;
    const other = new RandomStream(otherSeed, otherStream);
    const found = correlation(new RandomStream(seed, stream), other, count);
    expect(Math.abs(found)).toBeLessThan(4 / Math.sqrt(count));
  });

  it('is even: chi-squared over 64 buckets, and over pairs of neighbours', () => {
    const random = new RandomStream(3);
    const count = 640_000;
    const singles = new Float64Array(64);
    const pairs = new Float64Array(64);
    for (let i = 0; i < count; i++) {
      const first = random.below(64);
      singles[first]!++;
      pairs[(first & 7) * 8 + random.below(8)]!++;
    }
    const chiSquared = (counts: Float64Array): number =>
      counts.reduce((sum, seen) => sum + (seen - count / 64) ** 2 / (count / 64), 0);
    // 63 degrees of freedom: above 116 once in 10,000 seeds.
    expect(chiSquared(singles)).toBeLessThan(116);
    expect(chiSquared(pairs)).toBeLessThan(116);
  });
});
