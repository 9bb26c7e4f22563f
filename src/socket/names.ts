/**
 * Host names and services, as getaddrinfo(3) and its relatives answer.
 */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
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
 * @throws NetworkError SW_UNKNOWN_HOST; UsageError SW_USAGE, SW_SOCKET_UNSUPPORTED
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
  return host === '' ? '0.0.0.0' : (await lookUp(host, 4))[0].address;
}

/**
 * The IP address that a socket of this family uses for a host: '' is every interface, `<broadcast>` everybody on the
 * network, an IPv4 address is mapped where the socket is IPv6 (RFC 4291 section 2.5.5.2), and of a name's addresses it is
 * the first.
 * @throws NetworkError SW_UNKNOWN_HOST, UsageError SW_USAGE
 */
export async function resolveHost(host: string, family: typeof AF_INET | typeof AF_INET6): Promise<string> {
  const numeric = numericHost(host, family);
  if (numeric !== undefined) return numeric;
  if (family === AF_INET) return (await lookUp(host, 4))[0].address;
  const found = await lookUp(host, 0);
  return found.find(({ family: version }) => version === 6)?.address ?? `::ffff:${found[0].address}`;
}

/** The same for what needs no look-up; undefined for names. @throws UsageError SW_USAGE */
export function numericHost(host: string, family: typeof AF_INET | typeof AF_INET6): string | undefined {
  const version = isIP(host);
  if (family === AF_INET6) {
    if (host === '') return '::';
    return version === 6 ? host : version === 4 ? `::ffff:${host}` : undefined;
  }
  if (host === '') return '0.0.0.0';
  if (host === '<broadcast>') return '255.255.255.255';
  if (version === 6)
    throw badArgument(`${host} is an IPv6 address, and this socket is AF_INET: use AF_INET6`);
  return version === 4 ? host : undefined;
}

interface Found {
  readonly address: string;
  readonly family: number;
}

async function lookUp(host: string, family: 0 | 4 | 6): Promise<readonly [Found, ...Found[]]> {
  const version = isIP(host);
  if (version !== 0 && family !== 0 && family !== version) {
    throw badArgument(`${host} is an IPv${version} address, and IPv${family} is asked for`);
  }
  try {
    const [first, ...others] = await lookup(host, { all: true, family });
    if (first !== undefined) return [first, ...others];
  } catch (error) {
    throw unknown(host, systemCode(error), error);
  }
  throw unknown(host, 'ENOTFOUND');
}

function unknown(host: string, code: string, cause?: unknown): NetworkError {
  // What Node.js itself refuses is no name either.
  const errno = code.startsWith('ERR_') ? 'ENOTFOUND' : code;
  const message =
    errno === 'EAI_AGAIN'
      ? `the name service does not answer for the host ${JSON.stringify(host)}: check the network and /etc/resolv.conf, or use its IP address`
      : `the host ${JSON.stringify(host)} is not known: check the spelling and the name service, or use its IP address`;
  return new NetworkError('SW_UNKNOWN_HOST', `${message} (${errno})`, { errno, retryable: true, cause });
}

/** @throws UsageError SW_USAGE */
export function checkPort(port: number): void {
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw badArgument(`a port is a whole number from 0 to 65535, not ${String(port)}`);
  }
}
