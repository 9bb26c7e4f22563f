/**
 * What stream and datagram sockets have in common: family, type, timeout, and that a closed one is of no use.
 */
import {
  type AddressFamily,
  AF_INET6,
  AF_UNIX,
  FAMILY_NAME,
  IPPROTO_IPV6,
  SHUT_RD,
  SHUT_RDWR,
  SHUT_WR,
  type ShutdownHow,
  SOL_SOCKET,
  type SocketType,
} from './constants.ts';
import { checkPort, type InetAddress, type SocketAddress } from './names.ts';
import { badArgument, notSupported } from './socket-error.ts';

/** The longest that a timer of Node.js can wait, in seconds. */
const MOST_TIMEOUT_S = 2_147_483;

export abstract class BaseSocket implements Disposable {
  readonly family: AddressFamily;
  abstract readonly type: SocketType;
  #timeoutMs: number | null = null;

  constructor(family: AddressFamily) {
    this.family = family;
  }

  /** True once `close` was called. */
  abstract get closed(): boolean;

  abstract close(): void;

  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * How long each later call may wait, as in Python.
   * @param seconds 0 or more; 0: calls that would have to wait fail with EAGAIN; null: wait for ever, as at first
   * @throws UsageError SW_USAGE
   */
  settimeout(seconds: number | null): void {
    if (seconds !== null && !(seconds >= 0 && seconds <= MOST_TIMEOUT_S)) {
      throw badArgument(`a timeout is null or from 0 to ${MOST_TIMEOUT_S} seconds, not ${String(seconds)}`);
    }
    this.#timeoutMs = seconds === null ? null : Math.ceil(seconds * 1000);
  }

  /** In seconds; null: for ever. */
  gettimeout(): number | null {
    return this.#timeoutMs === null ? null : this.#timeoutMs / 1000;
  }

  protected get timeoutMs(): number | null {
    return this.#timeoutMs;
  }

  /** Host and port of an address for AF_INET and AF_INET6. @throws UsageError SW_USAGE */
  protected inetAddress(address: SocketAddress): InetAddress {
    if (!isHostAndPort(address)) {
      const given = typeof address === 'string' ? `the path "${address}"` : JSON.stringify(address);
      throw badArgument(`an address of ${FAMILY_NAME[this.family]} is [host, port], not ${given}`);
    }
    checkPort(address[1]);
    return address;
  }

  /** Whether this family has options of a level. @throws UsageError SW_SOCKET_UNSUPPORTED */
  protected checkLevel(level: number): void {
    const isOther =
      this.family === AF_UNIX ? level !== SOL_SOCKET : level === IPPROTO_IPV6 && this.family !== AF_INET6;
    if (!isOther) return;
    const name = FAMILY_NAME[this.family];
    throw notSupported(
      'ENOPROTOOPT',
      `${name} sockets have no options of level ${level}: those are for other families`,
    );
  }
}

/** Who calls from JavaScript may give anything. */
function isHostAndPort(address: unknown): address is InetAddress {
  return Array.isArray(address) && typeof address[0] === 'string' && typeof address[1] === 'number';
}

/** What is sent: text goes as UTF-8. */
export type Sendable = Uint8Array | string | ArrayBufferView | ArrayBuffer;

/** @throws UsageError SW_USAGE */
export function bytesOf(data: Sendable): Uint8Array {
  if (data instanceof Uint8Array) return data;
  if (typeof data === 'string') return Buffer.from(data);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  const given = data === null ? 'null' : ((data as object | undefined)?.constructor?.name ?? typeof data);
  throw badArgument(`what is sent is bytes (a Uint8Array, any view, an ArrayBuffer) or text, not ${given}`);
}

/** @throws UsageError SW_USAGE */
export function checkSize(size: number): void {
  if (!Number.isSafeInteger(size) || size < 0) {
    throw badArgument(`a number of bytes is a whole number from 0 on, not ${String(size)}`);
  }
}

/** @throws UsageError SW_USAGE */
export function checkHow(how: ShutdownHow): void {
  if (how !== SHUT_RD && how !== SHUT_WR && how !== SHUT_RDWR) {
    throw badArgument(`shutdown takes SHUT_RD, SHUT_WR or SHUT_RDWR, not ${String(how)}`);
  }
}
