/**
 * How fast the path delivers: the most bandwidth of the last rounds, as draft-ietf-ccwg-bbr measures it ("Delivery Rate
 * Samples"), and how much comes at once beyond it.
 *
 * A sample is what was delivered between the sending of a packet and its acknowledgement, over the longer of two times:
 * the one it took to send, and the one it took to be acknowledged. So neither bursts nor acknowledgements that come
 * together make it too large. Samples of a sender that had nothing to send say only what the path can do at least.
 */
import type { SentPacket } from './sent-packets.ts';

/** Rounds over which the most bandwidth counts: one cycle of probing and two more (BBR version 1, BtlBwFilterLen). */
const BANDWIDTH_ROUNDS = 10;
/** Rounds of one span of aggregation; the last two spans count (BBR.ExtraAckedFilterLen is 10 rounds). */
const AGGREGATION_ROUNDS = 5;

/** What a packet remembers of the moment when it was sent. */
export type DeliveryMoment = Pick<SentPacket, 'delivered' | 'deliveredUs' | 'firstSentUs' | 'isAppLimited'>;

export class DeliveryRate {
  #delivered = 0;
  #deliveredUs = 0;
  #firstSentUs = 0;
  /** What will have been delivered when the application's silence shows no more. */
  #limitedUntil = 0;
  #round = 0;
  /** A round ends with the acknowledgement of a packet that was sent when so much had been delivered. */
  #roundEnd = 0;
  /** The most of each round, a ring. */
  readonly #rates = new Float64Array(BANDWIDTH_ROUNDS);
  #bandwidth = 0;
  #sampledUs = 0;
  /** What has come since the last moment when no more had come than the bandwidth explains. */
  #burstBytes = 0;
  #ackBytes = 0;
  #burstUs = 0;
  #excess = 0;
  #excessBefore = 0;

  /** Bytes a microsecond; 0 before the first sample. */
  get bandwidth(): number {
    return this.#bandwidth;
  }

  /** Bytes that come at once beyond the bandwidth, since acknowledgements come in groups. */
  get aggregation(): number {
    return Math.max(this.#excess, this.#excessBefore);
  }

  /** Round trips so far. */
  get round(): number {
    return this.#round;
  }

  /** When the bandwidth was last measured. */
  get sampledUs(): number {
    return this.#sampledUs;
  }

  moment(bytesInFlight: number, nowUs: number): DeliveryMoment {
    if (bytesInFlight === 0) {
      this.#firstSentUs = nowUs;
      this.#deliveredUs = nowUs;
    }
    return {
      delivered: this.#delivered,
      deliveredUs: this.#deliveredUs,
      firstSentUs: this.#firstSentUs,
      isAppLimited: this.#limitedUntil > this.#delivered,
    };
  }

  /** There is nothing to send: what is under way, and what goes before it is delivered, is no measure of the path. */
  onAppLimited(bytesInFlight: number): void {
    this.#limitedUntil = this.#delivered + Math.max(1, bytesInFlight);
  }

  onAcknowledged(packet: SentPacket, nowUs: number): void {
    this.#delivered += packet.bytes;
    this.#deliveredUs = nowUs;
    this.#firstSentUs = packet.sentUs;
    this.#ackBytes += packet.bytes;
  }

  /**
   * All packets of an ACK were taken.
   * @param newest of them
   * @param leastUs the path's least round trip
   * @param mostExcess what aggregation may be at most
   * @returns whether a round has ended
   */
  onAckEnd(newest: SentPacket, leastUs: number, mostExcess: number, nowUs: number): boolean {
    const endsRound = newest.delivered >= this.#roundEnd;
    if (endsRound) this.#beginRound();
    this.#sample(newest, leastUs, nowUs);
    this.#sampleAggregation(mostExcess, nowUs);
    return endsRound;
  }

  /** The path may have changed: what was measured counts no more. */
  forget(nowUs: number): void {
    this.#rates.fill(0);
    this.#bandwidth = 0;
    this.#sampledUs = nowUs;
    this.#excess = 0;
    this.#excessBefore = 0;
  }

  #beginRound(): void {
    this.#round++;
    this.#roundEnd = this.#delivered;
    this.#rates[this.#round % BANDWIDTH_ROUNDS] = 0;
    let most = 0;
    for (let index = 0; index < BANDWIDTH_ROUNDS; index++)
      most = Math.max(most, this.#rates[index] as number);
    // Rounds without a sample leave the bandwidth as it was.
    if (most > 0) this.#bandwidth = most;
    if (this.#round % AGGREGATION_ROUNDS !== 0) return;
    this.#excessBefore = this.#excess;
    this.#excess = 0;
  }

  #sample(newest: SentPacket, leastUs: number, nowUs: number): void {
    const intervalUs = Math.max(newest.sentUs - newest.firstSentUs, nowUs - newest.deliveredUs);
    // Shorter than the path allows: acknowledgements that came together.
    if (intervalUs <= 0 || intervalUs < leastUs) return;
    const rate = (this.#delivered - newest.delivered) / intervalUs;
    if (newest.isAppLimited && rate < this.#bandwidth) return;
    this.#sampledUs = nowUs;
    const slot = this.#round % BANDWIDTH_ROUNDS;
    if (rate > (this.#rates[slot] as number)) this.#rates[slot] = rate;
    if (rate > this.#bandwidth) this.#bandwidth = rate;
  }

  /** As BBRUpdateACKAggregation. */
  #sampleAggregation(mostExcess: number, nowUs: number): void {
    let expected = this.#bandwidth * (nowUs - this.#burstUs);
    if (this.#burstBytes <= expected) {
      this.#burstBytes = 0;
      this.#burstUs = nowUs;
      expected = 0;
    }
    this.#burstBytes += this.#ackBytes;
    this.#ackBytes = 0;
    const excess = this.#burstBytes - expected;
    if (excess > this.#excess) this.#excess = Math.min(excess, mostExcess);
  }
}
