import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { putIpv4, putIpv6 } from './text-addresses.ts';
import { putDecimal, putHex16, putHexBytes, putNineDigits, putShortHex } from './text-bytes.ts';

/** What is written behind three bytes that must stay. */
function written(put: (out: Uint8Array, at: number) => number): string {
  const out = new Uint8Array(80).fill(0x7e);
  const end = put(out, 3);
  expect([...out.subarray(0, 3)]).toEqual([0x7e, 0x7e, 0x7e]);
  return Buffer.from(out.subarray(3, end)).toString('latin1');
}

describe('text as bytes', () => {
  it('writes whole numbers as String does', () => {
    const numbers = fc.oneof(
      fc.nat(2_000),
      fc.nat(2_000_000),
      fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    );
    fc.assert(
      fc.property(numbers, value => {
        expect(written((out, at) => putDecimal(out, at, value))).toBe(String(value));
      }),
      { numRuns: 5_000 },
    );
  });

  it('writes nine digits, and hexadecimal ones', () => {
    fc.assert(
      fc.property(fc.nat(999_999_999), fc.nat(0xffff), (nanoseconds, value) => {
        expect(written((out, at) => putNineDigits(out, at, nanoseconds))).toBe(
          String(nanoseconds).padStart(9, '0'),
        );
        expect(written((out, at) => putHex16(out, at, value))).toBe(
          `0x${value.toString(16).padStart(4, '0')}`,
        );
        expect(written((out, at) => putShortHex(out, at, value))).toBe(value.toString(16));
      }),
    );
    const bytes = Uint8Array.of(1, 0xab, 0xff, 2);
    expect(written((out, at) => putHexBytes(out, at, bytes, 1, 3))).toBe('abff');
  });

  it('writes IPv4 addresses', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), address => {
        expect(written((out, at) => putIpv4(out, at, address, 0))).toBe(address.join('.'));
      }),
    );
  });

  it('writes IPv6 addresses as the URL standard does (RFC 5952)', () => {
    const group = fc.oneof(fc.constant(0), fc.nat(0xffff));
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), groups => {
        // Those that end as IPv4 are written differently there.
        fc.pre(groups.slice(0, 5).some(value => value !== 0));
        const bytes = Uint8Array.from(groups.flatMap(value => [value >>> 8, value & 0xff]));
        const { hostname } = new URL(`http://[${groups.map(value => value.toString(16)).join(':')}]/`);
        expect(`[${written((out, at) => putIpv6(out, at, bytes, 0))}]`).toBe(hostname);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['::', ''],
    ['::1', '01'],
    ['::ffff:192.0.2.1', 'ffffc0000201'],
    ['::192.0.2.1', 'c0000201'],
    ['::0.1.0.2', '00010002'],
    ['::1:2:3', '000100020003'],
  ])('writes %s', (text, end) => {
    const bytes = Buffer.from(end.padStart(32, '0'), 'hex');
    expect(written((out, at) => putIpv6(out, at, bytes, 0))).toBe(text);
  });
});
