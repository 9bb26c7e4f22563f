/**
 * Endpoints of reliable UDP, the links between them, and virtual time. Everything follows from the seed.
 *
 * One host is the server, all others are its clients, each with a link up and one down. After every step each machine
 * that was touched is drained as its contract says, and must then want to be woken later than now.
 */

import { Link } from '../link/link.ts';
import type { LinkSettings } from '../link/settings.ts';
import type { Connection } from '../rudp/connection.ts';
import { Endpoint, type EndpointOptions } from '../rudp/endpoint.ts';
import { DEFAULT_PARAMETERS } from '../rudp/parameters.ts';
import { PacketWatch } from './rudp-watch.ts';
import { SeededRandom } from './seeded-random.ts';

export const SERVER = 'server';
/** Steps from one check of the bounds to the next. */
const CHECK_STEPS = 32;
/** Datagrams that one machine gives in one moment; more is a livelock. */
const MOST_DATAGRAMS_AT_ONCE = 40_000;

/** What uses a connection: called when it may have messages or events, and when a plan of its own is due. */
export interface Application {
  /** When it wants to be woken; undefined: not at all. */
  readonly nextUs: number | undefined;
  /** Takes messages and events, and gives commands. */
  run(nowUs: number): void;
}

export type EndpointChoices = Partial<Omit<EndpointOptions, 'random' | 'mac' | 'accepts'>>;

/** One endpoint and its place in the network. */
export class Host {
  endpoint: Endpoint;
  readonly watch: PacketWatch;
  readonly applications: Map<Connection, Application> = new Map();
  readonly #world: RudpWorld;
  readonly #newEndpoint: (secret: number) => Endpoint;
  /** Where it can be reached, and what its packets come from. */
  address: string;
  /** What the server does with a new connection. */
  onConnection: ((connection: Connection) => Application) | undefined;

  constructor(
    world: RudpWorld,
    address: string,
    isServer: boolean,
    choices: EndpointChoices,
    random: SeededRandom,
  ) {
    this.#world = world;
    this.address = address;
    this.watch = new PacketWatch(isServer);
    this.#newEndpoint = secret =>
      new Endpoint({
        parameters: DEFAULT_PARAMETERS,
        mostConnections: 10_000,
        repair: 'auto',
        keepAliveUs: 0,
        ...choices,
        accepts: isServer,
        random: count => Uint8Array.from({ length: count }, () => random.int(0, 255)),
        mac: data => plainMac(data, secret),
      });
    this.endpoint = this.#newEndpoint(isServer ? 0x5ec : 0xc11);
  }

  /** Its program is killed, and started again: it knows nothing of before, and has another secret. */
  restart(secret: number): void {
    this.endpoint = this.#newEndpoint(secret);
    this.applications.clear();
  }

  connect(application: (connection: Connection) => Application): Connection {
    const connection = this.endpoint.connect(SERVER, this.#world.nowUs);
    this.applications.set(connection, application(connection));
    return connection;
  }

  receive(bytes: Uint8Array, from: string): void {
    this.watch.received(bytes, from);
    this.endpoint.receive(bytes, from, this.#world.nowUs);
  }

  /** When something is due by itself. */
  get nextUs(): number {
    let next = this.endpoint.timeoutAt() ?? Number.POSITIVE_INFINITY;
    for (const { nextUs } of this.applications.values()) {
      if (nextUs !== undefined && nextUs < next) next = nextUs;
    }
    return next;
  }

  /** Does what is due, and drains. */
  run(): void {
    const { endpoint } = this;
    const { nowUs } = this.#world;
    if ((endpoint.timeoutAt() ?? Number.POSITIVE_INFINITY) <= nowUs) endpoint.onTimeout(nowUs);
    for (const application of this.applications.values()) {
      if (application.nextUs !== undefined && application.nextUs <= nowUs) application.run(nowUs);
    }
    this.#drain(nowUs);
    const at = endpoint.timeoutAt();
    if (at === undefined) return;
    if (!Number.isSafeInteger(at)) throw new Error(`${this.address} wants to be woken at ${at}`);
    if (at <= nowUs) throw new Error(`${this.address} is drained at ${nowUs} and wants to be woken at ${at}`);
  }

  #drain(nowUs: number): void {
    const { endpoint } = this;
    let datagrams = 0;
    for (let isBusy = true; isBusy; ) {
      isBusy = false;
      for (let fresh = endpoint.pollConnection(); fresh !== undefined; fresh = endpoint.pollConnection()) {
        const application = this.onConnection?.(fresh);
        if (application === undefined) throw new Error(`${this.address} got a connection`);
        this.applications.set(fresh, application);
      }
      for (let active = endpoint.pollActive(); active !== undefined; active = endpoint.pollActive())
        this.applications.get(active)?.run(nowUs);
      for (let sent = endpoint.pollTransmit(nowUs); sent !== undefined; sent = endpoint.pollTransmit(nowUs)) {
        isBusy = true;
        if (++datagrams > MOST_DATAGRAMS_AT_ONCE) throw new Error(`${this.address} sends without end`);
        this.watch.sent(sent.bytes, sent.to);
        this.#world.carry(this, sent.bytes, sent.to);
      }
    }
  }
}

/** A client's two directions. */
export interface Path {
  readonly host: Host;
  readonly up: Link;
  readonly down: Link;
  /** Addresses that it has had; a packet's tag is an index of it. */
  readonly addresses: string[];
}

/** Someone who sees every datagram that is sent. */
export type Onlooker = (bytes: Uint8Array, from: Host, to: string) => void;

export class RudpWorld {
  readonly random: SeededRandom;
  readonly server: Host;
  readonly paths: Path[] = [];
  readonly #byAddress: Map<string, Path> = new Map();
  readonly #plans: { atUs: number; run: () => void }[] = [];
  /** What was put on links as it is: damaged copies are none of these. */
  readonly #undamaged: WeakSet<Uint8Array> = new WeakSet();
  /** Where damage that UDP's checksum does not see is let through. */
  letsDamageThrough = false;
  readonly onlookers: Onlooker[] = [];
  #nowUs: number;
  #steps = 0;

  constructor(seed: number, startUs: number, choices: EndpointChoices = {}) {
    this.#nowUs = startUs;
    this.random = new SeededRandom(seed);
    this.server = new Host(this, SERVER, true, choices, new SeededRandom(seed ^ 0x5e4));
  }

  get nowUs(): number {
    return this.#nowUs;
  }

  get steps(): number {
    return this.#steps;
  }

  addClient(
    up: Partial<LinkSettings>,
    down: Partial<LinkSettings>,
    seed: number,
    choices: EndpointChoices = {},
  ): Path {
    const address = `client ${this.paths.length + 1}`;
    const host = new Host(this, address, false, choices, new SeededRandom(seed ^ 0xc11e));
    const path: Path = {
      host,
      up: new Link(up, 2 * seed + 1),
      down: new Link(down, 2 * seed + 2),
      addresses: [address],
    };
    this.paths.push(path);
    this.#byAddress.set(address, path);
    return path;
  }

  /** The client has another address from now on; what goes to the old one is lost. */
  move(path: Path, address: string, isReachable = true): void {
    this.#byAddress.delete(path.host.address);
    path.host.address = address;
    path.addresses.push(address);
    if (isReachable) this.#byAddress.set(address, path);
  }

  at(atUs: number, run: () => void): void {
    this.#plans.push({ atUs, run });
    this.#plans.sort((a, b) => a.atUs - b.atUs);
  }

  /** What a host sends. */
  carry(from: Host, bytes: Uint8Array, to: string): void {
    this.#undamaged.add(bytes);
    for (const onlooker of this.onlookers) onlooker(bytes, from, to);
    if (from === this.server) {
      this.#byAddress.get(to)?.down.send(bytes, this.#nowUs);
      return;
    }
    if (to !== SERVER) return;
    const path = this.#byAddress.get(from.address) ?? this.paths.find(({ host }) => host === from);
    path?.up.send(bytes, this.#nowUs, path.addresses.length - 1);
  }

  /** What somebody else sends. */
  inject(bytes: Uint8Array, from: string, to: Host): void {
    to.receive(bytes, from);
    to.run();
  }

  /**
   * Goes on until it is done.
   * @param check is called now and then
   * @throws Error where that takes too long, too many steps, or an invariant breaks
   */
  runUntil(
    isDone: () => boolean,
    limits: { readonly untilUs: number; readonly steps: number },
    check?: () => void,
  ): void {
    const mostSteps = this.#steps + limits.steps;
    this.#runHosts();
    while (!isDone()) {
      const next = this.#nextUs();
      if (next === Number.POSITIVE_INFINITY) throw new Error(`nothing is left to happen at ${this.#nowUs}`);
      if (next > limits.untilUs) throw new Error(`not done at ${limits.untilUs} µs`);
      if (++this.#steps > mostSteps)
        throw new Error(`${limits.steps} steps by ${this.#nowUs} µs: a livelock`);
      this.#nowUs = Math.max(this.#nowUs, next);
      this.#step();
      if (this.#steps % CHECK_STEPS === 0) check?.();
    }
    check?.();
  }

  /** Goes on for so long. */
  runFor(us: number, steps = 1_000_000): void {
    let isOver = false;
    this.at(this.#nowUs + us, () => {
      isOver = true;
    });
    this.runUntil(() => isOver, { untilUs: this.#nowUs + us, steps });
  }

  #nextUs(): number {
    let next = Math.min(this.#plans[0]?.atUs ?? Number.POSITIVE_INFINITY, this.server.nextUs);
    for (const { host, up, down } of this.paths) {
      const links = Math.min(
        up.timeoutAt() ?? Number.POSITIVE_INFINITY,
        down.timeoutAt() ?? Number.POSITIVE_INFINITY,
      );
      next = Math.min(next, host.nextUs, links);
    }
    return next;
  }

  #step(): void {
    const nowUs = this.#nowUs;
    while ((this.#plans[0]?.atUs ?? Number.POSITIVE_INFINITY) <= nowUs) this.#plans.shift()?.run();
    let isServerTouched = this.server.nextUs <= nowUs;
    for (const { host, up, down, addresses } of this.paths) {
      for (let packet = up.poll(nowUs); packet !== undefined; packet = up.poll(nowUs)) {
        if (!this.#arrives(packet.bytes)) continue;
        this.server.receive(packet.bytes, addresses[packet.tag] as string);
        isServerTouched = true;
      }
      let isTouched = host.nextUs <= nowUs;
      for (let packet = down.poll(nowUs); packet !== undefined; packet = down.poll(nowUs)) {
        if (!this.#arrives(packet.bytes)) continue;
        host.receive(packet.bytes, SERVER);
        isTouched = true;
      }
      if (isTouched) host.run();
    }
    if (isServerTouched) this.server.run();
  }

  #runHosts(): void {
    this.server.run();
    for (const { host } of this.paths) host.run();
  }

  #arrives(bytes: Uint8Array): boolean {
    return this.letsDamageThrough || this.#undamaged.has(bytes);
  }
}

/** Looks random, and costs little: a simulation has no enemies. */
export function plainMac(data: Uint8Array, secret: number): Uint8Array {
  const code = new Uint8Array(32);
  let state = secret;
  for (const byte of data) state = Math.imul(state ^ byte, 0x01000193) ^ (state >>> 15);
  for (let index = 0; index < code.length; index++) {
    state = Math.imul(state ^ (index + 1), 0x2c1b3c6d);
    state ^= state >>> 13;
    code[index] = state;
  }
  return code;
}
