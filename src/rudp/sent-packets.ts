/**
 * Numbered packets under way: which are acknowledged, which are lost, and how far they overtake each other.
 *
 * A packet is lost when a later one is acknowledged and the reordering window has passed (docs/RELIABLE-UDP.md section
 * 6). A packet declared lost that is acknowledged after all widens the window.
 */
import type { Content } from './message-packer.ts';
import type { RoundTrip } from './round-trip.ts';

/** Packets declared lost that are remembered, so that a late acknowledgement is noticed. */
const MOST_REMEMBERED = 256;
/** Round trips without a packet that was late, after which the window halves. */
const DECAY_ROUND_TRIPS = 16;

/** How much wider than the lateness that was seen the window becomes. */
const LATENESS_FACTOR = 1.25;

/** What of a packet has to go again where it is lost, beside its messages. */
export const CONTROL = { maxData: 1, end: 2, ping: 4 } as const;

export interface SentPacket {
  readonly number: number;
  readonly sentUs: number;
  /** On the wire: the datagram, and IPv4's and UDP's heads. */
  readonly bytes: number;
  readonly content: Content | undefined;
  /** Of CONTROL. */
  readonly control: number;
  readonly askedNow: boolean;
  readonly isMtuProbe: boolean;
  /** For the delivery rate: what had been delivered, and when, as it was sent. */
  readonly delivered: number;
  readonly deliveredUs: number;
  readonly firstSentUs: number;
  readonly isAppLimited: boolean;
  state: 'flying' | 'acknowledged' | 'lost';
}

/** Ranges of an ACK frame; 0 is the newest, ends are included. */
export interface AckRanges {
  readonly rangeCount: number;
  rangeStart(index: number): number;
  rangeEnd(index: number): number;
}

export class SentPackets {
  readonly #roundTrip: RoundTrip;
  /** Packets from `#base` on, in order of their numbers. */
  #packets: SentPacket[] = [];
  #head = 0;
  #base = 0;
  #next = 0;
  #bytesInFlight = 0;
  #flying = 0;
  #largestAcked = -1;
  #largestAckedSentUs = 0;
  #windowUs = 0;
  #lastLateUs = 0;
  #lossAtUs: number | undefined;
  /** Numbers declared lost, in their order, and when that was; −1: acknowledged after all. */
  readonly #lostNumbers: number[] = [];
  readonly #lostAtUs: number[] = [];
  #lostHead = 0;
  #repaired = 0;

  constructor(roundTrip: RoundTrip) {
    this.#roundTrip = roundTrip;
  }

  /** The number of the next packet. */
  get next(): number {
    return this.#next;
  }

  /** Numbers that the peer may still have to tell apart. */
  get distance(): number {
    return this.#next - Math.min(this.#base, this.#largestAcked + 1);
  }

  get bytesInFlight(): number {
    return this.#bytesInFlight;
  }

  /** Packets that are neither acknowledged nor lost. */
  get flying(): number {
    return this.#flying;
  }

  /** Packets from the oldest that is under way to the newest: what is remembered. */
  get span(): number {
    return this.#packets.length - this.#head;
  }

  get reorderingWindowUs(): number {
    return this.#windowUs;
  }

  /** When a packet becomes lost without another acknowledgement. */
  get lossAtUs(): number | undefined {
    return this.#lossAtUs;
  }

  /** The oldest that is under way. */
  get oldest(): SentPacket | undefined {
    this.#settle();
    return this.#packets[this.#head];
  }

  /** The newest that was sent. */
  get newest(): SentPacket | undefined {
    return this.#head < this.#packets.length ? this.#packets.at(-1) : undefined;
  }

  sent(packet: SentPacket): void {
    this.#packets.push(packet);
    this.#next = packet.number + 1;
    this.#bytesInFlight += packet.bytes;
    this.#flying++;
  }

  /**
   * Takes an ACK frame.
   * @param repaired packets that the peer says it recomputed since the last ACK: those were lost indeed
   * @param onAcknowledged for each packet that it newly names, the oldest first
   * @param onSpurious for packets that had been declared lost
   * @returns the newest that it newly names; undefined where it says nothing new; 'never sent' where the peer lies
   */
  acknowledge(
    ranges: AckRanges,
    repaired: number,
    nowUs: number,
    onAcknowledged: (packet: SentPacket, nowUs: number) => void,
    onSpurious: () => void,
  ): SentPacket | 'never sent' | undefined {
    if (ranges.rangeEnd(0) >= this.#next) return 'never sent';
    this.#settle();
    let newest: SentPacket | undefined;
    this.#repaired = repaired;
    for (let index = ranges.rangeCount - 1; index >= 0; index--) {
      const end = ranges.rangeEnd(index);
      for (let number = Math.max(ranges.rangeStart(index), this.#base); number <= end; number++) {
        const packet = this.#packets[this.#head + number - this.#base] as SentPacket;
        if (packet.state !== 'flying') continue;
        packet.state = 'acknowledged';
        this.#land(packet);
        onAcknowledged(packet, nowUs);
        newest = packet;
      }
      if ((this.#lostNumbers.at(-1) ?? -1) >= ranges.rangeStart(index)) {
        this.#findSpurious(ranges.rangeStart(index), end, nowUs, onSpurious);
      }
    }
    if (newest !== undefined && newest.number > this.#largestAcked) {
      this.#largestAcked = newest.number;
      this.#largestAckedSentUs = newest.sentUs;
    }
    this.#settle();
    return newest;
  }

  /** Declares lost what is due. */
  detectLost(nowUs: number, onLost: (packet: SentPacket, nowUs: number) => void): void {
    this.#lossAtUs = undefined;
    this.#settle();
    const rttUs = Math.max(this.#roundTrip.latestUs, this.#roundTrip.smoothedUs);
    for (let at = this.#head; at < this.#packets.length; at++) {
      const packet = this.#packets[at] as SentPacket;
      if (packet.number >= this.#largestAcked) break;
      if (packet.state !== 'flying') continue;
      if (this.#windowUs > 0) {
        const dueUs = Math.max(packet.sentUs + rttUs, this.#largestAckedSentUs) + this.#windowUs;
        if (dueUs > nowUs) {
          this.#lossAtUs = dueUs;
          break;
        }
      }
      this.#lose(packet, nowUs, onLost);
    }
    this.#settle();
  }

  /** All that is under way is lost: the path is another one. */
  loseAll(nowUs: number, onLost: (packet: SentPacket, nowUs: number) => void): void {
    this.#lossAtUs = undefined;
    for (let at = this.#head; at < this.#packets.length; at++) {
      const packet = this.#packets[at] as SentPacket;
      if (packet.state === 'flying') this.#lose(packet, nowUs, onLost);
    }
    this.#settle();
  }

  #lose(packet: SentPacket, nowUs: number, onLost: (packet: SentPacket, nowUs: number) => void): void {
    packet.state = 'lost';
    this.#land(packet);
    this.#remember(packet.number, nowUs);
    onLost(packet, nowUs);
  }

  /** Halves the window where nothing was late for long. */
  decay(nowUs: number): void {
    if (this.#windowUs === 0) return;
    if (nowUs - this.#lastLateUs < DECAY_ROUND_TRIPS * this.#roundTrip.smoothedUs) return;
    this.#lastLateUs = nowUs;
    this.#windowUs = this.#windowUs < 1_000 ? 0 : this.#windowUs >> 1;
  }

  #land(packet: SentPacket): void {
    this.#bytesInFlight -= packet.bytes;
    this.#flying--;
  }

  #remember(number: number, nowUs: number): void {
    this.#lostNumbers.push(number);
    this.#lostAtUs.push(nowUs);
    if (this.#lostNumbers.length - this.#lostHead > MOST_REMEMBERED) this.#lostHead++;
    if (this.#lostHead >= MOST_REMEMBERED) {
      this.#lostNumbers.splice(0, this.#lostHead);
      this.#lostAtUs.splice(0, this.#lostHead);
      this.#lostHead = 0;
    }
  }

  #findSpurious(start: number, end: number, nowUs: number, onSpurious: () => void): void {
    for (let at = this.#firstLostFrom(start); at < this.#lostNumbers.length; at++) {
      if ((this.#lostNumbers[at] as number) > end) return;
      const lostAtUs = this.#lostAtUs[at] as number;
      if (lostAtUs < 0) continue;
      this.#lostAtUs[at] = -1;
      if (this.#repaired > 0) {
        this.#repaired--;
        continue;
      }
      const wantedUs = Math.round(this.#windowUs + (nowUs - lostAtUs) * LATENESS_FACTOR);
      this.#windowUs = Math.max(this.#windowUs, Math.min(this.#roundTrip.smoothedUs, wantedUs));
      this.#lastLateUs = nowUs;
      onSpurious();
    }
  }

  /** The place of the oldest remembered loss that is not below a number. */
  #firstLostFrom(number: number): number {
    let low = this.#lostHead;
    let high = this.#lostNumbers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#lostNumbers[middle] as number) < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Leaves behind what is no longer under way. */
  #settle(): void {
    while (
      this.#head < this.#packets.length &&
      (this.#packets[this.#head] as SentPacket).state !== 'flying'
    ) {
      this.#head++;
      this.#base++;
    }
    if (this.#head === this.#packets.length) this.#base = this.#next;
    if (this.#head >= 1_024 && this.#head * 2 >= this.#packets.length) {
      this.#packets = this.#packets.slice(this.#head);
      this.#head = 0;
    }
  }
}
