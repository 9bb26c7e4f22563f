/** Counts of what one end of a reliable UDP connection sent in one conversation. */
import type { ConnectionParameters } from '../rudp/parameters.ts';
import { HAS, type PacketFacts } from './rudp-facts.ts';
import { Samples } from './samples.ts';

export class RudpSideTally {
  packets = 0;
  numbered = 0;
  copies = 0;
  messages = 0;
  messageBytes = 0;
  fragments = 0;
  sentAgain = 0;
  sentAgainBytes = 0;
  acks = 0;
  pureAcks = 0;
  acknowledged = 0;
  asks = 0;
  repairs = 0;
  repairsAlone = 0;
  repairBytes = 0;
  repairWindow = 0;
  recomputed = 0;
  pings = 0;
  limitsRaised = 0;
  parameters: ConnectionParameters | null = null;
  readonly sizes: Samples = new Samples();
  readonly periods: Samples = new Samples();
  readonly ackDelays: Samples = new Samples();
  /** Of this side's packets, from the peer's ACKs. */
  readonly rtts: Samples = new Samples();
  #lastNewNs = -1;

  take(facts: PacketFacts): void {
    this.packets++;
    if (facts.number >= 0) this.numbered++;
    if (facts.isCopy) this.copies++;
    else if (facts.messages > 0) this.#takeMessages(facts);
    if (facts.has(HAS.ack)) {
      this.acks++;
      if (facts.isPureAck) this.pureAcks++;
      this.acknowledged += facts.ackNew;
      this.ackDelays.add(facts.ackDelayNs);
      this.recomputed += facts.repairedNew;
    }
    if (facts.asksNow) this.asks++;
    if (facts.has(HAS.repair)) {
      this.repairs++;
      if ((facts.frames & ~(HAS.ack | HAS.repair)) === 0) this.repairsAlone++;
      this.repairBytes += facts.repairBytes;
      this.repairWindow = Math.max(this.repairWindow, Math.min(facts.repairWindow, facts.number));
    }
    if (facts.has(HAS.ping)) this.pings++;
    if (facts.has(HAS.maxData)) this.limitsRaised++;
  }

  #takeMessages({
    again,
    againBytes,
    newMessages,
    newTotals,
    newPieces,
    newBytes,
    timeNs,
  }: PacketFacts): void {
    this.sentAgain += again;
    this.sentAgainBytes += againBytes;
    this.messages += newMessages;
    this.messageBytes += newBytes;
    this.fragments += newPieces;
    if (newMessages === 0) return;
    if (this.#lastNewNs >= 0) this.periods.add(timeNs - this.#lastNewNs);
    this.#lastNewNs = timeNs;
    // Several in one packet are alike, as a rule: their mean stands for each.
    const size = Math.round(newTotals / newMessages);
    for (let index = 0; index < newMessages; index++) this.sizes.add(size);
  }
}
