/**
 * One simulated conversation that follows from its seed: a link, faults, what both ends send, and how it ends.
 */
import { CLOSE_CODE, type ConnectionStatistics } from '../rudp/connection-events.ts';
import { FrameReader } from '../rudp/frame-reader.ts';
import { FRAME } from '../rudp/layout.ts';
import { isLong } from '../rudp/long-packets.ts';
import { DEFAULT_PARAMETERS } from '../rudp/parameters.ts';
import type { RepairOption } from '../rudp/repair-policy.ts';
import { LINK_KINDS, type LinkKind } from './rudp-links.ts';
import type { Sizes, Traffic } from './rudp-messages.ts';
import { ABORT_CODE, ABORT_REASON, Talker, type TalkerPlan } from './rudp-talker.ts';
import { toldPacket } from './rudp-told.ts';
import { type Path, RudpWorld, SERVER } from './rudp-world.ts';
import { SeededRandom } from './seeded-random.ts';

/** Faults end so long after the start; then the link is clean, so that everything can end well. */
const TROUBLE_US = 20_000_000;
/** On the simulated clock, after the start. */
const LIMIT_US = 900_000_000;
const MOST_STEPS = 400_000;

type Fault = 'none' | 'blackouts' | 'moves' | 'smaller packets' | 'replays' | 'silence';
type Workload = 'thin' | 'sensors' | 'burst' | 'bulk of small' | 'large' | 'huge' | 'nothing';

export interface Outcome {
  readonly kind: LinkKind;
  readonly description: string;
  readonly messages: number;
  readonly datagrams: number;
  readonly steps: number;
  readonly simulatedUs: number;
  readonly client: ConnectionStatistics;
  readonly server: ConnectionStatistics | undefined;
  /** Packets and frames that left, by name, and how often. */
  readonly seen: ReadonlyMap<string, number>;
}

/**
 * Runs one.
 * @param trace is told each datagram
 * @throws Error where an invariant breaks
 */
export function runScenario(seed: number, trace?: (line: string) => void): Outcome {
  return new Scenario(seed, trace).run();
}

class Scenario {
  readonly #seed: number;
  readonly #random: SeededRandom;
  readonly #kind: LinkKind;
  readonly #fault: Fault;
  readonly #startUs: number;
  readonly #world: RudpWorld;
  readonly #path: Path;
  readonly #plans: { readonly client: TalkerPlan; readonly server: TalkerPlan };
  readonly #description: string;
  #replays = 0;

  constructor(seed: number, trace: ((line: string) => void) | undefined) {
    const random = new SeededRandom(seed);
    this.#seed = seed;
    this.#random = random;
    this.#kind = LINK_KINDS[seed % LINK_KINDS.length] as LinkKind;
    this.#fault = random.pick<Fault>([
      'none',
      'none',
      'none',
      'blackouts',
      'moves',
      'smaller packets',
      'replays',
      'silence',
    ]);
    this.#startUs = random.pick([0, 1, 123_456_789, 1_800_000_000_000_000, 2 ** 52]);
    const repair = random.pick<RepairOption>(['auto', 'auto', 'auto', 'off', 0.5, 1]);
    // A client whose address changes has to say something from the new one.
    const keepAliveUs = this.#fault === 'moves' ? 500_000 : random.pick([0, 0, 700_000]);
    const parameters = {
      ...DEFAULT_PARAMETERS,
      // The least that takes any message, and a little: MAX_DATA then has to be raised all the time.
      maxData: random.pick([DEFAULT_PARAMETERS.maxData, 1_100_000]),
      ackDelayMs: random.pick([80, 80, 0, 25]),
      largestDatagram: random.pick([1_472, 1_472, 1_200, 9_000]),
    };
    const choices = { repair, keepAliveUs, parameters };
    this.#world = new RudpWorld(seed, this.#startUs, choices);
    this.#path = this.#world.addClient(this.#kind.up, this.#kind.down, seed, choices);
    this.#plans = this.#makePlans();
    if (trace !== undefined) {
      this.#world.onlookers.push((bytes, from, to) => {
        const ms = (this.#world.nowUs - this.#startUs) / 1_000;
        trace(`${ms.toFixed(3)} ms  ${from.address} > ${to}  ${bytes.length} B  ${toldPacket(bytes)}`);
      });
    }
    const { client, server } = this.#plans;
    this.#description = `${this.#kind.name}, ${this.#fault}, repair ${repair}, client ${described(client)}, server ${described(server)}`;
  }

  run(): Outcome {
    const world = this.#world;
    let serverTalker: Talker | undefined;
    let clientTalker: Talker | undefined;
    world.server.onConnection = connection => {
      if (serverTalker !== undefined) throw new Error('a second connection for one client');
      serverTalker = new Talker(connection, this.#plans.server);
      return serverTalker;
    };
    this.#path.host.connect(connection => {
      clientTalker = new Talker(connection, this.#plans.client);
      return clientTalker;
    });
    this.#planFaults();
    try {
      const limits = { untilUs: this.#startUs + LIMIT_US, steps: MOST_STEPS };
      world.runUntil(
        () => this.#isOver(clientTalker, serverTalker),
        limits,
        () => {
          checkBounds(clientTalker);
          checkBounds(serverTalker);
        },
      );
      if (clientTalker === undefined) throw new Error('nobody came');
      if (serverTalker !== undefined) this.#checkAgreement(clientTalker, serverTalker);
      else this.#checkAlone(clientTalker);
      return this.#outcome(clientTalker, serverTalker);
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error);
      throw new Error(
        `SEED=${this.#seed} (${this.#description}) at ${world.nowUs - this.#startUs} µs: ${what}`,
        {
          cause: error,
        },
      );
    }
  }

  #isOver(client: Talker | undefined, server: Talker | undefined): boolean {
    // Who aborts or gives up before the server knows leaves nobody behind.
    const isAlone =
      server === undefined &&
      (client?.plan.ending === 'abort' || client?.closed?.code === CLOSE_CODE.noAnswer);
    if (client?.closed === undefined || (server?.closed === undefined && !isAlone)) return false;
    return this.#world.server.endpoint.connections === 0 && this.#path.host.endpoint.connections === 0;
  }

  #outcome(client: Talker, server: Talker | undefined): Outcome {
    const [up, down] = [client.connection.statistics, server?.connection.statistics];
    return {
      kind: this.#kind,
      description: this.#description,
      messages: client.check.count + (server?.check.count ?? 0),
      datagrams: up.packetsSent + (down?.packetsSent ?? 0),
      steps: this.#world.steps,
      simulatedUs: this.#world.nowUs - this.#startUs,
      client: up,
      server: down,
      seen: new Map([...this.#path.host.watch.seen, ...this.#world.server.watch.seen]),
    };
  }

  // What both ends do.

  #makePlans(): { readonly client: TalkerPlan; readonly server: TalkerPlan } {
    const random = this.#random;
    const sends = this.#makeTraffic(1);
    const answers = this.#makeTraffic(2);
    const [clientEnd, serverEnd] = random.pick<readonly [TalkerPlan['ending'], TalkerPlan['ending']]>([
      ['end', 'end'],
      ['end', 'end'],
      ['end', 'end'],
      ['close', 'wait'],
      ['wait', 'close'],
      ['close', 'close'],
      ['abort', 'wait'],
      ['wait', 'abort'],
    ]);
    return {
      client: this.#makePlan(sends, answers, clientEnd),
      server: this.#makePlan(answers, sends, serverEnd),
    };
  }

  #makePlan(
    sends: Traffic & { readonly gapUs: number; readonly burst: number },
    expects: Traffic,
    ending: TalkerPlan['ending'],
  ): TalkerPlan {
    const random = this.#random;
    const startUs = this.#startUs + random.pick([0, 0, 50_000, 2_000_000]);
    const fromUs = this.#startUs + random.int(0, 3_000_000);
    const pause = random.chance(0.2) ? { fromUs, untilUs: fromUs + random.int(1, 5_000_000) } : undefined;
    return { sends, expects, startUs, gapUs: sends.gapUs, burst: sends.burst, ending, pause };
  }

  #makeTraffic(side: number): Traffic & { readonly gapUs: number; readonly burst: number } {
    const random = this.#random;
    const isFast = !this.#kind.isSlow && !this.#kind.isTerrible;
    const workload = random.pick<Workload>([
      'thin',
      'thin',
      'sensors',
      'sensors',
      'burst',
      'bulk of small',
      'nothing',
      ...(isFast ? (['large', 'bulk of small'] as const) : []),
      ...(isFast && random.chance(0.2) ? (['huge'] as const) : []),
    ]);
    const channels = random.pick([[0], [0], [0], [0, 1, 63], [0, 64, 65], [0, 128, 191], [0, 1, 64, 128]]);
    const made = (messages: number, sizes: Sizes, gapUs: number, burst: number) => ({
      seed: this.#seed * 4 + side,
      messages,
      sizes,
      channels,
      gapUs,
      burst,
    });
    switch (workload) {
      case 'thin':
        return made(
          random.int(20, 150),
          random.pick<Sizes>(['thin', 'tiny', 'mixed']),
          random.pick([10_000, 2_000, 100_000]),
          1,
        );
      case 'sensors':
        return made(
          random.int(100, 600),
          random.pick<Sizes>(['thin', 'tiny']),
          random.pick([500, 5_000]),
          random.int(1, 10),
        );
      case 'burst':
        return made(random.int(1, 80), 'mixed', random.pick([1_000, 300_000]), random.int(2, 40));
      case 'bulk of small':
        return made(isFast ? random.int(500, 3_000) : 200, random.pick<Sizes>(['thin', 'tiny']), 0, 1);
      case 'large':
        return made(random.int(1, 25), 'large', 0, 1);
      case 'huge':
        return made(random.int(1, 3), 'huge', 0, 1);
      case 'nothing':
        return made(0, 'thin', 0, 1);
    }
  }

  // Faults.

  #planFaults(): void {
    const world = this.#world;
    const random = this.#random;
    const { up, down } = this.#path;
    const when = (): number => this.#startUs + random.int(0, 5_000_000);
    world.at(this.#startUs + TROUBLE_US, () => {
      for (const link of [up, down])
        link.change({
          loss: 0,
          burstLoss: undefined,
          outages: undefined,
          corruption: 0,
          reordering: undefined,
        });
    });
    switch (this.#fault) {
      case 'blackouts':
        for (const link of [up, down]) {
          const fromUs = when();
          link.change({ blackouts: [[fromUs, fromUs + random.int(1, 3_000_000)]] });
        }
        break;
      case 'silence': {
        const fromUs = when();
        const blackouts = [[fromUs, fromUs + random.int(1_000_000, 8_000_000)]] as const;
        up.change({ blackouts });
        down.change({ blackouts });
        break;
      }
      case 'moves':
        for (let index = 0; index < random.int(1, 4); index++) {
          const address = `moved ${index}`;
          const isReachable = random.chance(0.7);
          const atUs = when();
          world.at(atUs, () => world.move(this.#path, address, isReachable));
          // Nobody lives for ever where no answer comes.
          if (!isReachable) {
            world.at(atUs + random.int(1, 3_000_000), () => world.move(this.#path, `${address} again`));
          }
        }
        break;
      case 'smaller packets':
        world.at(when(), () => {
          for (const link of [up, down]) link.change({ mtuBytes: 1_228 });
        });
        break;
      case 'replays':
        this.#planReplays();
        break;
      case 'none':
    }
  }

  /** Somebody sees everything, and sends it again from elsewhere, or as if from there. */
  #planReplays(): void {
    const world = this.#world;
    const random = this.#random;
    world.onlookers.push((bytes, from, to) => {
      if (this.#replays > 300 || !random.chance(0.2)) return;
      this.#replays++;
      // Who carries challenges and answers to and fro is a part of the path, and not the attacker that is meant here.
      if (isResponse(bytes)) return;
      const target = to === SERVER ? world.server : this.#path.host;
      const source = random.chance(0.5) ? `attacker ${random.int(1, 3)}` : from.address;
      world.at(world.nowUs + random.pick([1, 1_000, 30_000, 12_000_000]), () =>
        world.inject(bytes, source, target),
      );
    });
  }

  // The end.

  #checkAgreement(client: Talker, server: Talker): void {
    this.#checkClosed(client, server, 'client');
    this.#checkClosed(server, client, 'server');
    this.#checkDelivered(client, server, 'server');
    this.#checkDelivered(server, client, 'client');
  }

  #checkAlone({ closed, plan }: Talker): void {
    const { code } = closed as NonNullable<Talker['closed']>;
    if (code === ABORT_CODE && plan.ending === 'abort') return;
    if (code !== CLOSE_CODE.noAnswer || !this.#canFailToConnect)
      throw new Error(`closed with ${code}, alone`);
  }

  #checkClosed(own: Talker, peer: Talker, name: string): void {
    const { code, reason, byPeer } = own.closed as NonNullable<Talker['closed']>;
    const aborts = [own.plan.ending, peer.plan.ending].includes('abort');
    const told = `${name} closed with ${code} "${reason}"`;
    if (code === CLOSE_CODE.protocol) throw new Error(told);
    if (code === CLOSE_CODE.noAnswer && this.#canFailToConnect) return;
    if (own.closed !== undefined && byPeer && code === CLOSE_CODE.done && !peer.hasFinished)
      throw new Error(`${told}, which the peer did not ask for`);
    if (aborts && code === ABORT_CODE && reason !== ABORT_REASON) throw new Error(told);
    // Whose CLOSE is lost as often as it is sent: the other one finds out by RESET or by silence.
    if (code === CLOSE_CODE.idle && this.#canLoseClose(peer)) return;
    if (code !== CLOSE_CODE.done && !(aborts && code === ABORT_CODE)) throw new Error(told);
  }

  /** Nothing crosses for seconds, or hardly anything for all of them. */
  get #canFailToConnect(): boolean {
    return this.#kind.isTerrible || ['silence', 'moves', 'blackouts'].includes(this.#fault);
  }

  #canLoseClose(peer: Talker): boolean {
    return peer.closed !== undefined && peer.closed.code !== CLOSE_CODE.idle;
  }

  /** Whoever closes gracefully has had everything delivered before. */
  #checkDelivered(from: Talker, to: Talker, name: string): void {
    const { ending } = from.plan;
    const peerEnding = to.plan.ending;
    if (ending === 'abort' || peerEnding === 'abort' || ending === 'wait') return;
    if ([from, to].some(({ closed }) => closed?.code === CLOSE_CODE.noAnswer)) return;
    // Both close: each may have ended before it had read what the other one sent.
    if (ending === 'close' && peerEnding === 'close') return;
    const onlyChannel = ending === 'end' ? 0 : undefined;
    if (!to.hasAllOf(from, onlyChannel))
      throw new Error(`${name} has not got all ${from.sent} messages: ${to.check.count}`);
  }
}

/** docs/RELIABLE-UDP.md section 8. */
function checkBounds(talker: Talker | undefined): void {
  if (talker === undefined) return;
  const { packetsUnderWay, bytesWaiting, bytesUnderWay, bytesHeld } = talker.connection.statistics;
  const isWithin =
    packetsUnderWay <= 16_384 &&
    bytesHeld <= 4 * 2 ** 20 &&
    bytesWaiting <= 5 * 2 ** 20 &&
    bytesUnderWay <= 16_384 * 1_500;
  if (isWithin) return;
  throw new Error(
    `${packetsUnderWay} packets and ${bytesUnderWay} bytes under way, ${bytesWaiting} wait, ${bytesHeld} not taken`,
  );
}

const RESPONSES = new FrameReader();

function isResponse(bytes: Uint8Array): boolean {
  if (isLong(bytes) || !RESPONSES.openShort(bytes) || RESPONSES.isNumbered) return false;
  return RESPONSES.next() && RESPONSES.type === FRAME.pathResponse;
}

function described({ sends, ending, gapUs, pause }: TalkerPlan): string {
  const paused = pause === undefined ? '' : ', pauses';
  return `${sends.messages} ${sends.sizes} on ${sends.channels.join('+')} every ${gapUs}${paused}, then ${ending}`;
}
