/**
 * `setsockopt` and `getsockopt` of datagram sockets: what Node.js can set, and a reason for the rest.
 *
 * Node.js sets most options only once the socket has an address, so they are kept and set then.
 */
import type { Socket } from 'node:dgram';
import { isIPv4, isIPv6 } from 'node:net';
import * as C from './constants.ts';
import { badArgument, notSupported, wrongState } from './socket-error.ts';
import { early, flag, type OptionValue, TIMEOUT_REASONS } from './stream-settings.ts';
import type { UdpOptions } from './udp-socket.ts';

/** A group as IP_ADD_MEMBERSHIP takes it, and the address of the interface (IPv6: `::%eth0`) where it is not the system's choice. */
export interface Membership {
  readonly group: string;
  readonly interface?: string;
  /** For IP_ADD_SOURCE_MEMBERSHIP: the only sender whose datagrams are wanted. */
  readonly source?: string;
}

export type DatagramOptionValue = number | boolean | string | Membership;

type Apply = (socket: Socket) => void;

/** The range of a time to live (ip(7)). */
const MOST_HOPS = 255;

export class DatagramSettings {
  readonly #early: { -readonly [K in keyof UdpOptions]: UdpOptions[K] } = {};
  readonly #values = new Map<string, OptionValue>();
  #late: Apply[] = [];

  /** For the socket to make. */
  get udpOptions(): UdpOptions {
    return this.#early;
  }

  /** Sets what was kept. */
  apply(socket: Socket): void {
    for (const apply of this.#late) apply(socket);
    this.#late = [];
  }

  /**
   * @param socket the socket, once it has an address
   * @throws UsageError SW_SOCKET_UNSUPPORTED, SW_USAGE; the system's error
   */
  set(level: number, name: number, value: DatagramOptionValue, socket: Socket | undefined): void {
    const key = `${level}/${name}`;
    const isBound = socket !== undefined;
    switch (key) {
      case `${C.SOL_SOCKET}/${C.SO_REUSEADDR}`:
        early('SO_REUSEADDR', isBound);
        this.#early.reuseAddr = this.#flag(key, value);
        return;
      case `${C.SOL_SOCKET}/${C.SO_REUSEPORT}`:
        early('SO_REUSEPORT', isBound);
        this.#early.reusePort = this.#flag(key, value);
        return;
      case `${C.IPPROTO_IPV6}/${C.IPV6_V6ONLY}`:
        early('IPV6_V6ONLY', isBound);
        this.#early.ipv6Only = this.#flag(key, value);
        return;
      case `${C.SOL_SOCKET}/${C.SO_RCVBUF}`: {
        const bytes = this.#number(key, value, 1, 2 ** 31 - 1);
        this.#early.recvBufferSize = bytes;
        socket?.setRecvBufferSize(bytes);
        return;
      }
      case `${C.SOL_SOCKET}/${C.SO_SNDBUF}`: {
        const bytes = this.#number(key, value, 1, 2 ** 31 - 1);
        this.#early.sendBufferSize = bytes;
        socket?.setSendBufferSize(bytes);
        return;
      }
      default:
        this.#do(this.#lateOption(key, level, name, value), socket);
    }
  }

  #lateOption(key: string, level: number, name: number, value: DatagramOptionValue): Apply {
    switch (key) {
      case `${C.SOL_SOCKET}/${C.SO_BROADCAST}`: {
        const on = this.#flag(key, value);
        return socket => socket.setBroadcast(on);
      }
      case `${C.IPPROTO_IP}/${C.IP_TTL}`:
      case `${C.IPPROTO_IPV6}/${C.IPV6_UNICAST_HOPS}`: {
        const hops = this.#number(key, value, 1, MOST_HOPS);
        return socket => void socket.setTTL(hops);
      }
      case `${C.IPPROTO_IP}/${C.IP_MULTICAST_TTL}`:
      case `${C.IPPROTO_IPV6}/${C.IPV6_MULTICAST_HOPS}`: {
        const hops = this.#number(key, value, 0, MOST_HOPS);
        return socket => void socket.setMulticastTTL(hops);
      }
      case `${C.IPPROTO_IP}/${C.IP_MULTICAST_LOOP}`:
      case `${C.IPPROTO_IPV6}/${C.IPV6_MULTICAST_LOOP}`: {
        const on = this.#flag(key, value);
        return socket => void socket.setMulticastLoopback(on);
      }
      case `${C.IPPROTO_IP}/${C.IP_MULTICAST_IF}`:
      case `${C.IPPROTO_IPV6}/${C.IPV6_MULTICAST_IF}`: {
        if (typeof value !== 'string') throw badArgument('this option takes the address of an interface');
        return socket => socket.setMulticastInterface(value);
      }
      case `${C.IPPROTO_IP}/${C.IP_ADD_MEMBERSHIP}`:
      case `${C.IPPROTO_IPV6}/${C.IPV6_JOIN_GROUP}`: {
        const { group, interface: at } = membership(value);
        return socket => socket.addMembership(group, at);
      }
      case `${C.IPPROTO_IP}/${C.IP_DROP_MEMBERSHIP}`:
      case `${C.IPPROTO_IPV6}/${C.IPV6_LEAVE_GROUP}`: {
        const { group, interface: at } = membership(value);
        return socket => socket.dropMembership(group, at);
      }
      case `${C.IPPROTO_IP}/${C.IP_ADD_SOURCE_MEMBERSHIP}`: {
        const { group, source, interface: at } = fromSource(value);
        return socket => socket.addSourceSpecificMembership(source, group, at);
      }
      case `${C.IPPROTO_IP}/${C.IP_DROP_SOURCE_MEMBERSHIP}`: {
        const { group, source, interface: at } = fromSource(value);
        return socket => socket.dropSourceSpecificMembership(source, group, at);
      }
      default:
        throw refusal(level, name);
    }
  }

  /** The value, doubled by the kernel for the buffers (socket(7)). @throws UsageError SW_SOCKET_UNSUPPORTED */
  get(level: number, name: number, socket: Socket | undefined): OptionValue {
    const key = `${level}/${name}`;
    if (socket !== undefined && key === `${C.SOL_SOCKET}/${C.SO_RCVBUF}`) return socket.getRecvBufferSize();
    if (socket !== undefined && key === `${C.SOL_SOCKET}/${C.SO_SNDBUF}`) return socket.getSendBufferSize();
    const value = this.#values.get(key) ?? DEFAULTS.get(key);
    if (value !== undefined) return value;
    if (BUFFERS.has(key))
      throw wrongState('EINVAL', 'the size of this buffer is known once the socket has an address');
    throw refusal(level, name);
  }

  #do(apply: Apply, socket: Socket | undefined): void {
    if (socket === undefined) this.#late.push(apply);
    else apply(socket);
  }

  #flag(key: string, value: DatagramOptionValue): boolean {
    const on = flag(value);
    this.#values.set(key, Number(on));
    return on;
  }

  #number(key: string, value: DatagramOptionValue, least: number, most: number): number {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
      throw badArgument(`this option takes a whole number from ${least} to ${most}, not ${String(value)}`);
    }
    this.#values.set(key, value);
    return value;
  }
}

/** What options are until they are set (ip(7), ipv6(7), RFC 1112 section 6.1). */
const DEFAULTS: ReadonlyMap<string, number> = new Map([
  [`${C.SOL_SOCKET}/${C.SO_REUSEADDR}`, 0],
  [`${C.SOL_SOCKET}/${C.SO_REUSEPORT}`, 0],
  [`${C.SOL_SOCKET}/${C.SO_BROADCAST}`, 0],
  [`${C.IPPROTO_IPV6}/${C.IPV6_V6ONLY}`, 0],
  [`${C.IPPROTO_IP}/${C.IP_TTL}`, 64],
  [`${C.IPPROTO_IPV6}/${C.IPV6_UNICAST_HOPS}`, 64],
  [`${C.IPPROTO_IP}/${C.IP_MULTICAST_TTL}`, 1],
  [`${C.IPPROTO_IPV6}/${C.IPV6_MULTICAST_HOPS}`, 1],
  [`${C.IPPROTO_IP}/${C.IP_MULTICAST_LOOP}`, 1],
  [`${C.IPPROTO_IPV6}/${C.IPV6_MULTICAST_LOOP}`, 1],
]);

const BUFFERS: ReadonlySet<string> = new Set([
  `${C.SOL_SOCKET}/${C.SO_RCVBUF}`,
  `${C.SOL_SOCKET}/${C.SO_SNDBUF}`,
]);

function membership(value: DatagramOptionValue): Membership {
  const given = typeof value === 'string' ? { group: value } : value;
  if (typeof given !== 'object' || given === null || (!isIPv4(given.group) && !isIPv6(given.group))) {
    throw badArgument("a membership is a group's IP address, or { group, interface }");
  }
  return given;
}

function fromSource(value: DatagramOptionValue): Required<Pick<Membership, 'group' | 'source'>> & Membership {
  const { source, ...rest } = membership(value);
  if (source === undefined) throw badArgument('this membership needs { group, source }');
  return { ...rest, source };
}

function refusal(level: number, name: number): Error {
  const isKeepAlive = level === C.SOL_SOCKET && name === C.SO_KEEPALIVE;
  const reason =
    level === C.IPPROTO_TCP || isKeepAlive
      ? 'datagrams have no connection: this option is for stream sockets'
      : (TIMEOUT_REASONS[`${level}/${name}`] ??
        `Node.js has no option ${name} at level ${level} for datagram sockets`);
  return notSupported('ENOPROTOOPT', reason);
}
