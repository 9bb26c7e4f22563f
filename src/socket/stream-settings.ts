/**
 * `setsockopt` and `getsockopt` of stream sockets: what Node.js can set, and a reason for the rest.
 */
import type { Socket } from 'node:net';
import * as C from './constants.ts';
import { badArgument, notSupported } from './socket-error.ts';
import type { StreamOptions } from './stream-connection.ts';

/** A value of an option. SO_LINGER has two: on or off, and seconds. */
export type OptionValue = number | boolean | readonly [onoff: number, seconds: number];

/** Idle seconds before the kernel asks whether the peer is there (net.ipv4.tcp_keepalive_time). */
const KEEP_IDLE_S = 7_200;

export class StreamSettings {
  #noDelay = false;
  #keepAlive = false;
  #keepIdleS = KEEP_IDLE_S;
  #reusePort = false;
  #ipv6Only = false;
  #resets = false;

  /** For connections to make or accept. */
  get streamOptions(): StreamOptions {
    return { noDelay: this.#noDelay, keepAliveMs: this.#keepAlive ? this.#keepIdleS * 1000 : undefined };
  }

  /** A connection has the options that it was made with: those of its listener, where it was accepted (tcp(7)). */
  static of({ noDelay = false, keepAliveMs }: StreamOptions, resets = false): StreamSettings {
    const settings = new StreamSettings();
    settings.#noDelay = noDelay;
    settings.#keepAlive = keepAliveMs !== undefined;
    if (keepAliveMs !== undefined) settings.#keepIdleS = keepAliveMs / 1000;
    settings.#resets = resets;
    return settings;
  }

  get reusePort(): boolean {
    return this.#reusePort;
  }

  get ipv6Only(): boolean {
    return this.#ipv6Only;
  }

  /** SO_LINGER with 0 seconds: closing sends a reset. */
  get resets(): boolean {
    return this.#resets;
  }

  /**
   * @param socket the connected socket, where there is one
   * @param isBound whether it is too late for options of an address
   * @throws UsageError SW_SOCKET_UNSUPPORTED, SW_USAGE
   */
  set(level: number, name: number, value: OptionValue, socket: Socket | undefined, isBound: boolean): void {
    switch (`${level}/${name}`) {
      case `${C.SOL_SOCKET}/${C.SO_REUSEADDR}`:
        if (flag(value)) return;
        throw notSupported('ENOPROTOOPT', 'SO_REUSEADDR is always on for stream sockets of Node.js');
      case `${C.SOL_SOCKET}/${C.SO_REUSEPORT}`:
        early('SO_REUSEPORT', isBound);
        this.#reusePort = flag(value);
        return;
      case `${C.IPPROTO_IPV6}/${C.IPV6_V6ONLY}`:
        early('IPV6_V6ONLY', isBound);
        this.#ipv6Only = flag(value);
        return;
      case `${C.SOL_SOCKET}/${C.SO_KEEPALIVE}`:
        this.#keepAlive = flag(value);
        socket?.setKeepAlive(this.#keepAlive, this.#keepIdleS * 1000);
        return;
      case `${C.IPPROTO_TCP}/${C.TCP_KEEPIDLE}`:
        this.#keepIdleS = seconds('TCP_KEEPIDLE', value);
        if (this.#keepAlive) socket?.setKeepAlive(true, this.#keepIdleS * 1000);
        return;
      case `${C.IPPROTO_TCP}/${C.TCP_NODELAY}`:
        this.#noDelay = flag(value);
        socket?.setNoDelay(this.#noDelay);
        return;
      case `${C.SOL_SOCKET}/${C.SO_LINGER}`:
        this.#resets = resetsOnClose(value);
        return;
      default:
        throw refusal(level, name);
    }
  }

  /** @throws UsageError SW_SOCKET_UNSUPPORTED */
  get(level: number, name: number): OptionValue {
    switch (`${level}/${name}`) {
      case `${C.SOL_SOCKET}/${C.SO_REUSEADDR}`:
        return 1;
      case `${C.SOL_SOCKET}/${C.SO_REUSEPORT}`:
        return Number(this.#reusePort);
      case `${C.IPPROTO_IPV6}/${C.IPV6_V6ONLY}`:
        return Number(this.#ipv6Only);
      case `${C.SOL_SOCKET}/${C.SO_KEEPALIVE}`:
        return Number(this.#keepAlive);
      case `${C.IPPROTO_TCP}/${C.TCP_KEEPIDLE}`:
        return this.#keepIdleS;
      case `${C.IPPROTO_TCP}/${C.TCP_NODELAY}`:
        return Number(this.#noDelay);
      case `${C.SOL_SOCKET}/${C.SO_LINGER}`:
        return [Number(this.#resets), 0];
      default:
        throw refusal(level, name);
    }
  }
}

/** @throws UsageError SW_USAGE */
export function flag(value: unknown): boolean {
  if (typeof value === 'boolean' || typeof value === 'number') return Boolean(value);
  throw badArgument(`this option takes 1 or 0, not ${JSON.stringify(value)}`);
}

/** An option that Node.js takes only when the socket gets its address. */
export function early(name: string, isBound: boolean): void {
  if (isBound) throw badArgument(`${name} must be set before bind and connect`);
}

function seconds(name: string, value: OptionValue): number {
  // The range of tcp(7), MAX_TCP_KEEPIDLE.
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 32_767) return value;
  throw badArgument(`${name} takes whole seconds from 1 to 32767, not ${String(value)}`);
}

function resetsOnClose(value: OptionValue): boolean {
  if (!Array.isArray(value)) throw badArgument('SO_LINGER takes a pair: [1, 0] or [0, 0]');
  const [onoff, wait] = value as readonly number[];
  if (onoff === 0) return false;
  if (wait === 0) return true;
  throw notSupported(
    'ENOPROTOOPT',
    'Node.js cannot wait in close: SO_LINGER takes [1, 0], which resets the connection, or [0, 0]; ' +
      '`await using` waits for the end of the connection',
  );
}

/** Of sockets of every type. */
export const TIMEOUT_REASONS: Readonly<Record<string, string>> = {
  [`${C.SOL_SOCKET}/${C.SO_RCVTIMEO}`]: 'Node.js has no SO_RCVTIMEO: settimeout limits every call that waits',
  [`${C.SOL_SOCKET}/${C.SO_SNDTIMEO}`]: 'Node.js has no SO_SNDTIMEO: settimeout limits every call that waits',
};

const REASONS: Readonly<Record<string, string>> = {
  [`${C.SOL_SOCKET}/${C.SO_RCVBUF}`]:
    'Node.js can neither set nor read SO_RCVBUF of a stream: the kernel sizes it itself (sysctl net.ipv4.tcp_rmem); datagram sockets can',
  [`${C.SOL_SOCKET}/${C.SO_SNDBUF}`]:
    'Node.js can neither set nor read SO_SNDBUF of a stream: the kernel sizes it itself (sysctl net.ipv4.tcp_wmem); datagram sockets can',
  ...TIMEOUT_REASONS,
  [`${C.SOL_SOCKET}/${C.SO_TYPE}`]: 'SO_TYPE is fixed when the socket is made',
  [`${C.SOL_SOCKET}/${C.SO_DOMAIN}`]: 'SO_DOMAIN is fixed when the socket is made',
  [`${C.SOL_SOCKET}/${C.SO_ACCEPTCONN}`]: 'SO_ACCEPTCONN is set by listen',
  [`${C.SOL_SOCKET}/${C.SO_BROADCAST}`]: 'a stream has one peer: SO_BROADCAST is for datagram sockets',
  [`${C.IPPROTO_IP}/${C.IP_TTL}`]: 'Node.js cannot set IP_TTL of a stream: datagram sockets can',
};

/** Why an option is refused. */
function refusal(level: number, name: number): Error {
  const isOfIp = level === C.IPPROTO_IP || level === C.IPPROTO_IPV6;
  const otherwise = isOfIp
    ? 'options of IP, such as multicast groups, are for datagram sockets (SOCK_DGRAM)'
    : `Node.js has no option ${name} at level ${level} for streams: docs/SOCKETS.md lists those it has`;
  return notSupported('ENOPROTOOPT', REASONS[`${level}/${name}`] ?? otherwise);
}
