import { describe, expect, it } from 'vitest';
import { findInterface, type Interface, reachOf } from './interfaces.ts';

const OWN: readonly Interface[] = [
  { name: 'lo', family: 4, address: '127.0.0.1', netmask: '255.0.0.0' },
  { name: 'lo', family: 6, address: '::1', netmask: 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff' },
  { name: 'eth0', family: 4, address: '192.168.4.7', netmask: '255.255.252.0' },
  { name: 'tun0', family: 4, address: '10.0.0.2', netmask: '255.255.255.255' },
  { name: 'tun1', family: 4, address: '10.0.0.4', netmask: '255.255.255.254' },
];

describe('whom an address reaches', () => {
  it.each([
    ['224.0.0.1', 'group'],
    ['239.255.255.255', 'group'],
    ['ff02::1%eth0', 'group'],
    ['FF05::4242', 'group'],
    ['255.255.255.255', 'broadcast'],
    ['127.255.255.255', 'broadcast'],
    ['192.168.7.255', 'broadcast'],
    ['192.168.4.255', 'one'],
    ['10.0.0.2', 'one'],
    ['10.0.0.5', 'one'],
    ['240.0.0.1', 'one'],
    ['223.255.255.255', 'one'],
    ['fe80::1', 'one'],
    ['::1', 'one'],
  ])('%s: %s', (address, reach) => {
    expect(reachOf(address, OWN)).toBe(reach);
  });
});

describe('an interface', () => {
  it('is found by name and by address', () => {
    const byAddress = findInterface('127.0.0.1', 4);
    expect(findInterface(byAddress.name, 4)).toEqual(byAddress);
  });

  it('that is not there is refused with those that are', () => {
    expect(() => findInterface('no0', 4)).toThrow(
      expect.objectContaining({ code: 'SW_USAGE', message: expect.stringContaining('(127.0.0.1)') }),
    );
  });
});
