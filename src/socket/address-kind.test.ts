import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { interfaceOf, kindOfAddress, reverseName } from './address-kind.ts';

describe('the kind of an address', () => {
  it.each([
    ['0.0.0.0', 'unspecified'],
    ['0.1.2.3', 'reserved'],
    ['10.255.255.255', 'private'],
    ['11.0.0.0', 'public'],
    ['100.64.0.1', 'shared'],
    ['100.128.0.0', 'public'],
    ['127.0.0.53', 'loopback'],
    ['169.254.1.1', 'link-local'],
    ['172.15.255.255', 'public'],
    ['172.31.0.1', 'private'],
    ['172.32.0.0', 'public'],
    ['192.0.2.1', 'documentation'],
    ['192.168.1.20', 'private'],
    ['198.19.0.1', 'benchmarking'],
    ['224.0.0.251', 'multicast'],
    ['239.255.255.255', 'multicast'],
    ['240.0.0.1', 'reserved'],
    ['255.255.255.255', 'broadcast'],
    ['93.184.216.34', 'public'],
    ['::', 'unspecified'],
    ['::1', 'loopback'],
    ['::2', 'public'],
    ['::ffff:10.0.0.1', 'private'],
    ['64:ff9b::1', 'translated'],
    ['2001:db8::1', 'documentation'],
    ['3fff:fff::', 'documentation'],
    ['fd00::2', 'private'],
    ['fe80::1%eth0', 'link-local'],
    ['ff02::fb', 'multicast'],
    ['2606:2800:220:1::1', 'public'],
  ])('%s is %s', (address, kind) => {
    expect(kindOfAddress(address).kind).toBe(kind);
    expect(kindOfAddress(address).meaning).not.toBe('');
  });
});

describe('the interface of an address', () => {
  it("is this machine's, or none", () => {
    const loopback = interfaceOf('127.0.0.1');
    expect(loopback).toMatch(/^lo/);
    expect(interfaceOf('127.9.9.9')).toBe(loopback);
    expect(interfaceOf('::ffff:127.0.0.1')).toBe(loopback);
    expect(interfaceOf('203.0.113.9')).toBeUndefined();
  });
});

describe('the reverse name', () => {
  it('has the bytes, or the digits, from the last to the first', () => {
    expect(reverseName('192.0.2.15')).toBe('15.2.0.192.in-addr.arpa');
    expect(reverseName('2001:db8::567:89ab%eth0')).toBe(
      'b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa',
    );
    expect(reverseName('::ffff:1.2.3.4')).toMatch(/^4\.0\.3\.0\.2\.0\.1\.0\.f\.f\.f\.f(\.0){20}\.ip6\.arpa$/);
  });

  it('says the same address, however that is written', () => {
    fc.assert(
      fc.property(fc.ipV6(), address => {
        const digits = reverseName(address).replace('.ip6.arpa', '').split('.').reverse().join('');
        expect(digits).toHaveLength(32);
        const written = digits.match(/..../g)?.join(':') ?? '';
        expect(isIPv6(written)).toBe(true);
        expect(new URL(`http://[${written}]`).host).toBe(new URL(`http://[${address}]`).host);
      }),
    );
  });
});
