/**
 * Host names and services, as getaddrinfo(3) and its relatives answer.
 */
import { lookup } from 'node:dns/promises';
import { isIP, isIPv4, isIPv6 } from 'node:net';
import { hostname } from 'node:os';
import { NetworkError } from '../errors/errors.ts';
import { type AddressFamily, AF_INET, AF_INET6, AF_UNIX, AF_UNSPEC } from './constants.ts';
import { systemCode } from './network-error.ts';
import { badArgument, notSupported } from './socket-error.ts';

/** Host and port, as `bind`, `connect` and `sendto` take them. IPv6 zones are part of the host: `fe80::1%eth0`. */
export type InetAddress = readonly [host: string, port: number];
/** Host and port; or for AF_UNIX a path, empty for a peer that has none. */
export type SocketAddress = InetAddress | string;

/** One way to reach a name. */
export interface AddressInfo {
  readonly family: typeof AF_INET | typeof AF_INET6;
  readonly address: InetAddress;
}

/** This machine's name. */
export function gethostname(): string {
  return hostname();
}

/**
 * All addresses of a host, in the order of the system's preference (RFC 6724).
 * @param host a name, an IP address, or '' for every interface of this machine
 * @throws NetworkError SW_UNKNOWN_HOST
 */
export async function getaddrinfo(
  host: string,
  port: number,
  family: AddressFamily | typeof AF_UNSPEC = AF_UNSPEC,
): Promise<AddressInfo[]> {
  checkPort(port);
  if (family === AF_UNIX) throw notSupported('EAFNOSUPPORT', 'a path of AF_UNIX is no name to look up');
  const wanted = family === AF_INET ? 4 : family === AF_INET6 ? 6 : 0;
  if (host === '') {
    const all: AddressInfo[] = [
      { family: AF_INET, address: ['0.0.0.0', port] },
      { family: AF_INET6, address: ['::', port] },
    ];
    return all.filter(info => wanted === 0 || info.family === family);
  }
  const found = await lookUp(host, wanted);
  return found.map(({ address, family: version }) => ({
    family: version === 6 ? AF_INET6 : AF_INET,
    address: [address, port],
  }));
}

/** The first IPv4 address of a host. @throws NetworkError SW_UNKNOWN_HOST */
export async function gethostbyname(host: string): Promise<string> {
  const [first] = await getaddrinfo(host, 0, AF_INET);
  if (first === undefined) throw unknown(host, 'ENOTFOUND');
  return first.address[0];
}

/**
 * The IP address that a socket of this family uses for a host: '' is every interface, `<broadcast>` everybody on the
 * network, an IPv4 address is mapped where the socket is IPv6 (RFC 4291 section 2.5.5.2).
 * @throws NetworkError SW_UNKNOWN_HOST, UsageError SW_USAGE
 */
export async function resolveHost(host: string, family: typeof AF_INET | typeof AF_INET6): Promise<string> {
  if (host === '') return family === AF_INET ? '0.0.0.0' : '::';
  if (family === AF_INET) {
    if (isIPv4(host)) return host;
    if (host === '<broadcast>') return '255.255.255.255';
    if (isIPv6(host))
      throw badArgument(`${host} is an IPv6 address, and this socket is AF_INET: use AF_INET6`);
  } else {
    if (isIPv6(host)) return host;
    if (isIPv4(host)) return `::ffff:${host}`;
  }
  const found = await lookUp(host, 0);
  const own = found.find(({ family: version }) => version === (family === AF_INET ? 4 : 6));
  if (own !== undefined) return own.address;
  const mapped = family === AF_INET6 ? found[0]?.address : undefined;
  if (mapped === undefined) throw unknown(host, 'ENOTFOUND');
  return `::ffff:${mapped}`;
}

async function lookUp(
  host: string,
  family: 0 | 4 | 6,
): Promise<readonly { address: string; family: number }[]> {
  const version = isIP(host);
  if (version !== 0 && (family === 0 || family === version)) return [{ address: host, family: version }];
  try {
    return await lookup(host, { all: true, family });
  } catch (error) {
    throw unknown(host, systemCode(error), error);
  }
}

function unknown(host: string, errno: string, cause?: unknown): NetworkError {
  return new NetworkError(
    'SW_UNKNOWN_HOST',
    `the host "${host}" is not known: check the spelling and the name service, or use its IP address (${errno})`,
    { errno, retryable: true, cause },
  );
}

/** @throws UsageError SW_USAGE */
export function checkPort(port: number): void {
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw badArgument(`a port is a whole number from 0 to 65535, not ${String(port)}`);
  }
}
