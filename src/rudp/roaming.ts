/**
 * The peer may have moved: an address that has to answer before anything else is sent there (docs/RELIABLE-UDP.md
 * section 10).
 */
import { equal } from './cookies.ts';

/** A new address gets at most this many times what came from it until it has answered (RFC 9000 section 8.1). */
export const AMPLIFICATION = 3;
/** PATH_CHALLENGE goes this often, after one probe timeout, two, four …: in 11 s where the round trip is not known. */
const MOST_CHALLENGES = 5;
/** Of an unnumbered packet with PATH_CHALLENGE. */
export const CHALLENGE_BYTES = 14;

interface Candidate {
  readonly to: string;
  readonly nonce: Uint8Array;
  readonly timeoutUs: number;
  bytesIn: number;
  bytesOut: number;
  challenges: number;
  /** When the next challenge goes, or it is given up. */
  nextUs: number;
}

export class Roaming {
  #candidate: Candidate | undefined;

  /** When `challenge` is to be asked again; undefined: no address is being proven. */
  get timeoutAt(): number | undefined {
    const candidate = this.#candidate;
    if (candidate === undefined) return undefined;
    // What may not go yet goes when more has come; it is given up in time all the same.
    return candidate.nextUs;
  }

  /**
   * The newest packet came from another address than the peer's.
   * @param nonce 8 random bytes
   * @param timeoutUs the probe timeout of a path that is not known yet
   */
  onNewest(from: string, bytes: number, nonce: () => Uint8Array, timeoutUs: number, nowUs: number): void {
    if (this.#candidate?.to === from) return;
    this.#candidate = {
      to: from,
      nonce: nonce(),
      timeoutUs,
      bytesIn: bytes,
      bytesOut: 0,
      challenges: 0,
      nextUs: nowUs,
    };
  }

  /** Any packet of this connection came. */
  received(from: string, bytes: number): void {
    if (this.#candidate?.to === from) this.#candidate.bytesIn += bytes;
  }

  /** A challenge that is to go now. The owner sends it, in so many bytes as `CHALLENGE_BYTES`. */
  challenge(nowUs: number): { readonly to: string; readonly nonce: Uint8Array } | undefined {
    const candidate = this.#candidate;
    if (candidate === undefined || nowUs < candidate.nextUs) return undefined;
    if (candidate.challenges === MOST_CHALLENGES) {
      this.#candidate = undefined;
      return undefined;
    }
    candidate.nextUs = nowUs + candidate.timeoutUs * 2 ** candidate.challenges;
    candidate.challenges++;
    if (candidate.bytesOut + CHALLENGE_BYTES > AMPLIFICATION * candidate.bytesIn) return undefined;
    candidate.bytesOut += CHALLENGE_BYTES;
    return candidate;
  }

  /**
   * PATH_RESPONSE came. True where its sender's address is proven now: an answer from elsewhere shows only that somebody
   * carried the challenge there.
   */
  takeResponse(from: string, nonce: Uint8Array): boolean {
    const candidate = this.#candidate;
    if (candidate?.to !== from || !equal(candidate.nonce, nonce)) return false;
    this.#candidate = undefined;
    return true;
  }
}
