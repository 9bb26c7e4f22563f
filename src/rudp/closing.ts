/**
 * After CLOSE went or came: it is sent again until the peer is known to have it, then everything is forgotten
 * (docs/RELIABLE-UDP.md section 11). What answers a packet goes where that came from, since nobody waits any more until
 * an address is proven; what goes by itself goes where the peer was known to be.
 */
import { AMPLIFICATION } from './roaming.ts';

/** CLOSE goes this often without an answer: of five one arrives where 40 % are lost, 99 times in 100. */
const MOST_CLOSES = 5;
/** ... and this often where the peer still sends, or sends its own again. */
const MOST_ANSWERS = 12;
/** Who got CLOSE waits for so many probe timeouts, to answer it again where the answer was lost. */
const LINGER_TIMEOUTS = 3;

/** Where a packet came from, and how many bytes its answer may have there (RFC 9000 section 10.2.1). */
export interface ClosingAnswer {
  readonly to: string;
  readonly mostBytes: number;
}

export class Closing {
  readonly code: number;
  readonly reason: string;
  /** The peer's CLOSE came first. */
  readonly byPeer: boolean;
  readonly #timeoutUs: number;
  #isDue = true;
  #answer: ClosingAnswer | undefined;
  #sent = 0;
  #repeats = 0;
  #nextUs: number;

  /** @param timeoutUs the probe timeout */
  constructor(code: number, reason: string, byPeer: boolean, timeoutUs: number, nowUs: number) {
    this.code = code;
    this.reason = reason;
    this.byPeer = byPeer;
    this.#timeoutUs = timeoutUs;
    this.#nextUs = nowUs + timeoutUs * (byPeer ? LINGER_TIMEOUTS : 1);
  }

  /** CLOSE is to be sent. */
  get isDue(): boolean {
    return this.#isDue;
  }

  /** What the CLOSE that is due answers; undefined: it goes by itself. */
  get answer(): ClosingAnswer | undefined {
    return this.#answer;
  }

  get timeoutAt(): number {
    return this.#nextUs;
  }

  onSent(): void {
    this.#isDue = false;
    this.#answer = undefined;
    this.#sent++;
  }

  /** True where nothing more is to be waited for. */
  onTimeout(nowUs: number): boolean {
    if (nowUs < this.#nextUs) return false;
    if (this.byPeer || this.#repeats >= MOST_CLOSES - 1) return true;
    this.#repeats++;
    this.#isDue = true;
    this.#answer = undefined;
    this.#nextUs = nowUs + this.#timeoutUs * 2 ** this.#repeats;
    return false;
  }

  /** A packet came: with CLOSE, or of a peer that does not know yet. True where nothing more is to be waited for. */
  onPacket(hasClose: boolean): boolean {
    if (hasClose && !this.byPeer) return true;
    if (this.#sent < MOST_ANSWERS) this.#isDue = true;
    return false;
  }

  /** A packet of so many bytes came from there: where CLOSE is due, it is the answer. */
  cameFrom(from: string, bytes: number): void {
    if (this.#isDue) this.#answer = { to: from, mostBytes: AMPLIFICATION * bytes };
  }
}
