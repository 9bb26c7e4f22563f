/**
 * Two machines whose clocks differ and drift, and a link between them: what the collector knows of the sender's clock.
 *
 * `SEED=…` replays one seed; a failure names its seed.
 */
import { describe, expect, it } from 'vitest';
import { SenderClock } from '../../src/collector/one-way.ts';
import { Link } from '../../src/link/link.ts';
import type { LinkSettings } from '../../src/link/settings.ts';
import { CollectorSession } from '../../src/telemetry/collector-session.ts';
import type { Instant } from '../../src/telemetry/instant.ts';
import { SensorSession } from '../../src/telemetry/sensor-session.ts';

const { SEED } = process.env;
const SEEDS = SEED === undefined ? Array.from({ length: 30 }, (_, seed) => seed) : [Number(SEED)];
const WALL_US = 1_800_000_000_000_000;
const AHEAD_US = -3_600_000_000;
const UNTIL_US = 150_000_000;
const LATE_US = 61_000_000;
const LOOK_EVERY_US = 100_000;
/** A program that has just started takes so much longer to send what is its first. */
const COLD_US = 2_000;
const COLD_DATAGRAMS = 3;

interface Path {
  readonly there: Partial<LinkSettings>;
  readonly back?: Partial<LinkSettings>;
  /** The collector's clock runs faster by so much. */
  readonly ppm?: number;
}

interface Seen {
  /** When the clock was known well, after the start. */
  readonly settledUs: number;
  /** The most that the offset was wrong from then on, and once exchanges of a minute are known. */
  readonly worstUs: number;
  readonly lateUs: number;
  /** What the collector was told in the end that it may be. */
  readonly uncertaintyUs: number;
}

/** A session without readings, in datagrams: what is lost is not repeated. */
function run({ there, back = there, ppm = 0 }: Path, seed: number): Seen {
  let nowUs = 0;
  const ofSender = (): Instant => ({ monotonicUs: nowUs, wallUs: WALL_US + nowUs });
  const trueOffset = (): number => AHEAD_US + nowUs * ppm * 1e-6;
  const ofCollector = (): Instant => ({
    monotonicUs: nowUs,
    wallUs: Math.round(WALL_US + nowUs + trueOffset()),
  });
  const sender = new SensorSession({
    session: '5e'.repeat(16),
    source: 'host',
    epochUs: WALL_US,
    form: 'datagram',
    bufferReadings: 10,
  });
  const collector = new CollectorSession({ form: 'datagram', tag: 7, mostSensors: 1 }, ofCollector());
  const clock = new SenderClock();
  const links = [new Link(there, 2 * seed), new Link(back, 2 * seed + 1)] as const;
  const drain = (): void => {
    for (let bytes = sender.pollTransmit(ofSender()); bytes; bytes = sender.pollTransmit(ofSender())) {
      const coldUs = links[0].counters.sent < COLD_DATAGRAMS ? COLD_US : 0;
      // The link's clock must not go back: the cold program holds its datagrams for all the same time.
      links[0].send(bytes, nowUs + coldUs);
    }
    for (let event = collector.pollEvent(); event; event = collector.pollEvent()) {
      if (event.type === 'hello') collector.accept(0, ofCollector());
      if (event.type === 'clock') clock.report(event.offset, ofCollector().wallUs);
    }
    for (let bytes = collector.pollTransmit(); bytes; bytes = collector.pollTransmit())
      links[1].send(bytes, nowUs);
    while (sender.pollEvent() !== undefined);
  };

  let [settledUs, worstUs, lookUs, lateUs] = [Number.POSITIVE_INFINITY, 0, 0, 0];
  sender.connected(ofSender());
  drain();
  while (nowUs < UNTIL_US) {
    const times = [sender.timeoutAt(), collector.timeoutAt(), links[0].timeoutAt(), links[1].timeoutAt()];
    const nextUs = Math.min(lookUs, ...times.map(time => time ?? Number.POSITIVE_INFINITY));
    if (nextUs < nowUs) throw new Error(`time went back from ${nowUs} to ${nextUs} µs`);
    nowUs = nextUs;
    if (nowUs === lookUs) {
      lookUs += LOOK_EVERY_US;
      if (clock.isSettled) {
        settledUs = Math.min(settledUs, nowUs);
        const wrongUs = Math.abs(clock.at(ofCollector().wallUs)!.offsetUs - trueOffset());
        worstUs = Math.max(worstUs, wrongUs);
        if (nowUs > LATE_US) lateUs = Math.max(lateUs, wrongUs);
      }
    }
    for (let packet = links[0].poll(nowUs); packet; packet = links[0].poll(nowUs))
      collector.receive(packet.bytes, ofCollector());
    for (let packet = links[1].poll(nowUs); packet; packet = links[1].poll(nowUs))
      sender.receive(packet.bytes, ofSender());
    if (nowUs >= (sender.timeoutAt() ?? Number.POSITIVE_INFINITY)) sender.onTimeout(ofSender());
    if (nowUs >= (collector.timeoutAt() ?? Number.POSITIVE_INFINITY)) collector.onTimeout(ofCollector());
    drain();
  }
  return {
    settledUs,
    worstUs,
    lateUs,
    uncertaintyUs: clock.at(ofCollector().wallUs)?.uncertaintyUs ?? 0,
  };
}

/** The worst of all seeds. */
function worstOf(path: Path): Seen {
  return SEEDS.map(seed => run(path, seed)).reduce((a, b) => ({
    settledUs: Math.max(a.settledUs, b.settledUs),
    worstUs: Math.max(a.worstUs, b.worstUs),
    lateUs: Math.max(a.lateUs, b.lateUs),
    uncertaintyUs: Math.max(a.uncertaintyUs, b.uncertaintyUs),
  }));
}

const ms = (delay: number, more: Partial<LinkSettings> = {}): Partial<LinkSettings> => ({
  delayUs: delay * 1_000,
  ...more,
});

describe('what a collector knows of the clock of a sender', () => {
  it.each([1, 20, 100, 300])('is right to 0.1 ms on a path of twice %d ms, soon', delay => {
    const { worstUs, settledUs, uncertaintyUs } = worstOf({ there: ms(delay) });
    expect(worstUs).toBeLessThan(100);
    expect(settledUs).toBeLessThan(3_600_000);
    expect(uncertaintyUs).toBe(delay * 1_000);
  });

  it('is wrong by half of what the two ways differ, which nobody can know', () => {
    const { worstUs, uncertaintyUs } = worstOf({ there: ms(30), back: ms(10) });
    expect(worstUs).toBeGreaterThan(9_900);
    expect(worstUs).toBeLessThan(10_100);
    expect(uncertaintyUs).toBe(20_000);
  });

  it.each([-50, 20, 50])('follows clocks that drift apart by %d ppm', ppm => {
    // Half a minute would make 1.5 ms of it.
    const { worstUs, lateUs } = worstOf({ there: ms(20), ppm });
    expect(worstUs).toBeLessThan(300);
    expect(lateUs).toBeLessThan(75);
  });

  it.each([0.05, 0.2])('bears the loss of %d of all datagrams', loss => {
    const { worstUs } = worstOf({ there: ms(20, { loss }) });
    expect(worstUs).toBeLessThan(loss < 0.1 ? 250 : 1_100);
  });

  it('goes by the exchanges that were not held up', () => {
    const { worstUs } = worstOf({ there: ms(20, { reordering: { share: 0.05, holdUs: 25_000 } }) });
    expect(worstUs).toBeLessThan(250);
  });

  it.each([200, 1_000])('is as right as jitter of %d µs each way allows', jitterUs => {
    const { worstUs } = worstOf({ there: ms(20, { jitterUs }) });
    expect(worstUs).toBeLessThan(100 + 4 * jitterUs);
  });
});
