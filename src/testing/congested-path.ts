/**
 * A sender that obeys `Congestion` and `Pacer`, a bottleneck with a queue, and a peer that acknowledges: no packets, only
 * their sizes. What the rest of a connection does to timing is left out, so tests see the model alone.
 */
import { Congestion } from '../rudp/congestion.ts';
import { Pacer } from '../rudp/pacer.ts';
import { RoundTrip } from '../rudp/round-trip.ts';
import type { SentPacket } from '../rudp/sent-packets.ts';

const PACKET_BYTES = 1_250;

/** What the path is like; it may be changed while it runs. */
export interface PathSettings {
  rateBps: number;
  roundTripUs: number;
  queuePackets: number;
  /** Whether a packet is lost at random, by its number. */
  loses: (number: number) => boolean;
  /** Packets that the peer acknowledges together; and it does so after 10 ms in any case. */
  acknowledgeEvery: number;
}

interface Arrival {
  readonly packet: SentPacket;
  readonly atUs: number;
}

const LATE_US = 10_000;

/** 100 Mbit/s, 40 ms and a queue as long as the path, unless told otherwise. */
export class CongestedPath {
  readonly roundTrip: RoundTrip = new RoundTrip();
  readonly congestion: Congestion = new Congestion(this.roundTrip, PACKET_BYTES);
  readonly settings: PathSettings;
  readonly #pacer = new Pacer();
  nowUs = 0;
  /** Bytes that the application still has to send; infinite: bulk. */
  supply = 0;
  /** Bytes that were acknowledged. */
  delivered = 0;
  /** Packets that the full queue dropped, and the most that it held. */
  dropped = 0;
  mostQueued = 0;
  inFlight = 0;
  #number = 0;
  #freeUs = 0;
  #onTheWay: Arrival[] = [];
  #unacknowledged: Arrival[] = [];
  readonly #flying: SentPacket[] = [];

  constructor(settings: Partial<PathSettings> = {}) {
    const defaults = { rateBps: 100e6, roundTripUs: 40_000, queuePackets: 400, acknowledgeEvery: 1 };
    this.settings = { ...defaults, loses: () => false, ...settings };
  }

  /** Packets that the path holds without a queue. */
  get pipePackets(): number {
    return (this.#bytesPerUs * this.settings.roundTripUs) / PACKET_BYTES;
  }

  get #bytesPerUs(): number {
    return this.settings.rateBps / 8e6;
  }

  /** Mbit/s of what is acknowledged within the next so many microseconds. */
  measure(us: number): number {
    const before = this.delivered;
    this.run(us);
    return ((this.delivered - before) * 8) / us;
  }

  /** Lets so much time pass. @param look called after each step */
  run(us: number, look: () => void = () => undefined): void {
    const untilUs = this.nowUs + us;
    for (;;) {
      this.#send();
      look();
      const atUs = Math.min(this.#sendAtUs(), this.#acknowledgeAtUs());
      if (atUs > untilUs) break;
      this.nowUs = Math.max(this.nowUs, atUs);
      if (this.#acknowledgeAtUs() <= this.nowUs) this.#acknowledge();
    }
    this.nowUs = untilUs;
  }

  #send(): void {
    while (this.#sendAtUs() <= this.nowUs) {
      this.#pacer.fill(this.congestion.rate, this.congestion.burst, this.nowUs);
      if (!this.#pacer.maySend) return;
      this.#sendPacket();
    }
    if (this.supply === 0 && this.inFlight < this.congestion.window)
      this.congestion.onAppLimited(this.inFlight);
  }

  #sendAtUs(): number {
    if (this.supply === 0 || this.inFlight >= this.congestion.window) return Number.POSITIVE_INFINITY;
    this.#pacer.fill(this.congestion.rate, this.congestion.burst, this.nowUs);
    return this.#pacer.maySend ? this.nowUs : this.#pacer.nextUs(this.congestion.rate, this.nowUs);
  }

  #sendPacket(): void {
    const bytes = Math.min(PACKET_BYTES, this.supply);
    this.supply -= bytes;
    const packet: SentPacket = {
      number: this.#number++,
      sentUs: this.nowUs,
      bytes,
      content: undefined,
      control: 0,
      askedNow: false,
      isMtuProbe: false,
      ...this.congestion.snapshot(this.nowUs, this.inFlight),
      state: 'flying',
    };
    this.inFlight += bytes;
    this.#pacer.sent(bytes);
    this.#flying.push(packet);
    const { queuePackets, loses, roundTripUs } = this.settings;
    const waiting = Math.max(0, this.#freeUs - this.nowUs);
    const queued = (waiting * this.#bytesPerUs) / PACKET_BYTES;
    if (queued >= queuePackets) {
      this.dropped++;
      return;
    }
    this.mostQueued = Math.max(this.mostQueued, queued);
    this.#freeUs = Math.max(this.#freeUs, this.nowUs) + bytes / this.#bytesPerUs;
    if (!loses(packet.number)) this.#onTheWay.push({ packet, atUs: Math.ceil(this.#freeUs + roundTripUs) });
  }

  /** When the next group of acknowledgements comes: with its last packet, or late. */
  #acknowledgeAtUs(): number {
    const first = this.#onTheWay[0];
    if (first === undefined) return Number.POSITIVE_INFINITY;
    const last = this.#onTheWay[this.settings.acknowledgeEvery - 1];
    return Math.min(last?.atUs ?? Number.POSITIVE_INFINITY, first.atUs + LATE_US);
  }

  #acknowledge(): void {
    const count = this.#onTheWay.findIndex(({ atUs }) => atUs > this.nowUs);
    this.#unacknowledged = this.#onTheWay.splice(0, count < 0 ? this.#onTheWay.length : count);
    const newest = this.#unacknowledged.at(-1) as Arrival;
    for (const { packet } of this.#unacknowledged) {
      packet.state = 'acknowledged';
      this.delivered += packet.bytes;
      this.inFlight -= packet.bytes;
      this.congestion.onAcknowledged(packet, this.nowUs);
    }
    const delayUs = this.nowUs - newest.atUs;
    this.roundTrip.sample(this.nowUs - newest.packet.sentUs, delayUs, this.nowUs);
    this.#detectLost(newest.packet.number);
    this.congestion.onAckEnd(newest.packet, this.inFlight, this.nowUs);
  }

  #detectLost(newest: number): void {
    while (this.#flying[0] !== undefined && this.#flying[0].number <= newest) {
      const packet = this.#flying.shift() as SentPacket;
      if (packet.state !== 'flying') continue;
      packet.state = 'lost';
      this.inFlight -= packet.bytes;
      this.supply += packet.bytes;
      this.congestion.onLost(packet);
    }
  }
}
