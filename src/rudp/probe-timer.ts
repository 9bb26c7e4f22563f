/**
 * When to ask for an acknowledgement that does not come (docs/RELIABLE-UDP.md section 5).
 */

/** The first two probes come as soon as each other, the next ones later and later. */
const QUICK_PROBES = 2;
const BACKOFF = 1.5;
/** Back-off ends here; a path may be slower by itself. */
const LONGEST_US = 2_000_000;
/** Without an acknowledgement for so many probe timeouts only probes go. */
const SILENT_TIMEOUTS = 3;
/** From this probe on packets are of the size that every path takes: larger ones may be what the path loses. */
const SMALL_PROBES = 3;

export class ProbeTimer {
  #sentUs: number;
  #acknowledgedUs: number;
  #probes = 0;
  #isDue = false;

  constructor(nowUs: number) {
    this.#sentUs = nowUs;
    this.#acknowledgedUs = nowUs;
  }

  /** A probe is to go now. */
  get isDue(): boolean {
    return this.#isDue;
  }

  /** So many probes went unanswered that the size of packets may be the reason. */
  get wantsSmall(): boolean {
    return this.#probes >= SMALL_PROBES;
  }

  /** @param timeoutUs the probe timeout, as the round trip says */
  timeoutAt(timeoutUs: number): number {
    const backedOffUs = Math.round(timeoutUs * BACKOFF ** Math.max(0, this.#probes + 1 - QUICK_PROBES));
    return this.#sentUs + Math.max(timeoutUs, Math.min(LONGEST_US, backedOffUs));
  }

  /** True where a probe has become due. */
  onTimeout(timeoutUs: number, nowUs: number): boolean {
    if (this.#isDue || nowUs < this.timeoutAt(timeoutUs)) return false;
    this.#isDue = true;
    this.#probes++;
    return true;
  }

  /** A numbered packet went. */
  onSent(nowUs: number): void {
    this.#sentUs = nowUs;
    this.#isDue = false;
  }

  /** Something new was acknowledged. */
  onAcknowledged(nowUs: number): void {
    this.#acknowledgedUs = nowUs;
    this.#isDue = false;
    this.#probes = 0;
  }

  /** The path is another one: ask at once what came of all that is under way. */
  onMoved(nowUs: number): void {
    this.onAcknowledged(nowUs);
    this.#isDue = true;
  }

  /** Nothing was acknowledged for long. @param oldestSentUs when the oldest packet under way went */
  isSilent(oldestSentUs: number, timeoutUs: number, nowUs: number): boolean {
    return nowUs - Math.max(this.#acknowledgedUs, oldestSentUs) > SILENT_TIMEOUTS * timeoutUs;
  }
}
