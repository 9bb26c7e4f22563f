/**
 * Conversations in virtual time for tests of the dissector: telemetry, reliable UDP, one over the other.
 */
import { parseLinkSettings } from '../../src/link/settings-text.ts';
import type { Connection } from '../../src/rudp/connection.ts';
import { DEFAULT_PARAMETERS } from '../../src/rudp/parameters.ts';
import { DurableStore } from '../../src/testing/durable-store.ts';
import { type Message, stream } from '../../src/testing/messages.ts';
import type { Traffic } from '../../src/testing/rudp-messages.ts';
import { type Ending, Talker } from '../../src/testing/rudp-talker.ts';
import { type Application, type EndpointChoices, RudpWorld } from '../../src/testing/rudp-world.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { SimulatedCollector } from '../../src/testing/simulated-collector.ts';
import { datagramDial, type LinkFaults, StreamLink } from '../../src/testing/simulated-link.ts';
import { type Dial, SimulatedSender } from '../../src/testing/simulated-sender.ts';
import type { VirtualTime } from '../../src/testing/virtual-time.ts';
import { RudpRecord } from './dissector-compare.ts';
import { COLLECTOR_MESSAGES, EPOCH, SEED } from './dissector-messages.ts';

/** A sender and a collector in virtual time; `onlooker` sees what the sender says and hears. */
export function runMachines(
  form: 'stream' | 'datagram',
  time: VirtualTime,
  onlooker: (bytes: Uint8Array, isUp: boolean, connection: number) => void,
): void {
  const random = new SeededRandom(SEED);
  const store = new DurableStore(time, () => random.int(0, 30_000));
  const collector = new SimulatedCollector({ form, time, random, store, wallUs: EPOCH + 1_234 });
  const isDatagram = form === 'datagram';
  const faults: LinkFaults = {
    loss: isDatagram ? 0.1 : 0,
    duplication: isDatagram ? 0.1 : 0,
    delayUs: 5_000,
  };
  const streams = new StreamLink(time, random, collector, faults);
  const dial: Dial = isDatagram ? datagramDial(time, random, collector, faults).dial : streams.dial;
  let connections = 0;
  const sender = new SimulatedSender({
    form,
    time,
    random,
    bufferReadings: 10_000,
    wallUs: EPOCH,
    dial: (onReceive, onClose) => {
      const connection = ++connections;
      const inner = dial(bytes => {
        onlooker(bytes, false, connection);
        onReceive(bytes);
      }, onClose);
      return {
        send: bytes => {
          onlooker(bytes, true, connection);
          inner.send(bytes);
        },
        close: inner.close,
      };
    },
  });
  sender.connect();
  for (let index = 0; index < 60; index++) time.at(50_000 * index, () => sender.sample(20));
  if (!isDatagram) for (const ms of [700, 1_900]) time.at(ms * 1_000, () => streams.cut());
  time.at(4_000_000, () => sender.finish());
  time.runUntil(
    () => sender.session.state === 'done',
    { untilUs: 400_000_000, steps: 60_000 },
    () => undefined,
  );
}

export interface Conversation {
  readonly link: string;
  readonly sizes: Traffic['sizes'];
  readonly messages: number;
  readonly channels: readonly number[];
  readonly gapUs: number;
  readonly ending: Ending;
  readonly moves?: boolean;
  readonly choices?: EndpointChoices;
}

/** A client and a server that talk, over a link that is not always good. */
export function converse(seed: number, conversation: Conversation): RudpRecord {
  const { link, sizes, messages, channels, gapUs, ending, choices = {} } = conversation;
  const record = new RudpRecord();
  const world = new RudpWorld(seed, EPOCH, choices);
  const settings = parseLinkSettings(link);
  const path = world.addClient(settings, settings, seed, choices);
  const traffic = (side: number): Traffic => ({ seed: seed * 4 + side, messages, sizes, channels });
  const plan = (side: number, end: Ending) => ({
    sends: traffic(side),
    expects: traffic(3 - side),
    startUs: EPOCH,
    gapUs,
    burst: 2,
    ending: end,
  });
  const talkers: Talker[] = [];
  const join = (talker: Talker): Talker => {
    talkers.push(talker);
    return talker;
  };
  world.server.onConnection = connection => join(new Talker(connection, plan(2, ending)));
  path.host.connect(connection => join(new Talker(connection, plan(1, ending))));
  world.onlookers.push((bytes, from, to) => record.add(bytes, world.nowUs, from.address, to));
  if (conversation.moves) world.at(EPOCH + 300_000, () => world.move(path, 'elsewhere'));
  world.runUntil(() => talkers.length === 2 && talkers.every(({ closed }) => closed !== undefined), {
    untilUs: EPOCH + 100_000_000,
    steps: 100_000,
  });
  return record;
}

export const CONVERSATIONS: Readonly<Record<string, Conversation>> = {
  'sensors over a link that loses': {
    link: 'delay=20ms,loss=8%',
    sizes: 'tiny',
    messages: 800,
    channels: [0, 1, 63, 64, 65, 128, 191],
    gapUs: 5_000,
    ending: 'end',
  },
  'large messages': {
    link: 'delay=10ms,loss=2%,rate=50mbit,queue=100',
    sizes: 'large',
    messages: 12,
    channels: [0, 64],
    gapUs: 20_000,
    ending: 'end',
    choices: {
      parameters: { ...DEFAULT_PARAMETERS, maxData: 1_100_000, ackDelayMs: 25, largestDatagram: 9_000 },
    },
  },
  'a client that moves': {
    link: 'delay=20ms,loss=2%',
    sizes: 'mixed',
    messages: 80,
    channels: [0],
    gapUs: 10_000,
    ending: 'abort',
    moves: true,
    choices: { repair: 1, keepAliveUs: 200_000 },
  },
};

/** Sends what it has to say at an even pace, and reads what comes. */
class Carrier implements Application {
  nextUs: number | undefined = EPOCH;
  isClosed = false;
  readonly #connection: Connection;
  readonly #pieces: readonly Uint8Array[];
  readonly #closes: boolean;
  #sent = 0;

  constructor(connection: Connection, pieces: readonly Uint8Array[], closes: boolean) {
    this.#connection = connection;
    this.#pieces = pieces;
    this.#closes = closes;
  }

  run(nowUs: number): void {
    const connection = this.#connection;
    while (connection.pollMessage() !== undefined);
    for (let event = connection.pollEvent(); event !== undefined; event = connection.pollEvent())
      this.isClosed ||= event.type === 'closed';
    if (this.isClosed) this.nextUs = undefined;
    if (this.nextUs === undefined || nowUs < this.nextUs) return;
    const piece = this.#pieces[this.#sent++];
    if (piece !== undefined) connection.send(piece, nowUs, 0);
    else if (this.#closes) connection.close();
    this.nextUs = piece === undefined ? undefined : nowUs + 4_000;
  }
}

/** A sender and a collector over reliable UDP: each message of telemetry is a message of its own. */
export function carry(messages: readonly Message[]): RudpRecord {
  const record = new RudpRecord();
  const world = new RudpWorld(SEED, EPOCH);
  const settings = parseLinkSettings('delay=5ms,loss=3%');
  const path = world.addClient(settings, settings, SEED);
  const carriers: Carrier[] = [];
  const carrier = (connection: Connection, own: readonly Message[], closes: boolean): Carrier => {
    const made = new Carrier(
      connection,
      own.map(message => stream(message)),
      closes,
    );
    carriers.push(made);
    return made;
  };
  world.server.onConnection = connection => carrier(connection, COLLECTOR_MESSAGES, false);
  path.host.connect(connection => carrier(connection, messages, true));
  world.onlookers.push((bytes, from, to) => record.add(bytes, world.nowUs, from.address, to));
  world.runUntil(() => carriers.length === 2 && carriers.every(({ isClosed }) => isClosed), {
    untilUs: EPOCH + 100_000_000,
    steps: 100_000,
  });
  return record;
}
