/**
 * Addresses as people write them: `tcp://HOST:PORT`, `udp://HOST:PORT`, `rudp://HOST:PORT`, `unix:PATH`.
 *
 * IPv6 stands in brackets, `*` is every interface, port 0 one that the system picks.
 */
import { isIPv6 } from 'node:net';
import { UsageError } from '../errors/errors.ts';
import type { RepairOption } from '../rudp/repair-policy.ts';
import { parseDuration } from '../time/quantities.ts';

export interface TcpAddress {
  readonly transport: 'tcp';
  /** A name, an IP address without brackets, or `*`. */
  readonly host: string;
  readonly port: number;
}

export interface UdpAddress {
  readonly transport: 'udp';
  readonly host: string;
  readonly port: number;
}

/** Reliable UDP (docs/RELIABLE-UDP.md); an end says of itself with `?repair=…&keepalive=…` what it wants. */
export interface RudpAddress {
  readonly transport: 'rudp';
  readonly host: string;
  readonly port: number;
  /** Repair symbols: `off`, `auto`, or how many a packet, 0 to 1. */
  readonly repair?: RepairOption;
  /** A packet after so long a silence, which keeps the doors of NATs open. */
  readonly keepAliveUs?: number;
}

export interface UnixAddress {
  readonly transport: 'unix';
  readonly path: string;
}

/** Addresses of streams. */
export type StreamAddress = TcpAddress | UnixAddress;

/** A parsed address. */
export type Address = StreamAddress | UdpAddress | RudpAddress;

/** The port of `sensewire collect` where an address names none. */
export const DEFAULT_PORT = 50_010;

/** Bytes of a Unix socket's path that the kernel takes (unix(7), sun_path less its final zero). */
const MOST_PATH_BYTES = 107;

/** Transports that sensewire means to speak, but does not yet. */
const TO_COME = new Set(['tls']);

const EXAMPLES =
  'write it like tcp://127.0.0.1:50010, udp://[::1]:50010, tcp://*:50010 or unix:/tmp/sensewire.sock';

/**
 * @param defaultPort where the address names none
 * @throws UsageError SW_BAD_URL
 */
export function parseAddress(text: string, defaultPort: number = DEFAULT_PORT): Address {
  if (text.startsWith('unix:')) return parsePath(text);
  const match = /^([a-z]+):\/\/(\[[^\]]*\]|[^:/]*)(?::([0-9]+))?\/?(?:\?([^#]*))?$/i.exec(text);
  const transport = match?.[1]?.toLowerCase();
  if (match === null || transport === undefined) throw wrong(text, 'is not an address');
  if (TO_COME.has(transport)) throw wrong(text, `cannot be used yet: ${transport} is to come`);
  if (transport !== 'tcp' && transport !== 'udp' && transport !== 'rudp')
    throw wrong(text, `has the unknown transport "${transport}"`);
  const host = parseHost(text, match[2] ?? '');
  const port = match[3] === undefined ? defaultPort : Number(match[3]);
  if (port > 65_535) throw wrong(text, `has the port ${port}, and ports end at 65535`);
  const query = match[4];
  if (transport === 'rudp') return { transport, host, port, ...parseRudpOptions(text, query) };
  if (query !== undefined) throw wrong(text, `has options ("?${query}"), which only rudp:// takes`);
  return { transport, host, port };
}

function parseRudpOptions(text: string, query = ''): Pick<RudpAddress, 'repair' | 'keepAliveUs'> {
  const options: { repair?: RepairOption; keepAliveUs?: number } = {};
  for (const [name, value] of new URLSearchParams(query)) {
    if (name === 'repair') options.repair = parseRepair(text, value);
    else if (name === 'keepalive') options.keepAliveUs = parseDuration(value);
    else throw wrong(text, `has the unknown option "${name}": repair and keepalive are there`);
  }
  return options;
}

function parseRepair(text: string, value: string): RepairOption {
  if (value === 'off' || value === 'auto') return value;
  const ratio = Number(value);
  if (value !== '' && ratio >= 0 && ratio <= 1) return ratio;
  throw wrong(text, `has repair=${value}, which is off, auto or a number from 0 to 1`);
}

function parsePath(text: string): Address {
  const path = text.slice('unix:'.length).replace(/^\/\/(?=\/)/, '');
  if (path === '') throw wrong(text, 'has no path');
  const bytes = Buffer.byteLength(path);
  if (bytes > MOST_PATH_BYTES)
    throw wrong(text, `has a path of ${bytes} bytes, and the system takes ${MOST_PATH_BYTES}`);
  return { transport: 'unix', path };
}

function parseHost(text: string, host: string): string {
  if (host === '') throw wrong(text, 'has no host');
  if (!host.startsWith('[')) return host;
  const inner = host.slice(1, -1);
  if (!isIPv6(inner)) throw wrong(text, `has "${inner}" in brackets, which is no IPv6 address`);
  return inner;
}

function wrong(text: string, what: string): UsageError {
  return new UsageError('SW_BAD_URL', `"${text}" ${what}: ${EXAMPLES}`);
}

/** The address as it is written. */
export function formatAddress(address: Address): string {
  if (address.transport === 'unix') return `unix:${address.path}`;
  return formatUrl(address.transport, address.host, address.port);
}

/** A URL of an IP address or host name and a port. */
export function formatUrl(transport: string, host: string, port: number): string {
  return `${transport}://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}
