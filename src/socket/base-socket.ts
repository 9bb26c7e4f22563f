/**
 * What stream and datagram sockets have in common: family, type, timeout, and that a closed one is of no use.
 */
import { type AddressFamily, FAMILY_NAME, type SocketType } from './constants.ts';
import { checkPort, type InetAddress, type SocketAddress } from './names.ts';
import { badArgument } from './socket-error.ts';

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
    const [host, port] = typeof address === 'string' ? [] : address;
    if (typeof host !== 'string' || port === undefined) {
      const given = typeof address === 'string' ? `the path "${address}"` : JSON.stringify(address);
      throw badArgument(`an address of ${FAMILY_NAME[this.family]} is [host, port], not ${given}`);
    }
    checkPort(port);
    return [host, port];
  }
}

/** What is sent: text goes as UTF-8. */
export type Sendable = Uint8Array | string;

export function bytesOf(data: Sendable): Uint8Array {
  return typeof data === 'string' ? Buffer.from(data) : data;
}

/** @throws UsageError SW_USAGE */
export function checkSize(size: number): void {
  if (!Number.isSafeInteger(size) || size < 0) {
    throw badArgument(`a number of bytes is a whole number from 0 on, not ${String(size)}`);
  }
}
