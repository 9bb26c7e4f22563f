/**
 * The last resort of a sender that congestion control does not slow down: a path that loses nearly half of everything
 * gets one packet a round trip (RFC 8084; docs/RELIABLE-UDP.md section 9).
 */

/** Loss is judged over so long ... */
const PERIOD_US = 3_000_000;
/** ... and so many packets, or longer: of fewer the share says little. */
const LEAST_PACKETS = 20;
/** More than this is no radio link: something is overloaded, or broken. */
const MOST_LOSS = 0.4;

export class CircuitBreaker {
  #sinceUs: number;
  #arrived = 0;
  #lost = 0;
  #isOpen = false;

  constructor(nowUs: number) {
    this.#sinceUs = nowUs;
  }

  /** True: one packet a round trip. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  onArrived(nowUs: number): void {
    this.#arrived++;
    this.#judge(nowUs);
  }

  onLost(nowUs: number): void {
    this.#lost++;
    this.#judge(nowUs);
  }

  /** A new path is not to blame. */
  reset(nowUs: number): void {
    this.#begin(nowUs);
    this.#isOpen = false;
  }

  #judge(nowUs: number): void {
    const packets = this.#arrived + this.#lost;
    if (packets < LEAST_PACKETS || nowUs - this.#sinceUs < PERIOD_US) return;
    this.#isOpen = this.#lost > MOST_LOSS * packets;
    this.#begin(nowUs);
  }

  #begin(nowUs: number): void {
    this.#sinceUs = nowUs;
    this.#arrived = 0;
    this.#lost = 0;
  }
}
