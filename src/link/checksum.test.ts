import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { onesComplementSum } from './checksum.ts';

/** RFC 768 word by word: the sum of pseudo header, header and payload with end-around carry. */
function udpSum(payload: Uint8Array, checksum: number): number {
  const length = payload.length + 8;
  const pseudoHeader = [10, 99, 0, 1, 10, 99, 0, 2, 0, 17, length >> 8, length & 255];
  const header = [0xc3, 0x50, 0x23, 0x28, length >> 8, length & 255, checksum >> 8, checksum & 255];
  const all = [...pseudoHeader, ...header, ...payload, ...(payload.length % 2 === 1 ? [0] : [])];
  let sum = 0;
  for (let at = 0; at < all.length; at += 2) {
    sum += all[at]! * 256 + all[at + 1]!;
    if (sum > 0xffff) sum = (sum & 0xffff) + 1;
  }
  return sum;
}

describe('onesComplementSum', () => {
  it('sums the example of RFC 1071, section 3', () => {
    expect(onesComplementSum(Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7))).toBe(0xddf2);
  });

  it.each([
    [[], 0],
    [[0xff, 0xff], 0],
    [[0x12], 0x1200],
    [[0xff, 0xff, 0x00, 0x01], 1],
  ])('sums %j to %i', (bytes, sum) => {
    expect(onesComplementSum(Uint8Array.from(bytes))).toBe(sum);
  });

  it('is the same for two payloads exactly where a UDP receiver takes one for the other', () => {
    const pair = fc.nat(40).chain(size => {
      // Few values, so that equal sums happen.
      const bytes = fc.array(fc.constantFrom(0, 1, 255, 254), { minLength: size, maxLength: size });
      return fc.tuple(bytes, bytes);
    });
    const outcomes = new Set<boolean>();
    fc.assert(
      fc.property(pair, ([sent, came]) => {
        const checksum = 0xffff - udpSum(Uint8Array.from(sent), 0) || 0xffff;
        const accepted = udpSum(Uint8Array.from(came), checksum) === 0xffff;
        outcomes.add(accepted);
        expect(onesComplementSum(Uint8Array.from(sent)) === onesComplementSum(Uint8Array.from(came))).toBe(
          accepted,
        );
      }),
      { numRuns: 2_000 },
    );
    expect(outcomes.size).toBe(2);
  });
});
