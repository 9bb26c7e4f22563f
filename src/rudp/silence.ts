/**
 * How long nothing was heard, or said: when a connection is given up, and when a NAT has to be reminded of it
 * (docs/RELIABLE-UDP.md section 5).
 */

/** An answer may take so many probe timeouts, however short the idle timeout is (RFC 9000 section 10.1), or a RESET hurries. */
const LEAST_TIMEOUTS = 3;

export class Silence {
  #heardUs: number;
  #saidUs: number;
  /** When something that wants an answer was said first since the peer was heard. */
  #askedUs: number | undefined;

  constructor(nowUs: number) {
    this.#heardUs = nowUs;
    this.#saidUs = nowUs;
  }

  onHeard(nowUs: number): void {
    this.#heardUs = nowUs;
    this.#askedUs = undefined;
  }

  /** @param asks whether the peer will answer */
  onSaid(asks: boolean, nowUs: number): void {
    this.#saidUs = nowUs;
    if (asks) this.#askedUs ??= nowUs;
  }

  /** When the connection is given up. @param idleUs 0: never */
  idleAt(idleUs: number, probeTimeoutUs: number): number | undefined {
    if (idleUs === 0) return undefined;
    return Math.max(this.#heardUs, this.#askedUs ?? 0) + Math.max(idleUs, LEAST_TIMEOUTS * probeTimeoutUs);
  }

  /** True where what was asked would have been answered by now, had two of three questions been lost. */
  isUnanswered(probeTimeoutUs: number, nowUs: number): boolean {
    return this.#askedUs !== undefined && nowUs >= this.#askedUs + LEAST_TIMEOUTS * probeTimeoutUs;
  }

  /** When a PING is due. @param keepAliveUs 0: never */
  keepAliveAt(keepAliveUs: number): number | undefined {
    return keepAliveUs === 0 ? undefined : Math.max(this.#heardUs, this.#saidUs) + keepAliveUs;
  }
}
