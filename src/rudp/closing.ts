/**
 * After CLOSE went or came: it is sent again until the peer is known to have it, then everything is forgotten
 * (docs/RELIABLE-UDP.md section 11).
 */

/** CLOSE goes this often without an answer: of five one arrives where 40 % are lost, 99 times in 100. */
const MOST_CLOSES = 5;
/** ... and this often where the peer still sends, or sends its own again. */
const MOST_ANSWERS = 12;
/** Who got CLOSE waits for so many probe timeouts, to answer it again where the answer was lost. */
const LINGER_TIMEOUTS = 3;

export class Closing {
  readonly code: number;
  readonly reason: string;
  /** The peer's CLOSE came first. */
  readonly byPeer: boolean;
  readonly #timeoutUs: number;
  #isDue = true;
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

  get timeoutAt(): number {
    return this.#nextUs;
  }

  onSent(): void {
    this.#isDue = false;
    this.#sent++;
  }

  /** True where nothing more is to be waited for. */
  onTimeout(nowUs: number): boolean {
    if (nowUs < this.#nextUs) return false;
    if (this.byPeer || this.#repeats >= MOST_CLOSES - 1) return true;
    this.#repeats++;
    this.#isDue = true;
    this.#nextUs = nowUs + this.#timeoutUs * 2 ** this.#repeats;
    return false;
  }

  /** A packet came: with CLOSE, or of a peer that does not know yet. True where nothing more is to be waited for. */
  onPacket(hasClose: boolean): boolean {
    if (hasClose && !this.byPeer) return true;
    if (this.#sent < MOST_ANSWERS) this.#isDue = true;
    return false;
  }
}
