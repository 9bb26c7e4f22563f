import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bitsOfRandom, entropyOf, LEAST_ENTROPY_BYTES, looksRandom, shannonBits } from './safety-entropy.ts';

test('entropy of what is known', () => {
  expect(shannonBits(new Uint8Array(100))).toBe(0);
  expect(shannonBits(Uint8Array.from({ length: 256 }, (_, index) => index))).toBe(8);
  expect(shannonBits(Uint8Array.of(1, 2, 1, 2))).toBe(1);
  expect(shannonBits(new Uint8Array(0))).toBe(0);
});

test('what random bytes have is worked out as it is measured', () => {
  for (const length of [64, 256, 2_048]) {
    const samples = 200;
    let sum = 0;
    for (let sample = 0; sample < samples; sample++) sum += shannonBits(hashed(length, sample));
    expect(Math.abs(sum / samples - bitsOfRandom(length))).toBeLessThan(0.02);
  }
});

test('random bytes look random, text does not', () => {
  let random = 0;
  for (let sample = 0; sample < 500; sample++) if (isRandom(hashed(300, sample))) random++;
  expect(random).toBeGreaterThanOrEqual(495);
  const text = 'The quick brown fox jumps over the lazy dog, and temperature is 21.4 degrees. '.repeat(4);
  expect(isRandom(new TextEncoder().encode(text))).toBe(false);
});

test('too few bytes say nothing; any others have between 0 and 8 bits', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), bytes => {
      const entropy = entropyOf(bytes);
      expect(entropy === undefined).toBe(bytes.length < LEAST_ENTROPY_BYTES);
      if (entropy === undefined) return;
      expect(entropy.bitsPerByte).toBeGreaterThanOrEqual(0);
      expect(entropy.bitsPerByte).toBeLessThanOrEqual(8);
      expect(entropy.randomBits).toBeLessThanOrEqual(8);
    }),
  );
});

function isRandom(bytes: Uint8Array): boolean {
  const entropy = entropyOf(bytes);
  return entropy !== undefined && looksRandom(entropy);
}

function hashed(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 32)
    bytes.set(
      createHash('sha256')
        .update(`${seed} ${at}`)
        .digest()
        .subarray(0, length - at),
      at,
    );
  return bytes;
}
