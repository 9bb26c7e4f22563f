/**
 * Bulk over reliable UDP between two simulated hosts, in virtual time: alone on a link, and beside TCP.
 *
 * The hosts are as imperfect as Node.js is: timers count whole milliseconds, a packet costs time to send and to take, and
 * what arrives meanwhile is taken together.
 */
import { Link } from '../link/link.ts';
import { type LinkSettings, PERFECT_LINK } from '../link/settings.ts';
import type { Connection } from '../rudp/connection.ts';
import { Endpoint } from '../rudp/endpoint.ts';
import { DEFAULT_PARAMETERS } from '../rudp/parameters.ts';
import { SeededRandom } from './seeded-random.ts';
import { CubicFlow } from './tcp-cubic.ts';

/** What one datagram costs a core through `node:dgram`, about: 120 to 180 thousand a second. */
const PACKET_US = 7;
/** Datagrams that a host sends in one turn of its event loop. */
const TURN_PACKETS = 256;
const US_PER_MS = 1_000;
/** A timer of a millisecond takes a little more. */
const TIMER_LATE_US = 50;
const MESSAGE_BYTES = 1_200;
/** No transfer may take so long. */
const MOST_US = 60_000_000;

/** One end: an endpoint, its socket, its timer and its core. */
export class SimulatedHost {
  readonly endpoint: Endpoint;
  readonly #out: Link;
  readonly #peer: string;
  readonly #inbox: Uint8Array[] = [];
  #busyUntilUs = 0;
  #timerUs = Number.POSITIVE_INFINITY;
  #hasMore = true;
  /** Called where messages or events may wait. */
  onActive: (connection: Connection, nowUs: number) => void = () => undefined;

  constructor(accepts: boolean, out: Link, peer: string, seed: number) {
    this.#out = out;
    this.#peer = peer;
    const random = new SeededRandom(seed);
    this.endpoint = new Endpoint({
      accepts,
      parameters: DEFAULT_PARAMETERS,
      mostConnections: 4,
      repair: 'auto',
      keepAliveUs: 0,
      random: count => Uint8Array.from({ length: count }, () => random.int(0, 255)),
      // Nobody forges anything here.
      mac: data => Uint8Array.from({ length: 32 }, (_, index) => data[index % data.length] ?? 0),
    });
  }

  /** When it does something next. */
  get wakeUs(): number {
    const isDue = this.#hasMore || this.#inbox.length > 0;
    return isDue ? this.#busyUntilUs : Math.max(this.#busyUntilUs, this.#timerUs);
  }

  arrived(bytes: Uint8Array): void {
    this.#inbox.push(bytes);
  }

  /** One turn of the event loop. */
  run(nowUs: number): void {
    const { endpoint } = this;
    let packets = this.#inbox.length;
    for (const bytes of this.#inbox) endpoint.receive(bytes, this.#peer, nowUs);
    this.#inbox.length = 0;
    endpoint.onTimeout(nowUs);
    while (endpoint.pollConnection() !== undefined);
    for (let active = endpoint.pollActive(); active !== undefined; active = endpoint.pollActive())
      this.onActive(active, nowUs);
    this.#hasMore = true;
    for (let sent = 0; sent < TURN_PACKETS; sent++) {
      const transmit = endpoint.pollTransmit(nowUs);
      if (transmit === undefined) {
        this.#hasMore = false;
        break;
      }
      packets++;
      this.#out.send(transmit.bytes, nowUs);
    }
    this.#busyUntilUs = nowUs + packets * PACKET_US;
    const atUs = endpoint.timeoutAt() ?? Number.POSITIVE_INFINITY;
    const waitUs = Math.max(1, Math.ceil((atUs - nowUs) / US_PER_MS)) * US_PER_MS + TIMER_LATE_US;
    this.#timerUs = nowUs + waitUs;
  }
}

/** What became of a transfer. */
export interface BulkResult {
  /** Mbit/s of messages, from the first that was delivered to the last. */
  readonly goodputMbps: number;
  /** IP bytes that both hosts put on the link, for each byte of messages. */
  readonly wireRatio: number;
  /** Packets that the full queue dropped. */
  readonly queueDrops: number;
}

/** A path in both directions, and what arrives at its ends. */
class Path {
  readonly there: Link;
  readonly back: Link;

  constructor(settings: Partial<LinkSettings>, seed: number) {
    this.there = new Link({ ...PERFECT_LINK, ...settings }, seed);
    this.back = new Link({ ...PERFECT_LINK, ...settings }, seed + 1_000);
  }

  get wakeUs(): number {
    return Math.min(
      this.there.timeoutAt() ?? Number.POSITIVE_INFINITY,
      this.back.timeoutAt() ?? Number.POSITIVE_INFINITY,
    );
  }
}

/** A client that sends messages as fast as it may, and a server that counts them. */
class BulkFlow {
  readonly client: SimulatedHost;
  readonly server: SimulatedHost;
  delivered = 0;
  firstUs: number | undefined;
  #left: number;

  /** @param bytes to send, infinite for ever. */
  constructor(path: Path, bytes: number) {
    this.#left = bytes;
    this.client = new SimulatedHost(false, path.there, 'server', 1);
    this.server = new SimulatedHost(true, path.back, 'client', 2);
    this.client.onActive = (connection, nowUs) => this.#send(connection, nowUs);
    this.server.onActive = (connection, nowUs) => this.#receive(connection, nowUs);
  }

  get wakeUs(): number {
    return Math.min(this.client.wakeUs, this.server.wakeUs);
  }

  start(nowUs: number): void {
    this.client.endpoint.connect('server', nowUs);
    this.run(nowUs);
  }

  run(nowUs: number): void {
    if (this.client.wakeUs <= nowUs) this.client.run(nowUs);
    if (this.server.wakeUs <= nowUs) this.server.run(nowUs);
  }

  #send(connection: Connection, nowUs: number): void {
    while (connection.pollEvent() !== undefined);
    while (this.#left > 0 && !connection.isFull) {
      connection.send(new Uint8Array(Math.min(MESSAGE_BYTES, this.#left)), nowUs);
      this.#left -= MESSAGE_BYTES;
    }
  }

  #receive(connection: Connection, nowUs: number): void {
    for (let message = connection.pollMessage(); message !== undefined; message = connection.pollMessage()) {
      this.delivered += message.bytes.length;
      this.firstUs ??= nowUs;
    }
    for (let event = connection.pollEvent(); event !== undefined; event = connection.pollEvent())
      if (event.type === 'closed') throw new Error(`closed: ${event.reason}`);
  }
}

/** Sends so many bytes in messages of 1,200. @throws Error where that takes more than 60 s, or fails */
export function transferBulk(settings: Partial<LinkSettings>, seed: number, bytes: number): BulkResult {
  const path = new Path(settings, seed);
  const flow = new BulkFlow(path, bytes);
  flow.start(0);
  let nowUs = 0;
  while (flow.delivered < bytes) {
    nowUs = Math.max(nowUs, Math.min(path.wakeUs, flow.wakeUs));
    if (nowUs > MOST_US) throw new Error(`${flow.delivered} of ${bytes} bytes after ${MOST_US / 1e6} s`);
    for (let packet = path.there.poll(nowUs); packet !== undefined; packet = path.there.poll(nowUs))
      flow.server.arrived(packet.bytes);
    for (let packet = path.back.poll(nowUs); packet !== undefined; packet = path.back.poll(nowUs))
      flow.client.arrived(packet.bytes);
    flow.run(nowUs);
  }
  const { there, back } = path;
  return {
    goodputMbps: (bytes * 8) / (nowUs - (flow.firstUs ?? 0)),
    wireRatio: (there.counters.sentBytes + back.counters.sentBytes) / bytes,
    queueDrops: there.counters.queueDropped,
  };
}

/** How two flows have shared a link. */
export interface SharingResult {
  /** Mbit/s of payload. */
  readonly oursMbps: number;
  readonly cubicMbps: number;
  /** Jain's index: 1 where both have the same, 0.5 where one has all. */
  readonly jain: number;
  readonly queueDrops: number;
}

/** A flow of ours beside one of TCP CUBIC. */
export function shareWithCubic(
  settings: Partial<LinkSettings>,
  {
    seconds,
    oursStartsUs = 0,
    cubicStartsUs = 0,
  }: { readonly seconds: number; readonly oursStartsUs?: number; readonly cubicStartsUs?: number },
): SharingResult {
  const path = new Path(settings, 1);
  const { there, back } = path;
  const ours = new BulkFlow(path, Number.POSITIVE_INFINITY);
  const cubic = new CubicFlow(there, back, cubicStartsUs);
  let hasStarted = false;
  for (let nowUs = 0; nowUs < seconds * 1e6; ) {
    const oursUs = hasStarted ? ours.wakeUs : oursStartsUs;
    nowUs = Math.max(nowUs, Math.min(path.wakeUs, cubic.wakeUs, oursUs));
    // CUBIC's packets have a tag.
    for (let packet = there.poll(nowUs); packet !== undefined; packet = there.poll(nowUs))
      if (packet.tag === 0) ours.server.arrived(packet.bytes);
      else cubic.onSegment(packet.tag, nowUs);
    for (let packet = back.poll(nowUs); packet !== undefined; packet = back.poll(nowUs))
      if (packet.tag === 0) ours.client.arrived(packet.bytes);
      else cubic.onAck(packet.tag, nowUs);
    if (hasStarted) ours.run(nowUs);
    else if (nowUs >= oursStartsUs) {
      hasStarted = true;
      ours.start(nowUs);
    }
    if (cubic.wakeUs <= nowUs) cubic.run(nowUs);
  }
  const [one, other] = [ours.delivered, cubic.deliveredBytes].map(bytes => (bytes * 8) / (seconds * 1e6)) as [
    number,
    number,
  ];
  return {
    oursMbps: one,
    cubicMbps: other,
    jain: (one + other) ** 2 / (2 * (one ** 2 + other ** 2)),
    queueDrops: there.counters.queueDropped,
  };
}
