import { describe, expect, it } from 'vitest';
import type { LinkPacket } from './arrival-queue.ts';
import { onesComplementSum } from './checksum.ts';
import { Link } from './link.ts';
import type { LinkSettings } from './settings.ts';

const PAYLOAD = Uint8Array.from({ length: 100 }, (_, at) => at * 37);

/** Sends packets at an interval, and takes each when it arrives. */
function run(link: Link, count: number, intervalUs = 1_000, bytes: Uint8Array = PAYLOAD): LinkPacket[] {
  const arrived: LinkPacket[] = [];
  const takeUntil = (nowUs: number): void => {
    for (let at = link.timeoutAt(); at !== undefined && at <= nowUs; at = link.timeoutAt())
      arrived.push(link.poll(at)!);
  };
  for (let number = 0; number < count; number++) {
    takeUntil(number * intervalUs);
    link.send(bytes, number * intervalUs);
  }
  takeUntil(Number.POSITIVE_INFINITY);
  return arrived;
}

const numbersOf = (packets: readonly LinkPacket[]): number[] => packets.map(packet => packet.number);
const delaysOf = (packets: readonly LinkPacket[]): number[] =>
  packets.map(packet => packet.arrivalUs - packet.sentUs);
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map(value => (value - middle) ** 2)));
}
const isSorted = (values: readonly number[]): boolean =>
  values.every((value, index) => index === 0 || value >= values[index - 1]!);

describe('a perfect link', () => {
  it('gives everything at once, in order, with what was sent', () => {
    const link = new Link();
    link.send(PAYLOAD, 5, 7);
    link.send(new Uint8Array(0), 5);
    expect(link.timeoutAt()).toBe(5);
    expect(link.poll(4)).toBeUndefined();
    const first = link.poll(5);
    expect(first).toEqual({ bytes: PAYLOAD, tag: 7, number: 0, sentUs: 5, arrivalUs: 5 });
    expect(first?.bytes).toBe(PAYLOAD);
    expect(link.onTheWay).toBe(1);
    expect(link.poll(5)).toMatchObject({ number: 1, tag: 0 });
    expect([link.poll(5), link.timeoutAt(), link.onTheWay]).toEqual([undefined, undefined, 0]);
    expect(link.counters).toMatchObject({ sent: 2, sentBytes: 156, delivered: 2, deliveredBytes: 156 });
  });
});

describe('delay and jitter', () => {
  it('delays to the microsecond', () => {
    expect(new Set(delaysOf(run(new Link({ delayUs: 20_001 }), 100)))).toEqual(new Set([20_001]));
  });

  it('adds the time that the bits take, headers included', () => {
    // 1,250 bytes at 10 Mbit/s.
    const link = new Link({ delayUs: 20_000, rateBps: 10_000_000 });
    expect(delaysOf(run(link, 3, 0, new Uint8Array(1_222)))).toEqual([21_000, 22_000, 23_000]);
    expect(link.counters.mostQueued).toBe(3);
  });

  it('spreads uniformly around the delay', () => {
    const delays = delaysOf(run(new Link({ delayUs: 20_000, jitterUs: 5_000, keepsOrder: false }), 100_000));
    expect(Math.min(...delays.slice(0, 50_000))).toBeGreaterThanOrEqual(15_000);
    expect(Math.max(...delays.slice(0, 50_000))).toBeLessThanOrEqual(25_000);
    expect(mean(delays)).toBeCloseTo(20_000, -2);
    expect(deviation(delays)).toBeCloseTo(10_000 / Math.sqrt(12), -2);
  });

  it('spreads normally, with the jitter as standard deviation', () => {
    const settings = { delayUs: 50_000, jitterUs: 5_000, jitterShape: 'normal', keepsOrder: false } as const;
    const delays = delaysOf(run(new Link(settings), 100_000));
    expect(mean(delays)).toBeCloseTo(50_000, -2);
    expect(deviation(delays)).toBeCloseTo(5_000, -2);
    const within = (deviations: number): number =>
      delays.filter(delay => Math.abs(delay - 50_000) <= deviations * 5_000).length / delays.length;
    expect(within(1)).toBeCloseTo(0.683, 2);
    expect(within(2)).toBeCloseTo(0.954, 2);
  });

  it('never delays by less than nothing', () => {
    const delays = delaysOf(run(new Link({ delayUs: 1_000, jitterUs: 5_000, keepsOrder: false }), 10_000));
    expect(delays.filter(delay => delay === 0).length / delays.length).toBeCloseTo(0.4, 1);
  });

  it('keeps the order unless told not to', () => {
    const settings = { delayUs: 20_000, jitterUs: 10_000 };
    const kept = new Link(settings);
    const arrived = run(kept, 10_000);
    expect(isSorted(numbersOf(arrived))).toBe(true);
    expect(isSorted(arrived.map(packet => packet.arrivalUs))).toBe(true);
    const passing = new Link({ ...settings, keepsOrder: false });
    expect(isSorted(numbersOf(run(passing, 10_000)))).toBe(false);
    expect([kept.counters.reordered, passing.counters.reordered > 1_000]).toEqual([0, true]);
  });

  it('keeps the order across a change to a shorter way', () => {
    const link = new Link({ delayUs: 50_000 });
    link.send(PAYLOAD, 0);
    link.change({ delayUs: 10_000 });
    link.send(PAYLOAD, 1_000);
    expect([link.poll(50_000), link.poll(50_000)]).toMatchObject([{ number: 0 }, { number: 1 }]);
  });
});

describe('reordering', () => {
  it('holds the share of packets for so long, and no other packet waits for them', () => {
    const link = new Link({ delayUs: 20_000, reordering: { share: 0.05, holdUs: 25_000 } });
    const delays = delaysOf(run(link, 50_000));
    expect(new Set(delays)).toEqual(new Set([20_000, 45_000]));
    expect(delays.filter(delay => delay === 45_000)).toHaveLength(link.counters.held);
    expect(link.counters.held / 50_000).toBeCloseTo(0.05, 2);
    // 24 others pass each of them: held ones are reordered unless all 24 were held too.
    expect(link.counters.reordered).toBe(link.counters.held);
  });
});

describe('loss', () => {
  it.each<[string, Partial<LinkSettings>, 'lostAtRandom' | 'lostEarly' | 'lostInBurst' | 'lostInOutage']>([
    ['at random', { loss: 0.05 }, 'lostAtRandom'],
    ['before the queue', { earlyLoss: 0.05 }, 'lostEarly'],
    [
      'in bursts',
      { burstLoss: { enterBad: 0.2 / 19, leaveBad: 0.2, lossGood: 0, lossBad: 1 } },
      'lostInBurst',
    ],
    ['in outages', { outages: { goodUs: 95_000, badUs: 5_000, lossBad: 1 } }, 'lostInOutage'],
  ])('%s takes its share', (_, settings, counter) => {
    const link = new Link(settings, 2);
    expect(run(link, 400_000)).toHaveLength(400_000 - link.counters[counter]);
    expect(link.counters[counter] / 400_000).toBeGreaterThan(0.047);
    expect(link.counters[counter] / 400_000).toBeLessThan(0.053);
  });

  it('takes nothing at 0 and everything at 1', () => {
    expect(run(new Link({ loss: 0 }), 10_000)).toHaveLength(10_000);
    expect(run(new Link({ loss: 1 }), 10_000)).toHaveLength(0);
  });

  it('takes exactly the packets of the list', () => {
    const link = new Link({ dropNumbers: [0, 2, 7] });
    expect(numbersOf(run(link, 8))).toEqual([1, 3, 4, 5, 6]);
    expect(link.counters.lostByNumber).toBe(3);
  });

  it('takes what leaves the queue within a blackout, its end not included', () => {
    const settings: Partial<LinkSettings> = {
      blackouts: [
        [2_000, 5_000],
        [7_000, 7_001],
      ],
    };
    const link = new Link({ ...settings, delayUs: 3_000 });
    expect(numbersOf(run(link, 9))).toEqual([0, 1, 5, 6, 8]);
    expect(link.counters.lostInBlackout).toBe(4);
    // 1,250 bytes at 10 Mbit/s take a millisecond.
    const slow = new Link({ ...settings, rateBps: 10_000_000 });
    expect(numbersOf(run(slow, 9, 0, new Uint8Array(1_222)))).toEqual([0, 4, 5, 7, 8]);
  });

  it('on the link has cost its place in the queue, before the queue it has not', () => {
    const queue = { rateBps: 10_000_000, queuePackets: 2 };
    const link = new Link({ ...queue, loss: 1 });
    expect(run(link, 3, 0)).toHaveLength(0);
    expect(link.counters).toMatchObject({ lostAtRandom: 2, queueDropped: 1 });
    const early = new Link({ ...queue, earlyLoss: 1 });
    expect(run(early, 3, 0)).toHaveLength(0);
    expect(early.counters).toMatchObject({ lostEarly: 3, queueDropped: 0, mostQueued: 0 });
  });
});

describe('the MTU', () => {
  it('holds for the packet with its headers, and may fall while packets are on the way', () => {
    const link = new Link({ delayUs: 10, mtuBytes: 128 });
    link.send(PAYLOAD, 0);
    link.change({ mtuBytes: 127 });
    link.send(PAYLOAD, 1);
    link.send(PAYLOAD.subarray(1), 2);
    expect([link.poll(12), link.poll(12), link.poll(12)]).toMatchObject([
      { number: 0 },
      { number: 2 },
      undefined as never,
    ]);
    expect(link.counters).toMatchObject({ tooLarge: 1, delivered: 2 });
  });
});

describe('duplication', () => {
  it('gives the share of packets a second time, at the same time', () => {
    const link = new Link({ delayUs: 1_000, duplication: 0.1 });
    const numbers = numbersOf(run(link, 50_000));
    expect(numbers).toHaveLength(50_000 + link.counters.duplicated);
    expect(link.counters.duplicated / 50_000).toBeCloseTo(0.1, 2);
    expect(isSorted(numbers)).toBe(true);
    expect(new Set(numbers).size).toBe(50_000);
    expect(link.counters.reordered).toBe(0);
  });
});

describe('corruption', () => {
  it('damages a copy of its share of packets', () => {
    const link = new Link({ corruption: 0.1, checksum: false });
    const before = PAYLOAD.slice();
    const arrived = run(link, 50_000);
    expect(PAYLOAD).toEqual(before);
    const damaged = arrived.filter(packet => packet.bytes !== PAYLOAD);
    expect(damaged).toHaveLength(link.counters.corrupted);
    expect(damaged.length / 50_000).toBeCloseTo(0.1, 2);
    expect(damaged.every(packet => Buffer.compare(packet.bytes, PAYLOAD) !== 0)).toBe(true);
  });

  it('with the checksum, only lets through what the checksum cannot see', () => {
    const [every, checked] = [
      new Link({ corruption: 1, checksum: false }),
      new Link({ corruption: 1, checksum: true }),
    ];
    const unseen = run(every, 50_000).filter(
      packet => onesComplementSum(packet.bytes) === onesComplementSum(PAYLOAD),
    );
    expect(unseen.length).toBeGreaterThan(100);
    expect(run(checked, 50_000)).toEqual(unseen);
    expect(checked.counters).toMatchObject({ corrupted: 50_000, lostByChecksum: 50_000 - unseen.length });
  });

  it('finds no bit in an empty packet', () => {
    const link = new Link({ corruption: 1 });
    expect(run(link, 3, 1, new Uint8Array(0))).toHaveLength(3);
    expect(link.counters.corrupted).toBe(0);
  });
});

describe('the seed', () => {
  const ROUGH: Partial<LinkSettings> = {
    delayUs: 20_000,
    jitterUs: 5_000,
    keepsOrder: false,
    loss: 0.05,
    corruption: 0.05,
    duplication: 0.05,
    reordering: { share: 0.05, holdUs: 10_000 },
    outages: { goodUs: 500_000, badUs: 50_000, lossBad: 0.5 },
  };

  it('repeats everything', () => {
    expect(run(new Link(ROUGH, 11), 2_000)).toEqual(run(new Link(ROUGH, 11), 2_000));
    expect(run(new Link(ROUGH, 12), 2_000)).not.toEqual(run(new Link(ROUGH, 11), 2_000));
  });

  it('gives a packet the same chances whatever else is set', () => {
    const numbersTwice = (settings: Partial<LinkSettings>): Set<number> => {
      const numbers = numbersOf(run(new Link(settings, 3), 5_000));
      const seen = new Set<number>();
      return new Set(numbers.filter(number => seen.size === seen.add(number).size));
    };
    const alone = numbersTwice({ duplication: 0.05 });
    const amongOthers = numbersTwice({ ...ROUGH, corruption: 0, rateBps: 2_000_000, queuePackets: 10 });
    expect(amongOthers.size).toBeGreaterThan(100);
    expect([...amongOthers].filter(number => !alone.has(number))).toEqual([]);
  });

  it('gives a packet the same chances when a setting begins later', () => {
    const always = new Set(numbersOf(run(new Link({ loss: 0.3 }), 1_000)));
    const later = new Link();
    for (let number = 0; number < 1_000; number++) {
      if (number === 500) later.change({ loss: 0.3 });
      later.send(PAYLOAD, number);
      expect(later.poll(number) !== undefined).toBe(number < 500 || always.has(number));
    }
  });
});

describe('wrong use', () => {
  it.each<[Partial<LinkSettings>, string]>([
    [{ loss: 1.1 }, 'loss is 1.1: expected a share from 0 to 1'],
    [{ loss: Number.NaN }, 'loss is NaN'],
    [{ burstLoss: { enterBad: -1, leaveBad: 0, lossGood: 0, lossBad: 0 } }, 'burstLoss.enterBad is -1'],
    [{ delayUs: 0.5 }, 'delayUs is 0.5: expected a whole number'],
    [{ delayUs: -1 }, 'delayUs is -1'],
    [{ rateBps: 99 }, 'rateBps is 99: expected a whole number from 100'],
    [{ dropNumbers: [-1] }, 'dropNumbers is -1'],
    [{ blackouts: [[5, 5]] }, 'a blackout from 5 until 5 µs: expected an end after its beginning'],
    [{ reordering: { share: 0, holdUs: -1 } }, 'reordering.holdUs is -1'],
    [{ mtuBytes: 67 }, 'mtuBytes is 67: expected a whole number from 68'],
  ])('refuses %j and stays as it was', (settings, problem) => {
    const link = new Link({ delayUs: 5 });
    expect(() => link.change(settings)).toThrow(
      expect.objectContaining({ code: 'SW_BAD_LINK', message: expect.stringContaining(problem) }),
    );
    expect(link.settings).toEqual(new Link({ delayUs: 5 }).settings);
  });

  it('refuses a seed that is none, and time that goes back', () => {
    expect(() => new Link({}, -1)).toThrow(expect.objectContaining({ code: 'SW_BAD_LINK' }));
    expect(() => new Link({}, 0.5)).toThrow('the seed is 0.5: expected a whole number');
    const link = new Link();
    link.send(PAYLOAD, 10);
    expect(() => link.send(PAYLOAD, 9)).toThrow('time went back from 10 to 9 µs');
    expect(() => link.send(PAYLOAD, Number.NaN)).toThrow('time went back');
    expect(link.counters.sent).toBe(1);
  });
});

describe('speed', () => {
  it('takes well under a second for 100,000 packets with everything on', () => {
    const link = new Link({
      delayUs: 20_000,
      jitterUs: 5_000,
      keepsOrder: false,
      rateBps: 100_000_000,
      queuePackets: 100,
      loss: 0.01,
      burstLoss: { enterBad: 0.01, leaveBad: 0.25, lossGood: 0, lossBad: 1 },
      outages: { goodUs: 950_000, badUs: 50_000, lossBad: 1 },
      reordering: { share: 0.02, holdUs: 15_000 },
      corruption: 0.01,
      duplication: 0.01,
    });
    const bytes = new Uint8Array(1_200);
    const startMs = performance.now();
    let delivered = 0;
    for (let number = 0; number < 100_000; number++) {
      link.send(bytes, number * 100);
      while (link.poll(number * 100) !== undefined) delivered++;
    }
    expect(delivered).toBeGreaterThan(80_000);
    // It takes 50 ms: only another order of growth would be seen here.
    expect(performance.now() - startMs).toBeLessThan(1_000);
  });
});
