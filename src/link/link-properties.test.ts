/**
 * What holds for every link, whatever its settings.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Link } from './link.ts';
import { checkLinkSettings, LEAST_RATE_BPS, type LinkSettings, MOST_RATE_BPS } from './settings.ts';
import { formatLinkSettings, parseLinkSettings } from './settings-text.ts';

const share = fc.oneof(
  fc.constantFrom(0, 1),
  fc.integer({ min: 0, max: 1_000 }).map(thousandths => thousandths / 1_000),
  fc.double({ min: 0, max: 1, noNaN: true }).map(Math.abs),
);
const us = fc.oneof(
  fc.nat(2_000),
  fc.nat(200).map(ms => ms * 1_000),
  fc.nat(100_000_000),
);
const atLeastOneUs = us.map(value => value + 1);
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined });

const linkSettings: fc.Arbitrary<LinkSettings> = fc.record({
  headerBytes: fc.nat(60),
  mtuBytes: fc.integer({ min: 68, max: 65_535 }),
  earlyLoss: share,
  rateBps: fc.oneof(
    fc.constantFrom(0, 9_600, 512_000),
    fc.integer({ min: LEAST_RATE_BPS, max: MOST_RATE_BPS }),
  ),
  queuePackets: fc.nat(20),
  queueBytes: fc.nat(20_000),
  dropNumbers: fc.array(fc.nat(100)),
  blackouts: fc.array(fc.tuple(us, atLeastOneUs).map(([from, length]) => [from, from + length] as const)),
  loss: share,
  burstLoss: optional(fc.record({ enterBad: share, leaveBad: share, lossGood: share, lossBad: share })),
  outages: optional(fc.record({ goodUs: atLeastOneUs, badUs: atLeastOneUs, lossBad: share })),
  delayUs: us,
  jitterUs: us,
  jitterShape: fc.constantFrom('uniform', 'normal'),
  keepsOrder: fc.boolean(),
  reordering: optional(fc.record({ share, holdUs: us })),
  corruption: share,
  checksum: fc.boolean(),
  duplication: share,
});

/** Pauses and sizes; rarely other settings in between. */
const traffic = fc.array(
  fc.record({
    pauseUs: fc.nat(5_000),
    bytes: fc.uint8Array({ maxLength: 300 }),
    change: fc.option(linkSettings, { freq: 20 }),
  }),
  { maxLength: 150, size: 'max' },
);

test('settings that are written are read as the same again', () => {
  fc.assert(
    fc.property(linkSettings, settings => {
      expect(parseLinkSettings(formatLinkSettings(settings))).toEqual(settings);
    }),
    { numRuns: 1_000 },
  );
});

test('any text is read as settings that a link takes, or refused', () => {
  const words = fc.constantFrom(
    ...['delay', 'loss', 'ge', 'get', 'rate', 'blackout', 'reorder', 'droplist', 'mtu', 'lte', 'dist'],
    ...['=', ',', ':', '-', '%', '5', '0', '.', 'ms', 's', 'mbit', 'normal', ' ', 'e'],
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(words, { maxLength: 12 }).map(parts => parts.join('')),
  );
  fc.assert(
    fc.property(text, spec => {
      try {
        checkLinkSettings(parseLinkSettings(spec));
      } catch (error) {
        expect(error).toMatchObject({ name: 'UsageError', code: 'SW_BAD_LINK' });
      }
    }),
    { numRuns: 2_000 },
  );
});

test('every packet has one fate, arrives in the order of time, and not before it was sent', () => {
  fc.assert(
    fc.property(linkSettings, traffic, fc.maxSafeNat(), (settings, packets, seed) => {
      const link = new Link(settings, seed);
      let nowUs = 0;
      let lastUs = 0;
      const arrivals = new Map<number, number>();
      const take = (untilUs: number): void => {
        for (let packet = link.poll(untilUs); packet !== undefined; packet = link.poll(untilUs)) {
          expect(packet.arrivalUs).toBeGreaterThanOrEqual(Math.max(lastUs, packet.sentUs));
          expect(packet.arrivalUs).toBeLessThanOrEqual(untilUs);
          expect(packet.bytes).toHaveLength(packets[packet.number]!.bytes.length);
          lastUs = packet.arrivalUs;
          arrivals.set(packet.number, (arrivals.get(packet.number) ?? 0) + 1);
        }
        const next = link.timeoutAt();
        if (next !== undefined) expect(next).toBeGreaterThan(untilUs);
        expect(next === undefined).toBe(link.onTheWay === 0);
      };
      for (const { pauseUs, bytes, change } of packets) {
        nowUs += pauseUs;
        if (change !== null) link.change(change);
        link.send(bytes, nowUs);
        take(nowUs);
        expect(fatesOf(link)).toBe(link.counters.sent + link.counters.duplicated);
      }
      take(Number.MAX_SAFE_INTEGER);
      expect(fatesOf(link)).toBe(packets.length + link.counters.duplicated);
      expect(Math.max(0, ...arrivals.values())).toBeLessThanOrEqual(2);
      expect(arrivals.size).toBe(link.counters.delivered - link.counters.duplicated);
    }),
  );
});

function fatesOf({ counters, onTheWay }: Link): number {
  const { tooLarge, lostEarly, queueDropped, lostByNumber, lostInBlackout, delivered } = counters;
  const { lostAtRandom, lostInBurst, lostInOutage, lostByChecksum } = counters;
  const lost = lostEarly + lostByNumber + lostInBlackout + lostAtRandom + lostInBurst + lostInOutage;
  return onTheWay + delivered + tooLarge + queueDropped + lost + lostByChecksum;
}

test('a link that keeps the order delivers in the order of sending, whatever else it does', () => {
  const ordered = linkSettings.map(settings => ({ ...settings, keepsOrder: true, reordering: undefined }));
  fc.assert(
    fc.property(ordered, traffic, fc.nat(), (settings, packets, seed) => {
      const link = new Link(settings, seed);
      let nowUs = 0;
      for (const { pauseUs, bytes } of packets) {
        nowUs += pauseUs;
        link.send(bytes, nowUs);
      }
      while (link.poll(Number.MAX_SAFE_INTEGER) !== undefined);
      expect(link.counters.reordered).toBe(0);
    }),
  );
});

test('the same seed, settings and packets give the same again', () => {
  fc.assert(
    fc.property(linkSettings, traffic, fc.maxSafeNat(), (settings, packets, seed) => {
      const outcome = (): unknown => {
        const link = new Link(settings, seed);
        const arrived: unknown[] = [];
        let nowUs = 0;
        for (const { pauseUs, bytes, change } of packets) {
          nowUs += pauseUs;
          if (change !== null) link.change(change);
          link.send(bytes, nowUs);
          arrived.push(link.poll(nowUs));
        }
        return [arrived, link.counters];
      };
      expect(outcome()).toEqual(outcome());
    }),
    { numRuns: 50 },
  );
});
