/**
 * Reliable UDP where one thing is extreme: sizes, times, losses, or a peer that does not read. In virtual time.
 */
import { describe, expect, it } from 'vitest';
import type { LinkSettings } from '../../src/link/settings.ts';
import { parseLinkSettings } from '../../src/link/settings-text.ts';
import type { Connection } from '../../src/rudp/connection.ts';
import type { ConnectionEvent } from '../../src/rudp/connection-events.ts';
import { isLong } from '../../src/rudp/long-packets.ts';
import { LINK_KINDS } from '../../src/testing/rudp-links.ts';
import type { Traffic } from '../../src/testing/rudp-messages.ts';
import { Talker, type TalkerPlan } from '../../src/testing/rudp-talker.ts';
import {
  type Application,
  type EndpointChoices,
  type Path,
  RudpWorld,
} from '../../src/testing/rudp-world.ts';

const START_US = 5_000_000;
const NOTHING: Traffic = { seed: 1, messages: 0, sizes: 'thin', channels: [0] };
const LIMITS = { untilUs: START_US + 3_600_000_000, steps: 2_000_000 };

interface Case {
  readonly up: Partial<LinkSettings>;
  readonly down?: Partial<LinkSettings>;
  readonly sends: Partial<Traffic>;
  readonly gapUs?: number;
  readonly choices?: EndpointChoices;
  readonly ofServer?: EndpointChoices;
  readonly pause?: TalkerPlan['pause'];
  /** Latency of each message is told. */
  readonly onDelivered?: (nowUs: number) => void;
}

/** A client that sends and closes, and a server that takes what comes. */
class Transfer {
  readonly world: RudpWorld;
  readonly path: Path;
  readonly client: Talker;
  server: Talker | undefined;

  constructor({
    up,
    down = up,
    sends,
    gapUs = 0,
    choices = {},
    ofServer = choices,
    pause,
    onDelivered,
  }: Case) {
    this.world = new RudpWorld(1, START_US, ofServer);
    this.path = this.world.addClient(up, down, 1, choices);
    const traffic: Traffic = { ...NOTHING, seed: 7, ...sends };
    const base = { startUs: START_US, gapUs, burst: 1 };
    this.world.server.onConnection = connection => {
      this.server = new Talker(
        connection,
        { ...base, sends: NOTHING, expects: traffic, ending: 'wait', pause },
        onDelivered === undefined ? undefined : (_channel, _bytes, nowUs) => onDelivered(nowUs),
      );
      return this.server;
    };
    let client: Talker | undefined;
    this.path.host.connect(connection => {
      client = new Talker(connection, { ...base, sends: traffic, expects: NOTHING, ending: 'close' });
      return client;
    });
    this.client = client as unknown as Talker;
  }

  /** Until both ends have closed: how long that took, in microseconds. */
  run(): number {
    this.world.runUntil(() => this.client.closed !== undefined && this.server?.closed !== undefined, LIMITS);
    expect(this.client.closed).toMatchObject({ code: 0, byPeer: false });
    expect(this.server?.closed).toMatchObject({ code: 0, byPeer: true });
    expect(this.server?.check.count).toBe(this.client.sent);
    return this.world.nowUs - START_US;
  }
}

describe('messages', () => {
  it('of a mebibyte cross a path that loses and reorders, in all kinds of channels', () => {
    const up = parseLinkSettings('delay=10ms,jitter=5ms,reorder_ok=1,loss=3%,rate=100mbit,queue=200');
    const transfer = new Transfer({ up, sends: { messages: 8, sizes: 'huge', channels: [0, 1, 64] } });
    expect(transfer.run()).toBeLessThan(10_000_000);
  });

  it('are more packets than two bytes can number, and some come late and twice', { timeout: 60_000 }, () => {
    const up = parseLinkSettings('delay=1ms,loss=0.1%,dup=1%,reorder=1%:30ms');
    const down = parseLinkSettings('delay=1ms');
    const sends = { messages: 70_000, sizes: 'tiny' as const };
    const transfer = new Transfer({ up, down, sends, gapUs: 2_500 });
    transfer.run();
    expect(transfer.client.connection.statistics.packetsSent).toBeGreaterThan(65_536);
  });

  it('are a million in a few seconds', { timeout: 60_000 }, () => {
    const up = parseLinkSettings('delay=5ms,loss=1%,rate=200mbit,queue=1000');
    const transfer = new Transfer({ up, sends: { messages: 1_000_000, sizes: 'tiny' } });
    expect(transfer.run()).toBeLessThan(10_000_000);
  });
});

describe('a handshake', () => {
  it.each([1, 2, 3, 4, 5])('survives the loss of %i datagrams in a row each way', lost => {
    const dropNumbers = Array.from({ length: lost }, (_, number) => number);
    const up = { delayUs: 15_000, dropNumbers };
    const transfer = new Transfer({ up, sends: { messages: 10 }, gapUs: 1_000 });
    expect(transfer.run()).toBeLessThan(9_000_000);
  });

  it('with a satellite, or farther, needs no patience beyond the round trip', () => {
    const transfer = new Transfer({ up: { delayUs: 2_000_000 }, sends: { messages: 10 }, gapUs: 1_000 });
    expect(transfer.run()).toBeLessThan(20_000_000);
  });
});

describe('a path whose largest packet shrinks', () => {
  it('is found out, and the rest goes in packets that it takes', () => {
    const up = parseLinkSettings('delay=10ms,rate=50mbit,queue=100');
    const transfer = new Transfer({ up, sends: { messages: 40, sizes: 'huge' } });
    const { world, path } = transfer;
    let largest = 0;
    world.onlookers.push((bytes, from) => {
      if (from === path.host && !isLong(bytes)) largest = Math.max(largest, bytes.length);
    });
    let largestBefore = 0;
    world.at(START_US + 300_000, () => {
      largestBefore = largest;
      path.up.change({ mtuBytes: 1_228 });
    });
    world.at(START_US + 600_000, () => {
      largest = 0;
    });
    expect(transfer.run()).toBeGreaterThan(2_000_000);
    expect(largestBefore).toBe(1_472);
    expect(path.up.counters.tooLarge).toBeGreaterThan(0);
    expect(path.up.counters.tooLarge).toBeLessThan(400);
    expect(largest).toBeLessThanOrEqual(1_200);
  });

  it('is probed no more than three times where it takes no more than the least', () => {
    const up = parseLinkSettings('delay=10ms,rate=50mbit,queue=100,mtu=1228');
    const transfer = new Transfer({ up, sends: { messages: 8, sizes: 'huge' } });
    transfer.run();
    expect(transfer.path.up.counters.tooLarge).toBe(3);
    // A probe that is lost is no congestion.
    expect(transfer.client.connection.statistics.lost).toBe(transfer.path.up.counters.queueDropped);
  });
});

describe('an application that does not read', () => {
  it('holds no more than its window, and goes on minutes later where it was', () => {
    const fromUs = START_US;
    const untilUs = START_US + 200_000_000;
    const up = parseLinkSettings('delay=10ms,loss=2%,rate=50mbit,queue=100');
    const transfer = new Transfer({
      up,
      sends: { messages: 700, sizes: 'large' },
      pause: { fromUs, untilUs },
    });
    const { world } = transfer;
    world.runFor(100_000_000);
    const { statistics } = transfer.server?.connection ?? {};
    expect(statistics?.bytesHeld).toBeGreaterThan(3 * 2 ** 20);
    expect(statistics?.bytesHeld).toBeLessThanOrEqual(4 * 2 ** 20);
    expect(transfer.client.connection.statistics.packetsUnderWay).toBe(0);
    expect(transfer.run()).toBeLessThan(210_000_000);
  });
});

describe('a thin stream', () => {
  it('is delivered within the round trip of a bad path, sooner than any repetition could', () => {
    const latenciesUs: number[] = [];
    const up = parseLinkSettings('delay=20ms,loss=5%');
    const transfer = new Transfer({
      up,
      sends: { messages: 6_000 },
      gapUs: 10_000,
      onDelivered: nowUs => latenciesUs.push(nowUs - START_US - latenciesUs.length * 10_000),
    });
    transfer.run();
    // Those of the handshake waited for it.
    const sorted = latenciesUs.slice(50).sort((a, b) => a - b);
    expect(sorted[Math.floor(sorted.length * 0.99)]).toBeLessThanOrEqual(35_000);
    const { bytesSent, packetsSent } = transfer.client.connection.statistics;
    const back = transfer.server?.connection.statistics;
    const wire = bytesSent + 28 * packetsSent + (back?.bytesSent ?? 0) + 28 * (back?.packetsSent ?? 0);
    expect(wire / 6_000).toBeLessThanOrEqual(118);
  });

  it('over a path that loses more than 40 % for seconds is one packet a round trip', () => {
    const up = parseLinkSettings('delay=100ms,loss=60%');
    const down = parseLinkSettings('delay=100ms');
    const transfer = new Transfer({ up, down, sends: { messages: 3_000 }, gapUs: 10_000 });
    const { world, client } = transfer;
    world.runFor(10_000_000);
    const before = client.connection.statistics.packetsSent;
    world.runFor(10_000_000);
    const packets = client.connection.statistics.packetsSent - before;
    expect(packets).toBeLessThanOrEqual(60);
    expect(packets).toBeGreaterThan(20);
    world.at(world.nowUs, () => transfer.path.up.change({ loss: 0 }));
    transfer.run();
  });

  it('is kept alive for an hour where nothing is said', () => {
    const transfer = new Transfer({
      up: { delayUs: 10_000 },
      sends: { messages: 2 },
      gapUs: 3_000_000_000,
      choices: { keepAliveUs: 15_000_000 },
      ofServer: {},
    });
    transfer.run();
    // A PING and its acknowledgement each quarter of a minute.
    expect(transfer.client.connection.statistics.packetsSent).toBeLessThan(220);
  });
});

type OnEvent = (event: ConnectionEvent, nowUs: number) => void;

/** Takes what comes, and does one thing when it learns something. */
class Listener implements Application {
  readonly nextUs = undefined;
  readonly connection: Connection;
  readonly #onEvent: OnEvent;
  closed: Extract<ConnectionEvent, { type: 'closed' }> | undefined;

  constructor(connection: Connection, onEvent: OnEvent = () => undefined) {
    this.connection = connection;
    this.#onEvent = onEvent;
  }

  run(nowUs: number): void {
    const { connection } = this;
    while (connection.pollMessage() !== undefined);
    for (let event = connection.pollEvent(); event !== undefined; event = connection.pollEvent()) {
      if (event.type === 'closed') this.closed = event;
      this.#onEvent(event, nowUs);
    }
  }
}

describe('a client that breaks off before it was accepted', () => {
  it('does not leave the server waiting, over a path that loses a fifth', () => {
    const seeds = 200;
    const path = parseLinkSettings('delay=20ms,loss=20%');
    let [accepted, told] = [0, 0];
    for (let seed = 0; seed < seeds; seed++) {
      const world = new RudpWorld(seed, START_US);
      const { host } = world.addClient(path, path, seed);
      let server: Listener | undefined;
      world.server.onConnection = connection => {
        server = new Listener(connection);
        return server;
      };
      const breakOff = (connection: Connection, nowUs: number): void =>
        // Between its INIT and the ACCEPT that answers it.
        world.at(nowUs + 30_000, () => {
          connection.abort(2, 'enough', world.nowUs);
          host.run();
        });
      host.connect(connection => {
        connection.send(Uint8Array.of(1), START_US);
        return new Listener(connection, ({ type }, nowUs) => {
          if (type === 'validated') breakOff(connection, nowUs);
        });
      });
      world.runFor(15_000_000);
      if (server === undefined) continue;
      accepted++;
      if (server.closed?.code === 2 && server.closed.byPeer) told++;
    }
    expect(accepted).toBeGreaterThan(seeds / 2);
    // All of five INITs and what they are answered with are lost for one in thousands.
    expect(told).toBe(accepted);
  });
});

describe('a server', () => {
  it('that was killed and started again is noticed within a second, though it can prove nothing', () => {
    for (let seed = 0; seed < 50; seed++) {
      const world = new RudpWorld(seed, START_US);
      const link = parseLinkSettings('delay=20ms,loss=5%');
      const { host } = world.addClient(link, link, seed);
      world.server.onConnection = connection => new Listener(connection);
      const sends: Traffic = { ...NOTHING, seed, messages: 1_000 };
      let client: Talker | undefined;
      host.connect(connection => {
        client = new Talker(connection, {
          sends,
          expects: NOTHING,
          startUs: START_US,
          gapUs: 10_000,
          burst: 1,
          ending: 'close',
        });
        return client;
      });
      const killedUs = START_US + 1_000_000;
      world.at(killedUs, () => world.server.restart(seed));
      world.runUntil(() => client?.closed !== undefined, LIMITS);
      expect(client?.closed).toMatchObject({ code: 3, byPeer: true });
      expect(world.nowUs - killedUs).toBeLessThan(1_000_000);
    }
  });

  it('serves clients over all kinds of links at once, each as if it were alone', { timeout: 60_000 }, () => {
    const world = new RudpWorld(9, START_US);
    const talkers: Talker[] = [];
    const traffic = (seed: number): Traffic => ({ seed, messages: 150, sizes: 'tiny', channels: [0] });
    const plan = { startUs: START_US, gapUs: 4_000, burst: 1, ending: 'end' as const };
    const paths = LINK_KINDS.map(({ up, down }, index) => world.addClient(up, down, index));
    world.server.onConnection = connection => {
      const client = paths.findIndex(({ host }) => host.address === connection.path);
      talkers.push(new Talker(connection, { ...plan, sends: traffic(-client), expects: traffic(client) }));
      return talkers.at(-1) as Talker;
    };
    paths.forEach(({ host }, client) => {
      host.connect(connection => {
        talkers.push(new Talker(connection, { ...plan, sends: traffic(client), expects: traffic(-client) }));
        return talkers.at(-1) as Talker;
      });
    });
    world.runUntil(
      () => talkers.length === 2 * paths.length && talkers.every(({ closed }) => closed !== undefined),
      LIMITS,
    );
    for (const talker of talkers) {
      expect(talker.closed?.code).toBe(0);
      expect(talker.check.count).toBe(150);
    }
  });
});
