import { describe, expect, it } from 'vitest';
import { DeliveryRate } from './delivery-rate.ts';
import type { SentPacket } from './sent-packets.ts';

const BYTES = 1_000;
const RTT_US = 40_000;

/** A sender that is told when to send and what is acknowledged. */
class Flow {
  readonly rate = new DeliveryRate();
  readonly #flying: SentPacket[] = [];
  #number = 0;
  rounds = 0;

  send(count: number, nowUs: number, gapUs = 0): void {
    for (let index = 0; index < count; index++) {
      const sentUs = nowUs + index * gapUs;
      this.#flying.push({
        number: this.#number++,
        sentUs,
        bytes: BYTES,
        content: undefined,
        control: 0,
        askedNow: false,
        isMtuProbe: false,
        ...this.rate.moment(this.#flying.length * BYTES, sentUs),
        state: 'flying',
      });
    }
  }

  /** One ACK for the oldest ones. */
  acknowledge(count: number, nowUs: number): void {
    const packets = this.#flying.splice(0, count);
    for (const packet of packets) this.rate.onAcknowledged(packet, nowUs);
    if (this.rate.onAckEnd(packets.at(-1) as SentPacket, RTT_US, 1e6, nowUs)) this.rounds++;
  }

  limit(): void {
    this.rate.onAppLimited(this.#flying.length * BYTES);
  }
}

/** Rounds of so many packets, one RTT each, acknowledged one by one over it. */
function cruise(flow: Flow, rounds: number, packets: number, startUs: number): number {
  const gapUs = RTT_US / packets;
  let nowUs = startUs;
  flow.send(packets, nowUs, gapUs);
  for (let round = 0; round < rounds; round++) {
    nowUs += RTT_US;
    for (let index = 0; index < packets; index++) {
      flow.acknowledge(1, nowUs + index * gapUs);
      if (round < rounds - 1) flow.send(1, nowUs + index * gapUs);
    }
  }
  return nowUs + RTT_US;
}

describe('the delivery rate', () => {
  it('is what is delivered in a round trip', () => {
    const flow = new Flow();
    cruise(flow, 5, 40, 0);
    expect(flow.rate.bandwidth).toBeCloseTo((40 * BYTES) / RTT_US, 3);
    expect(flow.rounds).toBeGreaterThanOrEqual(5);
  });

  it('is not that of a burst, nor of acknowledgements that come together', () => {
    const flow = new Flow();
    flow.send(40, 0);
    flow.acknowledge(20, RTT_US);
    flow.send(20, RTT_US);
    flow.acknowledge(20, RTT_US + 1);
    flow.acknowledge(20, 2 * RTT_US);
    expect(flow.rate.bandwidth).toBeLessThanOrEqual((40 * BYTES) / RTT_US);
  });

  it('is that of the last ten rounds', () => {
    const flow = new Flow();
    const nextUs = cruise(flow, 3, 100, 0);
    const most = flow.rate.bandwidth;
    const laterUs = cruise(flow, 5, 10, nextUs);
    expect(flow.rate.bandwidth).toBe(most);
    cruise(flow, 10, 10, laterUs);
    expect(flow.rate.bandwidth).toBeLessThan(most / 5);
  });

  it('does not fall where the application has nothing to send', () => {
    const flow = new Flow();
    let nowUs = cruise(flow, 3, 100, 0);
    const most = flow.rate.bandwidth;
    for (let round = 0; round < 40; round++, nowUs += RTT_US) {
      flow.limit();
      flow.send(1, nowUs);
      flow.limit();
      flow.acknowledge(1, nowUs + RTT_US);
    }
    expect(flow.rate.bandwidth).toBe(most);
  });

  it('rises where an application that has little to send has more than before', () => {
    const flow = new Flow();
    flow.limit();
    flow.send(1, 0);
    flow.acknowledge(1, RTT_US);
    const before = flow.rate.bandwidth;
    flow.limit();
    flow.send(5, RTT_US);
    flow.acknowledge(5, 2 * RTT_US);
    expect(flow.rate.bandwidth).toBeCloseTo(5 * before, 6);
  });

  it('is measured from the next packet on where nothing was under way', () => {
    const flow = new Flow();
    const nextUs = cruise(flow, 3, 40, 0);
    cruise(flow, 3, 80, nextUs + 5e6);
    expect(flow.rate.bandwidth).toBeCloseTo((80 * BYTES) / RTT_US, 3);
  });

  it('tells how much comes at once beyond it', () => {
    const flow = new Flow();
    let nowUs = cruise(flow, 12, 40, 0);
    expect(flow.rate.aggregation).toBeLessThan(3 * BYTES);
    flow.send(40, nowUs, RTT_US / 40);
    for (let round = 0; round < 5; round++) {
      nowUs += RTT_US;
      flow.acknowledge(20, nowUs + RTT_US / 2);
      flow.send(20, nowUs + RTT_US / 2);
      flow.acknowledge(20, nowUs + RTT_US);
      flow.send(20, nowUs + RTT_US);
    }
    expect(flow.rate.aggregation).toBeGreaterThan(10 * BYTES);
    expect(flow.rate.aggregation).toBeLessThan(40 * BYTES);
  });

  it('is forgotten when it is told to', () => {
    const flow = new Flow();
    const nextUs = cruise(flow, 3, 100, 0);
    flow.rate.forget(nextUs);
    expect([flow.rate.bandwidth, flow.rate.aggregation, flow.rate.sampledUs]).toEqual([0, 0, nextUs]);
    cruise(flow, 3, 10, nextUs);
    expect(flow.rate.bandwidth).toBeCloseTo((10 * BYTES) / RTT_US, 3);
  });
});
