/**
 * Two machines, virtual time, and everything that can go wrong between them, for hundreds of seeds.
 *
 * `SEED=…` replays one seed; a failure names its seed.
 */
import { describe, expect, it } from 'vitest';
import { DurableStore } from '../../src/testing/durable-store.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { SimulatedCollector } from '../../src/testing/simulated-collector.ts';
import { datagramDial, type LinkFaults, StreamLink } from '../../src/testing/simulated-link.ts';
import { SimulatedSender } from '../../src/testing/simulated-sender.ts';
import { VirtualTime } from '../../src/testing/virtual-time.ts';

const { SEED } = process.env;
const SEEDS: readonly number[] =
  SEED === undefined ? Array.from({ length: 300 }, (_, seed) => seed) : [Number(SEED)];

/** Faults and readings go on for this long, then the way is good and the sender finishes. */
const TROUBLE_US = 8_000_000;
const LIMITS = { untilUs: 400_000_000, steps: 60_000 };
const WALL_US = 1_800_000_000_000_000;

function forEachSeed(run: (seed: number) => void): void {
  for (const seed of SEEDS) {
    try {
      run(seed);
    } catch (error) {
      throw new Error(`SEED=${seed}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  }
}

function expectThat(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** The parts that both forms have. */
function world(form: 'stream' | 'datagram', seed: number) {
  const time = new VirtualTime();
  const random = new SeededRandom(seed);
  const slowUs = random.pick([0, 1_000, 30_000, 400_000]);
  const store = new DurableStore(time, () => random.int(0, slowUs));
  const collector = new SimulatedCollector({
    form,
    time,
    random,
    store,
    wallUs: WALL_US + random.int(-1e6, 1e6),
  });
  const faults: LinkFaults = { loss: 0, duplication: 0, delayUs: random.pick([100, 5_000, 200_000]) };
  return { time, random, store, collector, faults };
}

/** Calls `act` again and again until the trouble ends. */
function keepDoing(time: VirtualTime, gapUs: () => number, act: () => void): void {
  const again = (): void => {
    if (time.nowUs > TROUBLE_US) return;
    act();
    time.after(gapUs(), again);
  };
  time.after(gapUs(), again);
}

function runSender(sender: SimulatedSender, time: VirtualTime, random: SeededRandom): void {
  const most = random.pick([1, 10, 60]);
  const gapUs = random.pick([20_000, 200_000]);
  keepDoing(
    time,
    () => random.int(1, 2 * gapUs),
    () => sender.sample(most),
  );
  time.at(TROUBLE_US + 2 * gapUs + 1, () => sender.finish());
}

function checkReadings(sender: SimulatedSender, store: DurableStore): void {
  for (const { number, sensor, timeUs, value } of store.readings) {
    const made = sender.made[number];
    const same = made?.sensor === sensor && made.timeUs === timeUs && made.value === value;
    expectThat(same, `reading ${number} is not the one that was made`);
  }
}

function streamWorld(seed: number, bufferReadings: number) {
  const parts = world('stream', seed);
  const { time, random, collector, faults } = parts;
  const link = new StreamLink(time, random, collector, faults);
  const sender = new SimulatedSender({
    form: 'stream',
    time,
    random,
    dial: link.dial,
    bufferReadings,
    wallUs: WALL_US,
  });
  if (random.chance(0.8))
    keepDoing(
      time,
      () => random.int(1, 4_000_000),
      () => link.cut(),
    );
  if (random.chance(0.5)) {
    keepDoing(
      time,
      () => random.int(1, 10_000_000),
      () => {
        collector.restart();
        link.cut();
      },
    );
  }
  runSender(sender, time, random);
  sender.connect();
  return { ...parts, sender };
}

describe('a session over streams that break, to a collector that is killed', () => {
  it('stores every reading in order, exactly once, and acknowledges only what is stored', () => {
    forEachSeed(seed => {
      const { time, store, sender } = streamWorld(seed, 1_000_000);
      const { session } = sender;
      let checked = 0;
      time.runUntil(
        () => session.state === 'done',
        LIMITS,
        () => {
          for (; checked < store.readings.length; checked++)
            expectThat(store.readings[checked]?.number === checked, `reading ${checked} is out of order`);
          expectThat(session.stored <= store.readings.length, 'more is acknowledged than stored');
          expectThat(
            session.stored + session.buffered === session.readings,
            'a reading is lost in the sender',
          );
          expectThat(session.delivered >= session.stored, 'stored readings are delivered');
        },
      );
      expect(sender.events.at(-1)).toEqual({ type: 'done' });
      expect(store.readings.length).toBe(sender.made.length);
      expect(session.stored).toBe(sender.made.length);
      checkReadings(sender, store);
    });
  });

  it('counts what a small buffer drops, and stores all the rest exactly once', () => {
    forEachSeed(seed => {
      const { time, store, sender } = streamWorld(seed, 100);
      const { session } = sender;
      time.runUntil(
        () => session.state === 'done',
        LIMITS,
        () => {
          expectThat(session.stored <= store.readings.length, 'more is acknowledged than stored');
          const { stored, buffered, dropped, readings } = session;
          expectThat(stored + buffered + dropped.full === readings, 'a reading is not accounted for');
          expectThat(buffered <= 100, 'the buffer is above its bound');
        },
      );
      expect(session.readings).toBe(sender.made.length);
      // A reading may be dropped after it was sent over a connection that broke: then it may be stored as well.
      expect(store.readings.length).toBeGreaterThanOrEqual(session.stored);
      expect(store.readings.length + session.dropped.full).toBeGreaterThanOrEqual(sender.made.length);
      checkReadings(sender, store);
    });
  });
});

function datagramWorld(seed: number, restarts: boolean) {
  const parts = world('datagram', seed);
  const { time, random, collector, faults } = parts;
  faults.loss = random.pick([0, 0.02, 0.3]);
  faults.duplication = random.pick([0, 0.05, 0.3]);
  const { dial, reconnect } = datagramDial(time, random, collector, faults);
  const bufferReadings = random.pick([100, 100_000]);
  const sender = new SimulatedSender({
    form: 'datagram',
    time,
    random,
    dial,
    bufferReadings,
    wallUs: WALL_US,
  });
  if (restarts) {
    keepDoing(
      time,
      () => random.int(1, 8_000_000),
      () => {
        collector.restart();
        reconnect();
      },
    );
  }
  time.at(TROUBLE_US, () => Object.assign(faults, { loss: 0, duplication: 0 }));
  runSender(sender, time, random);
  sender.connect();
  return { ...parts, sender };
}

describe('a session over datagrams that are lost, repeated, late and reordered', () => {
  it('stores nothing twice, and sender and collector agree on what is stored and what is missing', () => {
    forEachSeed(seed => {
      const { time, store, sender, collector } = datagramWorld(seed, false);
      const { session } = sender;
      const check = (): void =>
        expectThat(session.stored <= store.readings.length, 'more is acknowledged than stored');
      time.runUntil(() => session.state === 'done', LIMITS, check);
      expect(sender.events.at(-1)).toEqual({ type: 'done' });
      // Datagrams that BYE has overtaken still come.
      let settled = false;
      time.after(2_000_000, () => {
        settled = true;
      });
      time.runUntil(() => settled, LIMITS, check);
      expect(collector.malformed).toBe(0);
      const { received, missing, late } = collector.session!.counters;
      expect(received).toBe(store.readings.length);
      expect(received + missing).toBe(session.readings);
      expect(session.stored).toBeGreaterThanOrEqual(received - late);
      checkReadings(sender, store);
    });
  });

  it('stores nothing twice and acknowledges nothing that is not stored when the collector is killed', () => {
    forEachSeed(seed => {
      const { time, store, sender } = datagramWorld(seed, true);
      const { session } = sender;
      time.runUntil(
        () => session.state === 'done',
        LIMITS,
        () => expectThat(session.stored <= store.readings.length, 'more is acknowledged than stored'),
      );
      expect(sender.events.at(-1)).toEqual({ type: 'done' });
      expect(store.readings.length).toBeLessThanOrEqual(session.readings);
      checkReadings(sender, store);
    });
  });
});
