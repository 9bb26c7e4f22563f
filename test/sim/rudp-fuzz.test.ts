/**
 * Reliable UDP against datagrams that no honest peer sends. Nothing throws, the bounds hold, what leaves is in order
 * (the simulated hosts check that), and where nobody knows the connection, it goes on as if nothing had come.
 */
import { describe, expect, it } from 'vitest';
import { parseLinkSettings } from '../../src/link/settings-text.ts';
import type { Connection } from '../../src/rudp/connection.ts';
import type { Traffic } from '../../src/testing/rudp-messages.ts';
import { damagedCopy, randomDatagram, wildPacket } from '../../src/testing/rudp-noise.ts';
import { Talker } from '../../src/testing/rudp-talker.ts';
import { type Application, RudpWorld, SERVER } from '../../src/testing/rudp-world.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';

const { SEED } = process.env;
const START_US = 1_000_000;
const PATH = parseLinkSettings('delay=5ms,loss=2%');

function forEachSeed(count: number, run: (seed: number) => void): void {
  const seeds = SEED === undefined ? Array.from({ length: count }, (_, seed) => seed) : [Number(SEED)];
  for (const seed of seeds) {
    try {
      run(seed);
    } catch (error) {
      throw new Error(`SEED=${seed}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  }
}

/** Sends now and then, takes whatever comes, and does not care. */
class Careless implements Application {
  readonly connection: Connection;
  readonly #random: SeededRandom;
  nextUs: number | undefined = START_US;
  isClosed = false;

  constructor(connection: Connection, random: SeededRandom) {
    this.connection = connection;
    this.#random = random;
  }

  run(nowUs: number): void {
    const { connection } = this;
    let got = connection.pollMessage();
    while (got !== undefined) got = connection.pollMessage();
    for (let event = connection.pollEvent(); event !== undefined; event = connection.pollEvent())
      this.isClosed ||= event.type === 'closed';
    const { bytesHeld, packetsUnderWay, bytesWaiting } = connection.statistics;
    if (bytesHeld > 4 * 2 ** 20 || packetsUnderWay > 16_384 || bytesWaiting > 5 * 2 ** 20)
      throw new Error(
        `${bytesHeld} bytes held, ${packetsUnderWay} packets under way, ${bytesWaiting} bytes wait`,
      );
    if (this.nextUs === undefined || nowUs < this.nextUs) return;
    this.nextUs = this.isClosed ? undefined : nowUs + 3_000;
    const channel = this.#random.pick([0, 0, 64, 128]);
    if (!connection.isFull) connection.send(new Uint8Array(this.#random.int(0, 900)), nowUs, channel);
  }
}

describe('datagrams by chance', () => {
  it('do nothing to a connection whose id they do not name', () => {
    forEachSeed(60, seed => {
      const random = new SeededRandom(seed);
      const world = new RudpWorld(seed, START_US);
      const path = world.addClient(PATH, PATH, seed);
      const traffic = (side: number): Traffic => ({
        seed: seed + side,
        messages: 200,
        sizes: 'tiny',
        channels: [0],
      });
      const talkers: Talker[] = [];
      const plan = (sends: number, expects: number) => ({
        sends: traffic(sends),
        expects: traffic(expects),
        startUs: START_US,
        gapUs: 5_000,
        burst: 1,
        ending: 'end' as const,
      });
      const talk = (connection: Connection, sends: number, expects: number): Talker => {
        const talker = new Talker(connection, plan(sends, expects));
        talkers.push(talker);
        return talker;
      };
      world.server.onConnection = connection => talk(connection, 2, 1);
      path.host.connect(connection => talk(connection, 1, 2));
      for (let index = 0; index < 300; index++) {
        const atUs = START_US + random.int(0, 1_200_000);
        const [target, from] = random.chance(0.5) ? [world.server, path.host.address] : [path.host, SERVER];
        const source = random.chance(0.5) ? from : 'stranger';
        world.at(atUs, () => world.inject(randomDatagram(random), source, target));
      }
      world.runUntil(() => talkers.length === 2 && talkers.every(({ closed }) => closed !== undefined), {
        untilUs: START_US + 60_000_000,
        steps: 100_000,
      });
      for (const talker of talkers) expect(talker.check.count).toBe(200);
    });
  });
});

describe('datagrams of a peer that is out of its mind, or of somebody who changes them', () => {
  it('never throw, break no bound and end in a connection that is open or closed', () => {
    let closed = 0;
    forEachSeed(400, seed => {
      const random = new SeededRandom(seed);
      const repair = random.pick(['auto', 'off', 1] as const);
      const world = new RudpWorld(seed, START_US, { repair });
      const path = world.addClient(PATH, PATH, seed, { repair });
      const careless: Careless[] = [];
      const begin = (connection: Connection): Careless => {
        careless.push(new Careless(connection, random));
        return careless.at(-1) as Careless;
      };
      world.server.onConnection = begin;
      path.host.connect(begin);
      let before = new Uint8Array(0);
      world.onlookers.push((bytes, from, to) => {
        const target = to === SERVER ? world.server : path.host;
        const source = random.chance(0.7) ? from.address : 'stranger';
        if (random.chance(0.1)) {
          const noise = damagedCopy(random, bytes, before);
          world.at(world.nowUs + random.pick([1, 4_999, 20_000]), () => world.inject(noise, source, target));
        }
        before = bytes.slice();
      });
      for (let index = 0; index < 20; index++) {
        world.at(START_US + random.int(0, 500_000), () => {
          const victim = random.pick(careless);
          const target = path.host.applications.has(victim.connection) ? path.host : world.server;
          const source = target === path.host ? SERVER : path.host.address;
          world.inject(wildPacket(random, victim.connection.localId), source, target);
        });
      }
      world.runFor(600_000);
      closed += careless.filter(({ isClosed }) => isClosed).length;
    });
    if (SEED === undefined) expect(closed).toBeGreaterThan(100);
  });

  it('which a link without checksums lets through end the same way', () => {
    forEachSeed(100, seed => {
      const random = new SeededRandom(seed);
      const settings = parseLinkSettings('delay=5ms,corrupt=5%,checksum=off');
      const world = new RudpWorld(seed, START_US, { repair: 1 });
      world.letsDamageThrough = true;
      const path = world.addClient(settings, settings, seed, { repair: 1 });
      const begin = (connection: Connection): Careless => new Careless(connection, random);
      world.server.onConnection = begin;
      path.host.connect(begin);
      world.runFor(2_000_000);
    });
  });
});
