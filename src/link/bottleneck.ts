/**
 * The slowest hop: packets leave at a rate, those that wait stand in a queue that drops its tail.
 *
 * Times are exact: the fraction of a microsecond that a packet leaves over is kept in whole numbers, so a million
 * packets take as long as their bits do. A packet has left with its last bit, at the whole microsecond that follows.
 */
import type { LinkSettings } from './settings.ts';

/** What a queue without a limit holds, and a link as a whole: 2^20; of 1,500 bytes each they are 1.5 GB. */
export const MOST_PACKETS = 1_048_576;

/** Bits that cross in a microsecond at 1 bit/s: a byte is 8,000,000 of them. */
const TICKS_PER_BYTE = 8_000_000;

/** One queue and the sender behind it. */
export class Bottleneck {
  /** A ring of pairs: when the packet has left, and its bytes. The size is a power of two. */
  #ring = new Float64Array(2 * 64);
  #first = 0;
  #packets = 0;
  #bytes = 0;
  /** The sender is busy until `#busyUs` and `#rest / #rateBps` of a microsecond. */
  #busyUs = 0;
  #rest = 0;
  #rateBps = 0;

  /** Packets in the queue at the last `pass`, with the one that was leaving. */
  get packets(): number {
    return this.#packets;
  }

  /**
   * When a packet that comes now has left; undefined where the queue is full. `nowUs` must not go back.
   * A new rate holds for packets that come from now on.
   */
  pass(wireBytes: number, nowUs: number, settings: LinkSettings): number | undefined {
    const { rateBps, queuePackets, queueBytes } = settings;
    this.#release(nowUs);
    if (rateBps !== this.#rateBps) this.#changeRate(rateBps);
    if (rateBps === 0) return Math.max(nowUs, this.#busyUs);
    if (this.#packets >= Math.min(queuePackets || MOST_PACKETS, MOST_PACKETS)) return undefined;
    if (queueBytes > 0 && this.#bytes + wireBytes > queueBytes) return undefined;
    if (this.#busyUs < nowUs) {
      this.#busyUs = nowUs;
      this.#rest = 0;
    }
    const ticks = wireBytes * TICKS_PER_BYTE + this.#rest;
    const wholeUs = Math.floor(ticks / rateBps);
    this.#busyUs += wholeUs;
    this.#rest = ticks - wholeUs * rateBps;
    const leftUs = this.#rest > 0 ? this.#busyUs + 1 : this.#busyUs;
    this.#enqueue(leftUs, wireBytes);
    return leftUs;
  }

  /** The fraction is one of the old rate: rounded up, so that nothing leaves sooner than what left before. */
  #changeRate(rateBps: number): void {
    if (this.#rest > 0) this.#busyUs++;
    this.#rest = 0;
    this.#rateBps = rateBps;
  }

  #enqueue(leftUs: number, wireBytes: number): void {
    if (this.#packets * 2 === this.#ring.length) this.#grow();
    const at = (this.#first + this.#packets * 2) & (this.#ring.length - 1);
    this.#ring[at] = leftUs;
    this.#ring[at + 1] = wireBytes;
    this.#packets++;
    this.#bytes += wireBytes;
  }

  #release(nowUs: number): void {
    while (this.#packets > 0 && this.#ring[this.#first]! <= nowUs) {
      this.#bytes -= this.#ring[this.#first + 1]!;
      this.#first = (this.#first + 2) & (this.#ring.length - 1);
      this.#packets--;
    }
  }

  #grow(): void {
    const larger = new Float64Array(this.#ring.length * 2);
    larger.set(this.#ring.subarray(this.#first));
    larger.set(this.#ring.subarray(0, this.#first), this.#ring.length - this.#first);
    this.#ring = larger;
    this.#first = 0;
  }
}
