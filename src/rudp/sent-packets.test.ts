import { describe, expect, it } from 'vitest';
import { RoundTrip } from './round-trip.ts';
import { type SentPacket, SentPackets } from './sent-packets.ts';

const RTT_US = 40_000;

class Sender {
  readonly roundTrip = new RoundTrip();
  readonly sent = new SentPackets(this.roundTrip);
  readonly lost: number[] = [];
  readonly acknowledged: number[] = [];
  spurious = 0;

  constructor() {
    this.roundTrip.sample(RTT_US, 0, 0);
  }

  /** A packet that went at this time. */
  send(sentUs: number): void {
    const number = this.sent.next;
    const moment = { delivered: 0, deliveredUs: 0, firstSentUs: 0, isAppLimited: false };
    const what = { content: undefined, control: 0, askedNow: false, isMtuProbe: false };
    this.sent.sent({ number, sentUs, bytes: 100, state: 'flying', ...what, ...moment });
  }

  /** An ACK of these ranges, the newest first. */
  ack(
    nowUs: number,
    ranges: readonly (readonly [number, number])[],
    repaired = 0,
  ): SentPacket | 'never sent' | undefined {
    const frame = {
      rangeCount: ranges.length,
      rangeStart: (index: number) => ranges[index]?.[0] as number,
      rangeEnd: (index: number) => ranges[index]?.[1] as number,
    };
    const newest = this.sent.acknowledge(
      frame,
      repaired,
      nowUs,
      packet => this.acknowledged.push(packet.number),
      () => this.spurious++,
    );
    this.detect(nowUs);
    return newest;
  }

  detect(nowUs: number): void {
    this.sent.detectLost(nowUs, packet => this.lost.push(packet.number));
  }
}

function sentAt(...times: readonly number[]): Sender {
  const sender = new Sender();
  for (const us of times) sender.send(us);
  return sender;
}

describe('packets under way', () => {
  it('are counted until they are acknowledged', () => {
    const sender = sentAt(0, 1, 2);
    expect(sender.sent).toMatchObject({ next: 3, flying: 3, bytesInFlight: 300, span: 3, distance: 3 });
    expect((sender.ack(RTT_US, [[0, 1]]) as SentPacket).number).toBe(1);
    expect(sender.acknowledged).toEqual([0, 1]);
    expect(sender.sent).toMatchObject({ flying: 1, bytesInFlight: 100, span: 1, distance: 1 });
    expect(sender.ack(RTT_US, [[0, 1]])).toBeUndefined();
    expect(sender.acknowledged).toEqual([0, 1]);
  });

  it('that were never sent cannot be acknowledged', () => {
    expect(sentAt(0).ack(1, [[0, 1]])).toBe('never sent');
  });

  it('are lost as soon as a later one is acknowledged, while none was ever late', () => {
    const sender = sentAt(0, 1, 2, 3);
    sender.ack(RTT_US, [[2, 2]]);
    expect(sender.lost).toEqual([0, 1]);
    expect(sender.sent).toMatchObject({ flying: 1, bytesInFlight: 100 });
    expect(sender.sent.lossAtUs).toBeUndefined();
  });

  it('are not lost because they are last', () => {
    const sender = sentAt(0, 1);
    sender.ack(RTT_US, [[0, 0]]);
    sender.detect(1e9);
    expect(sender.lost).toEqual([]);
  });

  it('are remembered in bounded memory, however many there were', () => {
    const sender = new Sender();
    for (let packet = 0; packet < 20_000; packet++) {
      sender.send(packet);
      if (packet % 3 !== 0) sender.ack(packet, [[packet, packet]]);
    }
    expect(sender.sent.span).toBeLessThan(3);
    expect(sender.lost.length).toBe(6_667);
  });
});

describe('a packet that was late and not lost', () => {
  /** #0 comes 4 ms after #1, and had been declared lost. */
  function overtaken(): Sender {
    const sender = sentAt(0, 1_000);
    sender.ack(41_000, [[1, 1]]);
    expect(sender.lost).toEqual([0]);
    sender.ack(45_000, [[0, 1]]);
    return sender;
  }

  it('is noticed once, and makes the next wait a little longer than that', () => {
    const sender = overtaken();
    expect(sender.spurious).toBe(1);
    expect(sender.sent.reorderingWindowUs).toBe(5_000);
    sender.ack(46_000, [[0, 1]]);
    expect(sender.spurious).toBe(1);
    sender.send(50_000);
    sender.send(51_000);
    sender.ack(91_000, [[3, 3]]);
    expect(sender.lost).toEqual([0]);
    expect(sender.sent.lossAtUs).toBe(95_000);
    sender.detect(94_999);
    expect(sender.lost).toEqual([0]);
    sender.detect(95_000);
    expect(sender.lost).toEqual([0, 2]);
  });

  it('never makes the wait longer than a round trip', () => {
    const sender = sentAt(0, 1_000);
    sender.ack(41_000, [[1, 1]]);
    sender.ack(5_000_000, [[0, 1]]);
    expect(sender.sent.reorderingWindowUs).toBe(sender.roundTrip.smoothedUs);
  });

  it('is forgotten by halves, every 16 round trips', () => {
    const sender = overtaken();
    const periodUs = 16 * RTT_US;
    sender.sent.decay(45_000 + periodUs - 1);
    expect(sender.sent.reorderingWindowUs).toBe(5_000);
    const windows: number[] = [];
    for (let period = 1; period <= 4; period++) {
      sender.sent.decay(45_000 + period * periodUs);
      windows.push(sender.sent.reorderingWindowUs);
    }
    expect(windows).toEqual([2_500, 1_250, 625, 0]);
  });

  it('is not one that the peer has recomputed', () => {
    const sender = sentAt(0, 1_000);
    sender.ack(41_000, [[1, 1]]);
    sender.ack(45_000, [[0, 1]], 1);
    expect(sender.spurious).toBe(0);
    expect(sender.sent.reorderingWindowUs).toBe(0);
  });
});
