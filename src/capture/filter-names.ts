/**
 * The names in a filter: hosts by the resolver, services by services(5).
 */
import { lookup } from 'node:dns/promises';
import { hostNamesIn } from '../filter/compile.ts';
import type { Names } from '../filter/lowering.ts';
import { findService } from '../socket/services-file.ts';

/** Looks the hosts of a filter up, before it is compiled. @throws UsageError SW_BAD_FILTER */
export async function namesFor(filter: string): Promise<Names> {
  const addresses = new Map<string, readonly string[]>();
  for (const host of hostNamesIn(filter)) {
    // A name that nobody knows is reported with its place in the filter.
    const found = await lookup(host, { all: true }).catch(() => []);
    addresses.set(
      host,
      found.map(({ address }) => address),
    );
  }
  return {
    addressesOf: host => addresses.get(host) ?? [],
    portOf: (service, protocol) => portOf(service, protocol),
  };
}

function portOf(name: string, protocol: 'tcp' | 'udp'): number | undefined {
  try {
    const { services } = findService(name);
    const isNamed = services.filter(one => one.name === name || one.aliases.includes(name));
    return isNamed.find(one => one.protocol === protocol)?.port;
  } catch {
    return undefined;
  }
}
