import { SocketAddress } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeAddress } from './ip-address.ts';

/** Bytes as the kernel prints them: words of 32 bits in its own byte order. */
function kernelHex(bytes: Uint8Array, byteOrder: 'LE' | 'BE'): string {
  const words = Array.from({ length: bytes.length / 4 }, (_, index) => bytes.slice(4 * index, 4 * index + 4));
  return words
    .map(word =>
      Buffer.from(byteOrder === 'LE' ? word.reverse() : word)
        .toString('hex')
        .toUpperCase(),
    )
    .join('');
}

const order = fc.constantFrom('LE', 'BE');
/** Zeros are frequent, since it is they that are shortened. */
const group = fc.oneof(fc.constant(0), fc.constant(0xffff), fc.nat(0xffff));

describe('an address of the kernel', () => {
  it.each([
    ['0100007F', 'LE', '127.0.0.1'],
    ['7F000001', 'BE', '127.0.0.1'],
    ['00000000', 'LE', '0.0.0.0'],
    ['0101A8C0', 'LE', '192.168.1.1'],
    ['00000000000000000000000001000000', 'LE', '::1'],
    ['00000000000000000000000000000001', 'BE', '::1'],
    ['00000000000000000000000000000000', 'LE', '::'],
    ['0000000000000000FFFF00000100007F', 'LE', '::ffff:127.0.0.1'],
    ['00000000000000000000FFFF7F000001', 'BE', '::ffff:127.0.0.1'],
    ['B80D0120000000000000000001000000', 'LE', '2001:db8::1'],
    ['20010DB8000000010000000000000001', 'BE', '2001:db8:0:1::1'],
    ['20010DB8000100010001000000010001', 'BE', '2001:db8:1:1:1:0:1:1'],
  ] as const)('%s of a %s machine is %s', (hex, byteOrder, text) => {
    expect(decodeAddress(hex, byteOrder)).toBe(text);
  });

  it('reads every IPv4 address, of either byte order', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), order, (bytes, byteOrder) => {
        expect(decodeAddress(kernelHex(bytes, byteOrder), byteOrder)).toBe(bytes.join('.'));
      }),
    );
  });

  it('writes every IPv6 address as the system does', () => {
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), order, (groups, byteOrder) => {
        const bytes = Uint8Array.from(groups.flatMap(value => [value >> 8, value & 0xff]));
        const long = groups.map(value => value.toString(16)).join(':');
        const { address } = new SocketAddress({ address: long, family: 'ipv6' });
        expect(decodeAddress(kernelHex(bytes, byteOrder), byteOrder)).toBe(address);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each(['', '7F', '0100007', '0100007F0', '0100007G', 'constructor'])('refuses %j', text => {
    expect(decodeAddress(text, 'LE')).toBeUndefined();
  });
});
