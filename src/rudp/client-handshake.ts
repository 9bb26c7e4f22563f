/**
 * A client that was not answered yet: which INIT goes, and when (docs/RELIABLE-UDP.md section 4).
 */

/** INIT again after this, until a round trip was measured; and later and later, as probes do. */
const AGAIN_US = 250_000;
const QUICK_TRIES = 2;
const BACKOFF = 1.5;
/** So that ten of them fit the time: where 40 % are lost, one of those and its answer come, 99 times in 100. */
const LONGEST_US = 1_000_000;
/** A client gives up after this. */
export const HANDSHAKE_US = 10_000_000;

export class ClientHandshake {
  /** 8 bytes that answers must repeat. */
  readonly nonce: Uint8Array;
  readonly giveUpUs: number;
  #cookie: Uint8Array | undefined;
  #nextUs: number;
  #sentUs = 0;
  /** INITs since the start, or since the cookie came. */
  #tries = 0;
  #roundTripUs: number | undefined;

  constructor(nonce: Uint8Array, nowUs: number) {
    this.nonce = nonce;
    this.giveUpUs = nowUs + HANDSHAKE_US;
    this.#nextUs = nowUs;
  }

  /** What INIT has to show; undefined before RETRY. */
  get cookie(): Uint8Array | undefined {
    return this.#cookie;
  }

  /** The server may have made the connection: INIT went with a cookie. */
  get mayBeAccepted(): boolean {
    return this.#cookie !== undefined && this.#tries > 0;
  }

  get timeoutAt(): number {
    return Math.min(this.#nextUs, this.giveUpUs);
  }

  isInitDue(nowUs: number): boolean {
    return nowUs >= this.#nextUs;
  }

  /** @param probeTimeoutUs of a round trip that was measured; undefined: none was */
  onInitSent(nowUs: number, probeTimeoutUs: number | undefined): void {
    this.#sentUs = nowUs;
    const firstUs = probeTimeoutUs ?? AGAIN_US;
    this.#tries++;
    const backedOffUs = Math.round(firstUs * BACKOFF ** Math.max(0, this.#tries - QUICK_TRIES));
    this.#nextUs = nowUs + Math.max(firstUs, Math.min(LONGEST_US, backedOffUs));
  }

  /**
   * RETRY came. INIT goes at once with the first cookie; a later one takes its place, since the first may be too old by
   * now, or made for an address that the client has no more. True where it is the first.
   */
  takeCookie(cookie: Uint8Array, nowUs: number): boolean {
    const isFirst = this.#cookie === undefined;
    this.#cookie = cookie.slice();
    if (!isFirst) return false;
    this.#roundTripUs = this.#tries === 1 ? nowUs - this.#sentUs : undefined;
    this.#tries = 0;
    this.#nextUs = nowUs;
    return true;
  }

  /** From INIT to the first RETRY; undefined where there were several INITs, and nobody knows which was answered. */
  get roundTripUs(): number | undefined {
    return this.#roundTripUs;
  }
}
