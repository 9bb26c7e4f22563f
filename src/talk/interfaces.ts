/**
 * Interfaces of this machine by name or address, and what kind of receivers an address stands for.
 */
import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { UsageError } from '../errors/errors.ts';

/** An interface of this machine with one of its addresses. */
export interface Interface {
  readonly name: string;
  readonly family: 4 | 6;
  readonly address: string;
  readonly netmask: string;
}

/** Addresses of all interfaces that are up. */
export function ownInterfaces(): Interface[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
    (addresses ?? []).map(({ address, netmask, family }) => ({
      name,
      address,
      netmask,
      family: family === 'IPv6' ? 6 : 4,
    })),
  );
}

/** The interface with this name or address. @throws UsageError SW_USAGE */
export function findInterface(nameOrAddress: string, family: 4 | 6): Interface {
  const all = ownInterfaces();
  const own = all.filter(({ name, address }) => name === nameOrAddress || address === nameOrAddress);
  const found = own.find(one => one.family === family);
  if (found !== undefined) return found;
  const what = own.length > 0 ? `has no IPv${family} address` : 'is no interface of this machine that is up';
  throw new UsageError('SW_USAGE', `--interface ${nameOrAddress} ${what}: there are ${listInterfaces()}`);
}

/** For messages. */
export function listInterfaces(): string {
  return (
    ownInterfaces()
      .map(({ name, address }) => `${name} (${address})`)
      .join(', ') || 'none'
  );
}

/** Who gets what is sent to an IP address. */
export type Reach = 'one' | 'group' | 'broadcast';

/** `group`: 224.0.0.0/4 (RFC 5771) and ff00::/8 (RFC 4291 section 2.7). */
export function reachOf(address: string, interfaces: readonly Interface[] = ownInterfaces()): Reach {
  if (!isIPv4(address)) return /^ff/i.test(address) ? 'group' : 'one';
  const value = ipv4Bits(address);
  if (value >>> 28 === 0xe) return 'group';
  if (value === 0xffff_ffff) return 'broadcast';
  const isBroadcast = interfaces
    .filter(({ family }) => family === 4)
    .some(own => {
      const hostBits = ~ipv4Bits(own.netmask) >>> 0;
      // A network of one or two addresses has none to spare (RFC 3021).
      return hostBits > 1 && value === (ipv4Bits(own.address) | hostBits) >>> 0;
    });
  return isBroadcast ? 'broadcast' : 'one';
}

function ipv4Bits(address: string): number {
  return address.split('.').reduce((bits, part) => ((bits << 8) | Number(part)) >>> 0, 0);
}
