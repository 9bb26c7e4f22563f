/**
 * A UDP socket for what an address stands for: one peer, a multicast group, or everybody on a network.
 */
import { NetworkError, UsageError } from '../errors/errors.ts';
import { formatAddress, formatUrl, type UdpAddress } from '../socket/address.ts';
import * as C from '../socket/constants.ts';
import { DatagramSocket } from '../socket/datagram-socket.ts';
import { bindDatagrams } from '../socket/dial.ts';
import { getaddrinfo, type InetAddress, type SocketAddress } from '../socket/names.ts';
import { findInterface, listInterfaces, ownInterfaces, type Reach, reachOf } from './interfaces.ts';

/** Payload of the largest datagram over IPv4: 65,535 less the IP header's 20 and UDP's 8 (RFC 768). */
export const MOST_DATAGRAM_BYTES = 65_507;

export interface DatagramOptions {
  /** The address or name of the interface to send from, or to join groups at. */
  readonly interface?: string | undefined;
  /** How many routers a datagram may pass, with the one that drops it; undefined: the system's choice, 1 for groups. */
  readonly ttl?: number | undefined;
}

/** Somebody to send datagrams to. */
export interface DatagramPeer {
  readonly socket: DatagramSocket;
  /** With the IP address where a name was given. */
  readonly url: string;
  /** `one`: only its own datagrams come. Else anybody may answer. */
  readonly reach: Reach;
  /** @throws NetworkError */
  send(bytes: Uint8Array): Promise<unknown>;
}

/** A peer or group to send to. @throws UsageError SW_BAD_URL, SW_USAGE; NetworkError */
export async function openPeer(address: UdpAddress, options: DatagramOptions = {}): Promise<DatagramPeer> {
  if (address.host === '*' || address.port === 0) {
    const message = `${formatAddress(address)} is an address to listen at: name the host and port to send to`;
    throw new UsageError('SW_BAD_URL', message);
  }
  const { family, host, version } = await resolve(address);
  const reach = reachOf(host);
  const socket = new DatagramSocket(family);
  try {
    setHops(socket, reach, options.ttl);
    if (reach === 'broadcast') socket.setsockopt(C.SOL_SOCKET, C.SO_BROADCAST, 1);
    const own = options.interface === undefined ? undefined : findInterface(options.interface, version);
    if (own !== undefined && reach === 'group') setGroupInterface(socket, own.name, own.address);
    else if (own !== undefined) await socket.bind([zoned(own.address, own.name), 0]);
    const to: InetAddress = [host, address.port];
    if (reach === 'one') await socket.connect(to);
    const send = (bytes: Uint8Array): Promise<unknown> =>
      reach === 'one'
        ? socket.send(bytes)
        : socket.sendto(bytes, to).catch((error: unknown) => Promise.reject(withAdvice(error)));
    return { socket, url: formatUrl('udp', host, address.port), reach, send };
  } catch (error) {
    socket.close();
    throw error;
  }
}

/** A socket that only receives, and its URLs: at an address of this machine, of a group, or for broadcasts. */
export async function openReceiver(
  address: UdpAddress,
  options: DatagramOptions = {},
): Promise<{ readonly socket: DatagramSocket; readonly urls: readonly string[]; readonly reach: Reach }> {
  const found = address.host === '*' ? undefined : await resolve(address);
  const reach = found === undefined ? 'one' : reachOf(found.host);
  if (found === undefined || reach === 'one') {
    if (options.interface !== undefined) {
      const message = `--interface is for groups: ${formatAddress(address)} names where to listen already`;
      throw new UsageError('SW_USAGE', message);
    }
    return { ...(await bindDatagrams(address)), reach };
  }
  const socket = new DatagramSocket(found.family);
  try {
    // Several programs of one machine may want to hear the same group.
    socket.setsockopt(C.SOL_SOCKET, C.SO_REUSEADDR, 1);
    const zone = zoneOf(found.host, options.interface);
    // Bound to the group itself, the socket hears nothing but the group.
    const host = zoned(found.host, zone);
    await socket.bind([host, address.port]);
    if (reach === 'group') join(socket, found, zone, options.interface);
    const [, port] = socket.getsockname() as InetAddress;
    return { socket, urls: [formatUrl('udp', host, port)], reach };
  } catch (error) {
    socket.close();
    throw error;
  }
}

/** The URL of a datagram's sender. */
export function senderUrl(peer: SocketAddress): string {
  const [host, port] = peer as InetAddress;
  return formatUrl('udp', host.replace(/^::ffff:(?=[0-9.]+$)/, ''), port);
}

interface Resolved {
  readonly family: typeof C.AF_INET | typeof C.AF_INET6;
  readonly host: string;
  readonly version: 4 | 6;
}

/** IPv4 where a name has both, as our servers listen there. */
async function resolve({ host, port }: UdpAddress): Promise<Resolved> {
  const found = await getaddrinfo(host === '<broadcast>' ? '255.255.255.255' : host, port);
  const best = found.find(({ family }) => family === C.AF_INET) ?? found[0];
  if (best === undefined) throw new UsageError('SW_BAD_URL', `${host} has no address`);
  return { family: best.family, host: best.address[0], version: best.family === C.AF_INET ? 4 : 6 };
}

function setHops(socket: DatagramSocket, reach: Reach, ttl: number | undefined): void {
  if (ttl === undefined) return;
  const isIPv4 = socket.family === C.AF_INET;
  const level = isIPv4 ? C.IPPROTO_IP : C.IPPROTO_IPV6;
  if (reach === 'group') socket.setsockopt(level, isIPv4 ? C.IP_MULTICAST_TTL : C.IPV6_MULTICAST_HOPS, ttl);
  else socket.setsockopt(level, isIPv4 ? C.IP_TTL : C.IPV6_UNICAST_HOPS, ttl);
}

function setGroupInterface(socket: DatagramSocket, name: string, address: string): void {
  if (socket.family === C.AF_INET) socket.setsockopt(C.IPPROTO_IP, C.IP_MULTICAST_IF, address);
  else socket.setsockopt(C.IPPROTO_IPV6, C.IPV6_MULTICAST_IF, `::%${name}`);
}

/** Joins at the interface that was named, or at every one: nobody knows from which the group is reached. */
function join(
  socket: DatagramSocket,
  { host, version }: Resolved,
  zone: string | undefined,
  named: string | undefined,
): void {
  const group = withoutZone(host);
  const wanted = zone ?? named;
  const interfaces =
    wanted === undefined
      ? ownInterfaces().filter(({ family }) => family === version)
      : [findInterface(wanted, version)];
  // IPv6 joins at an interface, of which there may be several addresses.
  const places = new Set(interfaces.map(({ name, address }) => (version === 4 ? address : `::%${name}`)));
  let failure: unknown = noInterface(host, version);
  let joined = 0;
  for (const place of places) {
    try {
      if (version === 4) socket.setsockopt(C.IPPROTO_IP, C.IP_ADD_MEMBERSHIP, { group, interface: place });
      else socket.setsockopt(C.IPPROTO_IPV6, C.IPV6_JOIN_GROUP, { group, interface: place });
      joined++;
    } catch (error) {
      failure = error;
    }
  }
  if (joined === 0) throw failure;
}

function noInterface(group: string, version: 4 | 6): NetworkError {
  return new NetworkError(
    'SW_ADDRESS_NOT_AVAILABLE',
    `no interface of this machine with an IPv${version} address is up, so the group ${group} cannot be joined`,
  );
}

/** Groups of one link, ff01:: and ff02::, are others on every link (RFC 4007): their interface must be known. */
function zoneOf(host: string, named: string | undefined): string | undefined {
  const written = /%(.+)$/.exec(host)?.[1];
  if (written !== undefined || !/^ff/i.test(host)) return written;
  if (named !== undefined) return findInterface(named, 6).name;
  if (!/^ff[0-9a-f][12]:/i.test(host)) return undefined;
  const message = `${host} is a group of one link: write its interface too, as [${host}%eth0], or --interface; there are ${listInterfaces()}`;
  throw new UsageError('SW_USAGE', message);
}

function withoutZone(host: string): string {
  return host.replace(/%.*$/, '');
}

function zoned(host: string, zone: string | undefined): string {
  const needsZone = zone !== undefined && !host.includes('%') && /^(fe80|ff[0-9a-f][12]):/i.test(host);
  return needsZone ? `${host}%${zone}` : host;
}

/** A machine without a default route knows no way to groups. */
function withAdvice(error: unknown): unknown {
  if (!(error instanceof NetworkError) || (error.errno !== 'ENETUNREACH' && error.errno !== 'EADDRNOTAVAIL'))
    return error;
  return new NetworkError(
    'SW_UNREACHABLE',
    `this machine knows no way there: name the interface with --interface; there are ${listInterfaces()} (${error.errno})`,
    { cause: error, errno: error.errno, retryable: true },
  );
}
