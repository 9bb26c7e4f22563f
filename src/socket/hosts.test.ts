import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { isOwnAddress, listenHosts, reachableHosts } from './hosts.ts';

const OWN = Object.values(networkInterfaces()).flatMap(list => list ?? []);

describe('hosts', () => {
  it('binds * as dual stack, with IPv4 alone as the second try', () => {
    expect(listenHosts('*')).toEqual(['::', '0.0.0.0']);
    expect(listenHosts('localhost')).toEqual(['localhost']);
  });

  it('names each address under which every interface is reached', () => {
    const all = reachableHosts('*');
    expect(all).toContain('127.0.0.1');
    expect(all.every(host => OWN.some(({ address }) => address === host))).toBe(true);
    expect(all.some(host => host.startsWith('fe80:'))).toBe(false);
    expect(reachableHosts('0.0.0.0').some(host => host.includes(':'))).toBe(false);
    expect(reachableHosts('127.0.0.1')).toEqual(['127.0.0.1']);
  });

  it.each(['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1', ...OWN.map(({ address }) => address)])(
    'knows %s as this machine',
    address => {
      expect(isOwnAddress(address)).toBe(true);
    },
  );

  it.each([undefined, '', 'localhost', '192.0.2.1', '2001:db8::1'])('knows %s as another one', address => {
    expect(isOwnAddress(address)).toBe(false);
  });
});
