/**
 * What a server gives instead of remembering: cookies that prove an address, and tokens that prove a RESET
 * (docs/RELIABLE-UDP.md sections 4 and 11).
 */
import { COOKIE_BYTES, TOKEN_BYTES } from './layout.ts';

/** A cookie is good for so long; repeated INITs come within it. */
export const COOKIE_LIFE_US = 10_000_000;

/** HMAC-SHA256 under the endpoint's secret, at least 16 bytes of it. */
export type Mac = (data: Uint8Array) => Uint8Array;

const UTF8 = new TextEncoder();

export class Cookies {
  readonly #mac: Mac;

  constructor(mac: Mac) {
    this.#mac = mac;
  }

  /** The cookie of a client: the time in seconds, and a code over it and all that it is bound to. */
  make(from: string, clientId: number, nonce: Uint8Array, nowUs: number): Uint8Array {
    return this.#sign(Math.floor(nowUs / 1e6) >>> 0, from, clientId, nonce);
  }

  /** True where this endpoint made the cookie for this client, not long ago. */
  check(cookie: Uint8Array, from: string, clientId: number, nonce: Uint8Array, nowUs: number): boolean {
    if (cookie.length !== COOKIE_BYTES) return false;
    const seconds = new DataView(cookie.buffer, cookie.byteOffset).getUint32(0);
    const ageS = ((Math.floor(nowUs / 1e6) >>> 0) - seconds) | 0;
    if (ageS < 0 || ageS * 1e6 > COOKIE_LIFE_US) return false;
    return equal(this.#sign(seconds, from, clientId, nonce), cookie);
  }

  /** What shows that a RESET comes from who accepted this id. */
  resetToken(id: number): Uint8Array {
    return this.#mac(UTF8.encode(`reset ${id}`)).slice(0, TOKEN_BYTES);
  }

  #sign(seconds: number, from: string, clientId: number, nonce: Uint8Array): Uint8Array {
    const context = UTF8.encode(`cookie ${seconds} ${from} ${clientId} ${nonce.join()}`);
    const cookie = new Uint8Array(COOKIE_BYTES);
    new DataView(cookie.buffer).setUint32(0, seconds);
    cookie.set(this.#mac(context).subarray(0, COOKIE_BYTES - 4), 4);
    return cookie;
  }
}

/** Compares in constant time, so that a code cannot be found byte by byte. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let index = 0; index < a.length; index++) difference |= (a[index] as number) ^ (b[index] as number);
  return difference === 0;
}
