/**
 * What an IP address is for, by the registry of RFC 6890: whether it is reached from this machine, this network, or all
 * of the Internet.
 */
import { BlockList, isIP, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { isOwnAddress, plainHost } from './hosts.ts';

/** A kind in a word, and what it means. */
export interface AddressKind {
  readonly kind: string;
  readonly meaning: string;
}

/** Blocks with their kind, the first that holds an address counts; RFC 6890 and its registries, unless another is named. */
const BLOCKS: readonly (readonly [block: string, kind: string, meaning: string])[] = [
  ['0.0.0.0/32', 'unspecified', 'every interface of this machine, where a program listens'],
  ['0.0.0.0/8', 'reserved', 'hosts of this network, for machines that have no address yet'],
  ['10.0.0.0/8', 'private', "inside a site's own network, not on the Internet"],
  ['100.64.0.0/10', 'shared', "between a provider and its customers' networks, not on the Internet"],
  ['127.0.0.0/8', 'loopback', 'inside this machine'],
  ['169.254.0.0/16', 'link-local', 'on this cable or radio network only, given without a server'],
  ['172.16.0.0/12', 'private', "inside a site's own network, not on the Internet"],
  ['192.0.0.0/24', 'reserved', 'assigned to protocols of the IETF'],
  ['192.0.2.0/24', 'documentation', 'for examples in texts'],
  ['192.88.99.0/24', 'reserved', 'was for relays of 6to4 (RFC 7526)'],
  ['192.168.0.0/16', 'private', "inside a site's own network, not on the Internet"],
  ['198.18.0.0/15', 'benchmarking', 'for measuring network devices'],
  ['198.51.100.0/24', 'documentation', 'for examples in texts'],
  ['203.0.113.0/24', 'documentation', 'for examples in texts'],
  ['224.0.0.0/4', 'multicast', 'a group of receivers'],
  ['255.255.255.255/32', 'broadcast', 'everybody on this network'],
  ['240.0.0.0/4', 'reserved', 'for future use'],
  ['::/128', 'unspecified', 'every interface of this machine, where a program listens'],
  ['::1/128', 'loopback', 'inside this machine'],
  ['64:ff9b::/96', 'translated', 'an IPv4 address behind a translator (RFC 6052)'],
  ['100::/64', 'discard', 'what goes there is thrown away'],
  ['2001::/32', 'tunnel', 'IPv6 through IPv4, by Teredo'],
  ['2001:2::/48', 'benchmarking', 'for measuring network devices'],
  ['2001:db8::/32', 'documentation', 'for examples in texts'],
  ['3fff::/20', 'documentation', 'for examples in texts (RFC 9637)'],
  ['2002::/16', 'tunnel', 'IPv6 through IPv4, by 6to4'],
  ['fc00::/7', 'private', "unique local: inside a site's own network, not on the Internet"],
  ['fe80::/10', 'link-local', 'on this cable or radio network only, given without a server'],
  ['ff00::/8', 'multicast', 'a group of receivers'],
];

const PUBLIC: AddressKind = { kind: 'public', meaning: 'on the Internet' };

const KINDS: readonly (readonly [BlockList, AddressKind])[] = BLOCKS.map(([block, kind, meaning]) => {
  const [network = '', prefix] = block.split('/');
  const list = new BlockList();
  list.addSubnet(network, Number(prefix), isIPv6(network) ? 'ipv6' : 'ipv4');
  return [list, { kind, meaning }];
});

/** @param address an IP address, with its zone or without; an IPv4-mapped one is what its IPv4 address is */
export function kindOfAddress(address: string): AddressKind {
  const plain = plainHost(withoutZone(address));
  const type = isIPv6(plain) ? 'ipv6' : 'ipv4';
  return KINDS.find(([list]) => list.check(plain, type))?.[1] ?? PUBLIC;
}

/** The interface of this machine that has the address; undefined where none has. */
export function interfaceOf(address: string): string | undefined {
  const plain = plainHost(withoutZone(address));
  if (!isOwnAddress(plain)) return undefined;
  const all = Object.entries(networkInterfaces());
  // Every address of 127.0.0.0/8 is this machine's, though only one is listed.
  const loopback = all.find(([, list]) => list?.some(({ internal }) => internal));
  return (all.find(([, list]) => list?.some(own => own.address === plain)) ?? loopback)?.[0];
}

/** `fe80::1%eth0` without what the zone says. */
export function withoutZone(address: string): string {
  return address.split('%')[0] ?? address;
}

/** The name under which DNS keeps an address's names (RFC 1035 section 3.5, RFC 3596 section 2.5). */
export function reverseName(address: string): string {
  const plain = withoutZone(address);
  if (isIP(plain) === 4) return `${plain.split('.').reverse().join('.')}.in-addr.arpa`;
  return `${[...groupsOf(plain).join('')].reverse().join('.')}.ip6.arpa`;
}

/** The eight groups of an IPv6 address, with four hexadecimal digits each. */
function groupsOf(address: string): string[] {
  // The last 32 bits may be written as an IPv4 address.
  const text = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_all, ...bytes: string[]) => {
    const [a, b, c, d] = bytes.slice(0, 4).map(byte => Number(byte).toString(16).padStart(2, '0'));
    return `${a}${b}:${c}${d}`;
  });
  const [before = [], after = []] = text.split('::').map(half => (half === '' ? [] : half.split(':')));
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].map(group => group.padStart(4, '0'));
}
