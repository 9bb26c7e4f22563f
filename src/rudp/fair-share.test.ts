import { describe, expect, it } from 'vitest';
import { FairShare, type RoundEnd } from './fair-share.ts';
import type { SentPacket } from './sent-packets.ts';

const PACKET = 1_250;
const RTT_US = 100_000;
const MODEL = 100 * PACKET;

function packet(sentUs: number): SentPacket {
  return {
    number: 0,
    sentUs,
    bytes: PACKET,
    content: undefined,
    control: 0,
    askedNow: false,
    isMtuProbe: false,
    delivered: 0,
    deliveredUs: 0,
    firstSentUs: 0,
    isAppLimited: false,
    state: 'flying',
  };
}

class Flow {
  readonly share = new FairShare();
  nowUs = 0;
  queueUs = 0;

  /** A round of 100 packets. */
  round(lost: number, changes: Partial<RoundEnd> = {}): boolean {
    this.nowUs += RTT_US;
    for (let index = 0; index < 100; index++)
      if (index < lost) this.share.onLost(packet(this.nowUs));
      else this.share.onAcknowledged(packet(this.nowUs));
    return this.share.endRound({
      nowUs: this.nowUs,
      queueUs: this.queueUs,
      isQueued: this.queueUs > 12_500,
      modelWindow: MODEL,
      leastWindow: 4 * PACKET,
      isSteady: true,
      isAppLimited: false,
      ...changes,
    });
  }

  /** Until a queue is there that is not ours. */
  meet(): void {
    this.queueUs = 80_000;
    this.share.onDrained();
    for (let round = 0; round < 3; round++) this.round(0);
  }
}

describe('what a path loses', () => {
  it('is no congestion without a queue', () => {
    const flow = new Flow();
    for (let round = 0; round < 100; round++) expect(flow.round(10)).toBe(false);
    expect(flow.share.bound).toBe(Number.POSITIVE_INFINITY);
  });

  it('is congestion with a queue, and bounds what is under way', () => {
    const flow = new Flow();
    flow.queueUs = 50_000;
    expect(flow.round(2)).toBe(false);
    expect(flow.round(3)).toBe(true);
    expect(flow.share.bound).toBeCloseTo(0.7 * MODEL);
  });

  it('is no congestion where it loses as much without a queue', () => {
    const flow = new Flow();
    for (let round = 0; round < 100; round++) flow.round(5);
    flow.queueUs = 50_000;
    expect(flow.round(8)).toBe(false);
    expect(flow.round(15)).toBe(true);
  });

  it('is congestion in any case where it is a third', () => {
    const flow = new Flow();
    expect(flow.round(30)).toBe(false);
    expect(flow.round(35)).toBe(true);
  });

  it('says nothing where the application had nothing to send', () => {
    const flow = new Flow();
    flow.queueUs = 50_000;
    expect(flow.round(60, { isAppLimited: true })).toBe(false);
    expect(flow.share.bound).toBe(Number.POSITIVE_INFINITY);
  });

  it('counts once: what was under way at the answer to it does not', () => {
    const { share } = new Flow();
    const round = { ...LATER, isQueued: true, queueUs: 50_000 };
    for (let index = 0; index < 10; index++) share.onLost(packet(500_000));
    expect(share.endRound(round)).toBe(true);
    const { bound } = share;
    for (let index = 0; index < 10; index++) share.onLost(packet(999_000));
    expect(share.hasLost).toBe(false);
    expect(share.endRound({ ...round, nowUs: 1_100_000 })).toBe(false);
    expect(share.bound).toBeGreaterThan(bound);
  });

  it('was no congestion where all of it comes after all', () => {
    const flow = new Flow();
    flow.queueUs = 50_000;
    flow.round(10);
    for (let index = 0; index < 9; index++) flow.share.onSpuriousLoss(PACKET);
    expect(flow.share.bound).toBeCloseTo(0.7 * MODEL);
    flow.share.onSpuriousLoss(PACKET);
    expect(flow.share.bound).toBe(Number.POSITIVE_INFINITY);
  });

  it('never leaves less than the least window', () => {
    const flow = new Flow();
    flow.queueUs = 50_000;
    for (let round = 0; round < 40; round++) flow.round(50);
    expect(flow.share.bound).toBe(4 * PACKET);
  });
});

const LATER: RoundEnd = {
  nowUs: 1_000_000,
  queueUs: 0,
  isQueued: false,
  modelWindow: MODEL,
  leastWindow: 4 * PACKET,
  isSteady: true,
  isAppLimited: false,
};

describe('a bound', () => {
  it('grows where there is no queue, and is gone where the model allows less', () => {
    const flow = new Flow();
    flow.queueUs = 50_000;
    flow.round(10);
    flow.queueUs = 0;
    flow.round(0);
    expect(flow.share.bound).toBeCloseTo(0.7 * MODEL * (1 + 1 / 32));
    for (let round = 0; round < 12; round++) flow.round(0);
    expect(flow.share.bound).toBe(Number.POSITIVE_INFINITY);
  });

  it('grows with a queue as that of CUBIC: fast, then slow where it was, then fast', () => {
    const flow = new Flow();
    flow.meet();
    const start = flow.share.bound;
    const perSecond: number[] = [];
    for (let second = 0, before = start; second < 12; second++, before = flow.share.bound) {
      for (let round = 0; round < 10; round++) flow.round(0);
      perSecond.push((flow.share.bound - before) / 1_500);
    }
    // The cube root of 25 segments over 0.4: after 4 s it is back.
    expect(start + perSecond.slice(0, 4).reduce((sum, each) => sum + each * 1_500, 0)).toBeGreaterThan(MODEL);
    expect(Math.min(...perSecond)).toBeGreaterThan(5.2);
    expect(perSecond[0]).toBeGreaterThan(perSecond[3] as number);
    expect(perSecond[11]).toBeGreaterThan(perSecond[3] as number);
  });
});

describe('company', () => {
  it('is who fills the queue that we have emptied of ours', () => {
    const flow = new Flow();
    flow.queueUs = 80_000;
    for (let round = 0; round < 10; round++) flow.round(0);
    expect(flow.share.isInCompany).toBe(false);
    flow.share.onDrained();
    flow.round(0);
    flow.round(0);
    expect(flow.share.isInCompany).toBe(false);
    flow.round(0);
    expect(flow.share.isInCompany).toBe(true);
    expect(flow.share.bound / MODEL).toBeCloseTo(0.7, 1);
  });

  it('is gone when the queue is', () => {
    const flow = new Flow();
    flow.meet();
    flow.queueUs = 1_000;
    flow.round(0);
    expect(flow.share.isInCompany).toBe(false);
  });

  it('makes each loss count', () => {
    const flow = new Flow();
    flow.meet();
    const before = flow.share.bound;
    expect(flow.round(1)).toBe(true);
    expect(flow.share.bound).toBeCloseTo(0.7 * before);
  });

  it('lets the bound grow beyond what the model allows', () => {
    const flow = new Flow();
    flow.meet();
    for (let round = 0; round < 100; round++) flow.round(0);
    expect(flow.share.bound).toBeGreaterThan(1.5 * MODEL);
    expect(flow.share.bound).toBeLessThan(Number.POSITIVE_INFINITY);
  });

  it('that yields is followed', () => {
    const flow = new Flow();
    flow.meet();
    for (let round = 0; round < 10; round++) flow.round(0);
    flow.queueUs = 77_000;
    expect(flow.round(0)).toBe(false);
    flow.queueUs = 70_000;
    const before = flow.share.bound;
    expect(flow.round(0)).toBe(true);
    expect(flow.share.bound).toBeCloseTo(0.7 * before);
    // What our own answer does to the queue is not another's.
    for (const queueUs of [50_000, 40_000, 40_000, 40_000, 41_000]) {
      flow.queueUs = queueUs;
      expect(flow.round(0)).toBe(false);
    }
  });

  it('is not taken for yielding where we empty the queue ourselves', () => {
    const flow = new Flow();
    flow.meet();
    for (let round = 0; round < 10; round++) flow.round(0);
    flow.queueUs = 30_000;
    expect(flow.round(0, { isSteady: false })).toBe(false);
  });
});
