/**
 * When to acknowledge (docs/RELIABLE-UDP.md section 6): rarely, but at once where the sender needs to know.
 */
import type { Arrival } from './received-numbers.ts';

/** Numbered packets for which one acknowledgement is enough. */
const EVERY_PACKETS = 8;
/** A gap is told at once, and again with so many packets after it: the path that lost a packet may lose the news of it. */
const GAP_ECHOES = 1;
/** Acknowledgements that say how many packets were recomputed, after that has changed. */
const REPAIRED_ECHOES = 8;

export class Acknowledger {
  readonly #delayUs: number;
  #waiting = 0;
  #isUrgent = false;
  /** Nothing has come yet: the first packet is acknowledged at once, for a first measure of the round trip. */
  #isFirst = true;
  #echoes = 0;
  #repairedEchoes = 0;
  #dueUs: number | undefined;
  #largestAtUs = 0;

  /** @param delayUs the longest that an acknowledgement waits */
  constructor(delayUs: number) {
    this.#delayUs = delayUs;
  }

  /** True where something came since the last acknowledgement. */
  get hasNews(): boolean {
    return this.#waiting > 0;
  }

  /** ACK is to say how many packets were recomputed. */
  get tellsRepaired(): boolean {
    return this.#repairedEchoes > 0;
  }

  /** A packet was recomputed. */
  onRepaired(): void {
    this.#repairedEchoes = REPAIRED_ECHOES;
  }

  /** A numbered packet came. @param isMissing whether the number before it is still missing, after repair */
  onPacket(arrival: Arrival, asksNow: boolean, isMissing: boolean, nowUs: number): void {
    this.#waiting++;
    if (arrival !== 'fill') this.#largestAtUs = nowUs;
    this.#dueUs ??= nowUs + this.#delayUs;
    const isGap = arrival === 'gap' && isMissing;
    const isNews = isGap || arrival === 'fill' || this.#echoes > 0 || this.#isFirst;
    this.#isFirst = false;
    this.#echoes = isGap ? GAP_ECHOES : Math.max(0, this.#echoes - 1);
    if (asksNow || isNews || this.#waiting >= EVERY_PACKETS) this.#isUrgent = true;
  }

  /** A packet came again, and asks: the acknowledgement was lost. */
  onRepeated(): void {
    this.#isUrgent = true;
  }

  /** The peer has moved: what it sent just before is acknowledged again, or it would have to ask. */
  onMoved(): void {
    this.#waiting = Math.max(1, this.#waiting);
    this.#isUrgent = true;
  }

  /** How long ago the largest number came. */
  delayUs(nowUs: number): number {
    return nowUs - this.#largestAtUs;
  }

  isDue(nowUs: number): boolean {
    return this.#isUrgent || (this.#dueUs !== undefined && nowUs >= this.#dueUs);
  }

  get timeoutAt(): number | undefined {
    return this.#dueUs;
  }

  /** An ACK frame went. */
  onSent(): void {
    this.#waiting = 0;
    this.#isUrgent = false;
    this.#dueUs = undefined;
    if (this.#repairedEchoes > 0) this.#repairedEchoes--;
  }
}
