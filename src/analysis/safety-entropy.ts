/**
 * Shannon's entropy: how many bits a byte tells. Encrypted and compressed data have nearly all that so many bytes can have; text
 * has 4 to 5.
 */
import { printableShare } from './readable-text.ts';
import type { EntropyMeasure } from './safety.ts';

/** Below this even random bytes say little: 64 of them have 5.9 bits each on average. */
export const LEAST_ENTROPY_BYTES = 64;
/** Random bytes have this share of what random bytes have on average, in all but one of some thousand samples. */
const RANDOM_SHARE = 0.975;
const TEXT_SHARE = 0.85;
const VALUES = 256;

/** Undefined where there are too few bytes. */
export function entropyOf(bytes: Uint8Array): EntropyMeasure | undefined {
  if (bytes.length < LEAST_ENTROPY_BYTES) return undefined;
  const bitsPerByte = shannonBits(bytes);
  const randomBits = bitsOfRandom(bytes.length);
  return {
    bitsPerByte,
    bytes: bytes.length,
    randomBits,
    meaning: meaningOf(bitsPerByte / randomBits, bytes),
  };
}

export function looksRandom({ bitsPerByte, randomBits }: EntropyMeasure): boolean {
  return bitsPerByte >= RANDOM_SHARE * randomBits;
}

/** 0 to 8. */
export function shannonBits(bytes: Uint8Array): number {
  const counts = new Uint32Array(VALUES);
  for (const byte of bytes) counts[byte] = (counts[byte] as number) + 1;
  let sum = 0;
  for (const count of counts) if (count > 0) sum += count * Math.log2(count);
  return bytes.length === 0 ? 0 : Math.log2(bytes.length) - sum / bytes.length;
}

/**
 * What `length` random bytes have on average: each value occurs k times with the probability of the binomial distribution, and
 * the entropy is log2(n) − Σ k·log2(k) / n.
 */
export function bitsOfRandom(length: number): number {
  const odds = 1 / (VALUES - 1);
  let probability = (1 - 1 / VALUES) ** length;
  let mean = 0;
  for (let count = 1; count <= length; count++) {
    probability *= ((length - count + 1) / count) * odds;
    mean += probability * count * Math.log2(count);
    if (count > (4 * length) / VALUES + 50) break;
  }
  return Math.log2(length) - (VALUES * mean) / length;
}

function meaningOf(share: number, bytes: Uint8Array): string {
  if (share >= RANDOM_SHARE)
    return 'as random as encrypted or compressed data, which entropy cannot tell apart';
  if (printableShare(bytes) >= TEXT_SHARE) return 'like text';
  return share > 0.8
    ? 'not random throughout: it has structure'
    : 'far from random: binary data with much structure';
}
