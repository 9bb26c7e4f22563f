/**
 * Hosts that are this machine.
 */
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

/** What to bind for a host as the user wrote it, in the order to try: `*` is dual stack, or IPv4 where there is no IPv6. */
export function listenHosts(host: string): readonly string[] {
  return host === '*' ? ['::', '0.0.0.0'] : [host];
}

/** Hosts under which a listener can be reached: for every interface, each of its addresses. */
export function reachableHosts(host: string): string[] {
  if (host !== '*' && host !== '::' && host !== '0.0.0.0') return [host];
  const all = Object.values(networkInterfaces()).flatMap(list => list ?? []);
  const hosts = all
    // Link-local addresses need an interface name that is different on the other machine.
    .filter(
      ({ family, address }) => (family === 'IPv4' || host !== '0.0.0.0') && !address.startsWith('fe80:'),
    )
    .map(({ address }) => address);
  return hosts.length > 0 ? hosts : ['127.0.0.1'];
}

/** An IPv4 address that a dual-stack socket shows as IPv6 (RFC 4291 section 2.5.5.2) as plain IPv4. */
export function plainHost(host: string): string {
  return host.replace(/^::ffff:(?=[0-9.]+$)/, '');
}

/** True for an IP address of this machine. */
export function isOwnAddress(address: string | undefined): boolean {
  if (address === undefined || isIP(address) === 0) return false;
  const plain = plainHost(address);
  if (plain.startsWith('127.') || plain === '::1') return true;
  return Object.values(networkInterfaces()).some(list => list?.some(own => own.address === plain));
}
