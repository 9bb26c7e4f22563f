/**
 * A bulk flow of TCP CUBIC (RFC 9438) to share a simulated link with, in whole segments.
 *
 * As Linux has it where that shapes the sharing: SACK, HyStart's delay test, proportional rate reduction (RFC 6937),
 * acknowledgements of every second segment. Left out: the receiver's window, which is large, reordering, and whatever a
 * flow with endless data does not do.
 *
 * A packet on a link is told by its tag: the number of the transmission, or of the acknowledgement, plus one.
 */
import type { Link } from '../link/link.ts';

/** Bytes of an IP packet of Ethernet, of the TCP payload in it (with timestamps), and of a bare acknowledgement. */
const SEGMENT_BYTES = 1_500;
const PAYLOAD_BYTES = 1_448;
const ACK_BYTES = 52;
const IP_UDP_BYTES = 28;
/** RFC 6928. */
const INITIAL_WINDOW = 10;
/** RFC 9438 sections 4.1 and 4.6; segments a cubic second. */
const BETA = 0.7;
const C = 0.4;
/** Later transmissions that arrived, after which one is lost (RFC 6675's DupThresh). */
const LOSS_DISTANCE = 3;
/** Linux: HyStart looks from this window on, at so many samples of a round. */
const HYSTART_WINDOW = 16;
const HYSTART_SAMPLES = 8;
const DELAYED_ACK_US = 40_000;
const LEAST_TIMEOUT_US = 200_000;

interface Transmission {
  readonly segment: number;
  readonly sentUs: number;
  state: 'flying' | 'arrived' | 'lost';
}

/** Sender and receiver; the owner hands over what arrives, and calls `run` when it is due. */
export class CubicFlow {
  readonly #out: Link;
  readonly #back: Link;
  readonly #transmissions: Transmission[] = [];
  /** Transmissions that each acknowledgement names. */
  readonly #acks: number[][] = [];
  readonly #lost: number[] = [];
  #window = INITIAL_WINDOW;
  #threshold = Number.POSITIVE_INFINITY;
  #flying = 0;
  #oldest = 0;
  #newestArrived = -1;
  #nextSegment = 0;
  #minUs = Number.POSITIVE_INFINITY;
  #smoothedUs = 0;
  #timeoutUs: number;
  // CUBIC.
  #epochUs: number | undefined;
  #maxWindow = 0;
  #origin = 0;
  #k = 0;
  #renoWindow = 0;
  // HyStart.
  #roundEnd = 0;
  #roundMinUs = Number.POSITIVE_INFINITY;
  #roundSamples = 0;
  // Recovery, until this transmission arrives.
  #recoveryEnd = -1;
  #recoveryFlying = 0;
  #recoveryArrived = 0;
  #recoverySent = 0;
  // The receiver.
  #expected = 0;
  readonly #early = new Set<number>();
  #unacknowledged: number[] = [];
  #ackUs = Number.POSITIVE_INFINITY;

  constructor(out: Link, back: Link, nowUs: number) {
    this.#out = out;
    this.#back = back;
    this.#timeoutUs = nowUs;
  }

  /** Bytes that arrived in order. */
  get deliveredBytes(): number {
    return this.#expected * PAYLOAD_BYTES;
  }

  get window(): number {
    return this.#window;
  }

  get wakeUs(): number {
    return Math.min(this.#timeoutUs, this.#ackUs);
  }

  run(nowUs: number): void {
    if (nowUs >= this.#ackUs) this.#acknowledge(nowUs);
    if (nowUs >= this.#timeoutUs) this.#onTimeout(nowUs);
  }

  /** A segment arrived at the receiver. */
  onSegment(tag: number, nowUs: number): void {
    const { segment } = this.#transmissions[tag - 1] as Transmission;
    const inOrder = segment === this.#expected && this.#early.size === 0;
    if (segment >= this.#expected) this.#early.add(segment);
    while (this.#early.delete(this.#expected)) this.#expected++;
    this.#unacknowledged.push(tag - 1);
    if (!inOrder || this.#unacknowledged.length >= 2) this.#acknowledge(nowUs);
    else this.#ackUs = nowUs + DELAYED_ACK_US;
  }

  /** An acknowledgement arrived at the sender. */
  onAck(tag: number, nowUs: number): void {
    let arrived = 0;
    for (const number of this.#acks[tag - 1] as number[]) {
      const transmission = this.#transmissions[number] as Transmission;
      if (number > this.#newestArrived) this.#newestArrived = number;
      this.#sample(nowUs - transmission.sentUs);
      if (transmission.state === 'flying') {
        transmission.state = 'arrived';
        this.#flying--;
        arrived++;
      }
    }
    this.#timeoutUs = nowUs + Math.max(LEAST_TIMEOUT_US, this.#smoothedUs) + this.#smoothedUs;
    const lost = this.#detectLost();
    if (lost > 0 && this.#newestArrived > this.#recoveryEnd) this.#enterRecovery(lost);
    if (this.#newestArrived <= this.#recoveryEnd) this.#reduce(arrived);
    else if (this.#recoveryEnd >= 0 && this.#recoveryFlying > 0) this.#leaveRecovery();
    else if (this.#window < this.#threshold) this.#slowStart(arrived);
    else this.#grow(arrived, nowUs);
    this.#send(nowUs);
  }

  #acknowledge(nowUs: number): void {
    this.#acks.push(this.#unacknowledged);
    this.#unacknowledged = [];
    this.#ackUs = Number.POSITIVE_INFINITY;
    this.#back.send(ACK_PACKET, nowUs, this.#acks.length);
  }

  #sample(rttUs: number): void {
    this.#smoothedUs = this.#smoothedUs === 0 ? rttUs : (7 * this.#smoothedUs + rttUs) / 8;
    this.#minUs = Math.min(this.#minUs, rttUs);
    this.#roundMinUs = Math.min(this.#roundMinUs, rttUs);
    this.#roundSamples++;
  }

  #detectLost(): number {
    let lost = 0;
    for (; this.#oldest <= this.#newestArrived - LOSS_DISTANCE; this.#oldest++) {
      const transmission = this.#transmissions[this.#oldest] as Transmission;
      if (transmission.state !== 'flying') continue;
      transmission.state = 'lost';
      this.#lost.push(transmission.segment);
      this.#flying--;
      lost++;
    }
    return lost;
  }

  #enterRecovery(lost: number): void {
    this.#recoveryEnd = this.#transmissions.length - 1;
    this.#recoveryFlying = this.#flying + lost;
    this.#recoveryArrived = 0;
    this.#recoverySent = 0;
    // Fast convergence (RFC 9438 section 4.7).
    const isLess = this.#window < this.#maxWindow;
    this.#maxWindow = isLess ? (this.#window * (1 + BETA)) / 2 : this.#window;
    this.#threshold = Math.max(2, this.#window * BETA);
    this.#epochUs = undefined;
  }

  /** Proportional rate reduction (RFC 6937). */
  #reduce(arrived: number): void {
    this.#recoveryArrived += arrived;
    const allowed =
      this.#flying > this.#threshold
        ? Math.ceil((this.#recoveryArrived * this.#threshold) / this.#recoveryFlying) - this.#recoverySent
        : Math.min(
            this.#threshold - this.#flying,
            Math.max(this.#recoveryArrived - this.#recoverySent, arrived) + 1,
          );
    this.#window = this.#flying + Math.max(0, allowed);
  }

  #leaveRecovery(): void {
    this.#window = this.#threshold;
    this.#recoveryFlying = 0;
  }

  #slowStart(arrived: number): void {
    this.#window += arrived;
    if (this.#newestArrived >= this.#roundEnd) {
      this.#roundEnd = this.#transmissions.length;
      this.#roundMinUs = Number.POSITIVE_INFINITY;
      this.#roundSamples = 0;
    } else if (this.#window >= HYSTART_WINDOW && this.#roundSamples >= HYSTART_SAMPLES) {
      const margin = Math.max(4_000, Math.min(16_000, this.#minUs / 8));
      if (this.#roundMinUs > this.#minUs + margin) this.#threshold = this.#window;
    }
  }

  #grow(arrived: number, nowUs: number): void {
    if (this.#epochUs === undefined) {
      this.#epochUs = nowUs;
      this.#origin = Math.max(this.#maxWindow, this.#window);
      this.#k = Math.cbrt((this.#origin - this.#window) / C);
      this.#renoWindow = this.#window;
    }
    const seconds = (nowUs - this.#epochUs + this.#minUs) / 1e6;
    const target = Math.min(1.5 * this.#window, this.#origin + C * (seconds - this.#k) ** 3);
    // Not slower than Reno with this beta (RFC 9438 section 4.3).
    this.#renoWindow += ((3 * (1 - BETA)) / (1 + BETA)) * (arrived / this.#window);
    const wanted = Math.max(target, this.#renoWindow);
    if (wanted > this.#window) this.#window += ((wanted - this.#window) / this.#window) * arrived;
  }

  #onTimeout(nowUs: number): void {
    if (this.#flying > 0) {
      for (; this.#oldest < this.#transmissions.length; this.#oldest++) {
        const transmission = this.#transmissions[this.#oldest] as Transmission;
        if (transmission.state !== 'flying') continue;
        transmission.state = 'lost';
        this.#lost.push(transmission.segment);
      }
      this.#threshold = Math.max(2, this.#window * BETA);
      this.#maxWindow = this.#window;
      this.#window = 1;
      this.#flying = 0;
      this.#recoveryEnd = -1;
      this.#epochUs = undefined;
    }
    this.#timeoutUs = nowUs + 2 * Math.max(LEAST_TIMEOUT_US, this.#smoothedUs);
    this.#send(nowUs);
  }

  #send(nowUs: number): void {
    while (this.#flying < Math.floor(this.#window)) {
      const segment = this.#lost.shift() ?? this.#nextSegment++;
      this.#transmissions.push({ segment, sentUs: nowUs, state: 'flying' });
      this.#flying++;
      this.#recoverySent++;
      this.#out.send(SEGMENT_PACKET, nowUs, this.#transmissions.length);
    }
  }
}

const SEGMENT_PACKET = new Uint8Array(SEGMENT_BYTES - IP_UDP_BYTES);
const ACK_PACKET = new Uint8Array(ACK_BYTES - IP_UDP_BYTES);
