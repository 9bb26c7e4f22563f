/**
 * Congestion control by a model of the path, after BBR (draft-ietf-ccwg-bbr): its bandwidth and its least round trip say
 * how much to have under way and how fast to send. `FairShare` bounds that where the path is congested or shared.
 *
 * | mode | rate, of the bandwidth | window, of what the path holds | until |
 * | --- | --- | --- | --- |
 * | startup | 2.77; 1 with a queue | 2 | the bandwidth grows no more |
 * | drain | 1 / 2.77 | 2 | the queue is empty |
 * | probe bandwidth | 1.25, 0.75, then 1 six times | 2; 1 at 0.75 | the least round trip is 9 s old |
 * | probe round trip | 1 | 1/2 | 200 ms and a round trip |
 *
 * Rates are bytes a microsecond, and bytes are those of IP packets.
 */
import { type DeliveryMoment, DeliveryRate } from './delivery-rate.ts';
import { FairShare } from './fair-share.ts';
import { PathQueue } from './path-queue.ts';
import type { RoundTrip } from './round-trip.ts';
import type { SentPacket } from './sent-packets.ts';

/** RFC 9002 section 7.2: ten packets, at most 14,720 bytes. They may leave at once (section 7.7). */
const INITIAL_PACKETS = 10;
const MOST_INITIAL_BYTES = 14_720;
/** So many while the window is no more than a guess; later bursts would be dropped by a full queue that others share. */
const BURST_PACKETS = 4;
/** BBR.MinPipeCwnd: enough for acknowledgements to come all the time. */
const LEAST_PACKETS = 4;
/** The window grows by what is acknowledged up to this: the first few acknowledgements make a poor measure of bandwidth. */
const SLOW_START_PACKETS = 64;
/** Rate and window double with each round (BBR.StartupPacingGain, BBR.DefaultCwndGain). */
const STARTUP_GAIN = 2.77;
const WINDOW_GAIN = 2;
/** Less growth in a round is none; three such rounds, or one with a queue, end the start (BBR.FullBwThresh and FullBwCnt). */
const GROWTH = 1.25;
const FLAT_ROUNDS = 3;
/** A round trip above the bandwidth, what that queued, and six at the bandwidth (BBR version 1). */
const CYCLE: readonly number[] = [1.25, 0.75, 1, 1, 1, 1, 1, 1];
const CRUISE = 2;
/** BBR.ProbeRTTCwndGain and ProbeRTTDuration. */
const PROBE_RTT_GAIN = 0.5;
const PROBE_RTT_US = 200_000;
/** Room for what the hosts do in groups, timers of a millisecond among them (BBRQuantizationBudget: three bursts). */
const QUANTUM_PACKETS = 3;
/** A model that was not measured for so long is worth nothing: as after a restart from idle (RFC 9002 section 7.8). */
const STALE_US = 10_000_000;
/** A packet in each so large part of the window asks for an acknowledgement. */
const ASKING_PARTS = 8;

export type Mode = 'startup' | 'drain' | 'probe bandwidth' | 'probe round trip';

export class Congestion {
  readonly #roundTrip: RoundTrip;
  readonly #delivery = new DeliveryRate();
  readonly #queue: PathQueue;
  readonly #share = new FairShare();
  #packetBytes: number;
  #mode: Mode = 'startup';
  #window: number;
  #rate = Number.POSITIVE_INFINITY;
  /** The least window of the start. */
  #startWindow: number;
  #flatBandwidth = 0;
  #flatRounds = 0;
  /** Of CYCLE. */
  #phase = 0;
  #phaseUs = 0;
  /** When the round trip was measured; undefined while the queue still empties. */
  #measuredUs: number | undefined;
  #unaskedBytes = 0;

  constructor(roundTrip: RoundTrip, packetBytes: number) {
    this.#roundTrip = roundTrip;
    this.#queue = new PathQueue(roundTrip);
    this.#packetBytes = packetBytes;
    this.#window = this.#initialWindow;
    this.#startWindow = this.#window;
  }

  get mode(): Mode {
    return this.#mode;
  }

  /** 0 before the first sample. */
  get bandwidth(): number {
    return this.#delivery.bandwidth;
  }

  /** Bytes that may be under way. */
  get window(): number {
    return this.#window;
  }

  /** At which to send; infinite before anything is known. */
  get rate(): number {
    if (this.#rate === Number.POSITIVE_INFINITY && this.#roundTrip.samples > 0) this.#update();
    return this.#rate;
  }

  /** Bytes that may leave at once. */
  get burst(): number {
    return (this.#mode === 'startup' ? INITIAL_PACKETS : BURST_PACKETS) * this.#packetBytes;
  }

  /** Whether others fill the queue. */
  get isInCompany(): boolean {
    return this.#share.isInCompany;
  }

  /** Of full packets, as IP has them. */
  set packetBytes(bytes: number) {
    this.#packetBytes = bytes;
  }

  /** What a packet that is sent now remembers. */
  snapshot(nowUs: number, bytesInFlight: number): DeliveryMoment {
    if (this.#mode !== 'startup' && nowUs - this.#delivery.sampledUs > STALE_US) this.#restart(nowUs);
    return this.#delivery.moment(bytesInFlight, nowUs);
  }

  /**
   * Whether a packet of bulk that is sent now asks for an acknowledgement. The peer acknowledges after packets and times
   * that are much to a small window.
   */
  asksNow(bytesInFlight: number): boolean {
    this.#unaskedBytes += this.#packetBytes;
    const isLast = bytesInFlight + this.#packetBytes >= this.#window;
    if (!isLast && this.#unaskedBytes * ASKING_PARTS < this.#window) return false;
    this.#unaskedBytes = 0;
    return true;
  }

  /** The application has nothing more to send. */
  onAppLimited(bytesInFlight: number): void {
    this.#delivery.onAppLimited(bytesInFlight);
  }

  onAcknowledged(packet: SentPacket, nowUs: number): void {
    this.#delivery.onAcknowledged(packet, nowUs);
    this.#share.onAcknowledged(packet);
    const most = SLOW_START_PACKETS * this.#packetBytes;
    if (!packet.isAppLimited) this.#startWindow = Math.min(this.#startWindow + packet.bytes, most);
  }

  onLost(packet: SentPacket): void {
    this.#share.onLost(packet);
  }

  /** A loss was none: the path only reorders. */
  onSpuriousLoss(packetBytes: number): void {
    this.#share.onSpuriousLoss(packetBytes);
    this.#update();
  }

  /** To be called once for each ACK, after all its packets; with the newest of them. */
  onAckEnd(newest: SentPacket, bytesInFlight: number, nowUs: number): void {
    this.#queue.update(this.#share.bound === Number.POSITIVE_INFINITY, nowUs);
    if (this.#delivery.onAckEnd(newest, this.#queue.leastUs, this.#window, nowUs))
      this.#endRound(newest, nowUs);
    this.#advance(newest, bytesInFlight, nowUs);
    this.#update();
  }

  get #initialWindow(): number {
    const bytes = this.#packetBytes;
    return Math.min(INITIAL_PACKETS * bytes, Math.max(MOST_INITIAL_BYTES, 2 * bytes));
  }

  get #leastWindow(): number {
    return LEAST_PACKETS * this.#packetBytes;
  }

  /** Bytes that the path holds at its bandwidth, without a queue. */
  get #pipe(): number {
    return this.bandwidth === 0 ? 0 : this.bandwidth * this.#queue.leastUs;
  }

  get #modelWindow(): number {
    const model = WINDOW_GAIN * this.#pipe + this.#delivery.aggregation + QUANTUM_PACKETS * this.#packetBytes;
    return this.#mode === 'startup' ? Math.max(model, this.#startWindow) : model;
  }

  /** Nothing is known any more. */
  #restart(nowUs: number): void {
    this.#delivery.forget(nowUs);
    this.#mode = 'startup';
    this.#startWindow = this.#initialWindow;
    this.#flatBandwidth = 0;
    this.#flatRounds = 0;
    this.#update();
  }

  #endRound({ isAppLimited }: SentPacket, nowUs: number): void {
    const isQueued = this.#queue.isLong;
    const isCongested = this.#share.endRound({
      nowUs,
      queueUs: this.#queue.delayUs,
      isQueued,
      modelWindow: this.#modelWindow,
      leastWindow: this.#leastWindow,
      isSteady: this.#mode === 'probe bandwidth',
      isAppLimited,
    });
    if (this.#mode !== 'startup' || isAppLimited) return;
    if (isQueued && isCongested) this.#mode = 'drain';
    else this.#lookForFull(isQueued);
  }

  /** The path is full where the bandwidth grows no more. */
  #lookForFull(isQueued: boolean): void {
    if (this.bandwidth >= this.#flatBandwidth * GROWTH) {
      this.#flatBandwidth = this.bandwidth;
      this.#flatRounds = 0;
    } else if (isQueued || ++this.#flatRounds >= FLAT_ROUNDS) this.#mode = 'drain';
  }

  #advance({ isAppLimited }: SentPacket, bytesInFlight: number, nowUs: number): void {
    switch (this.#mode) {
      case 'startup':
        return;
      case 'drain':
        if (bytesInFlight > this.#pipe) return;
        this.#share.onDrained();
        this.#probeBandwidth(nowUs);
        return;
      case 'probe bandwidth':
        // A sender that has nothing to send makes no queue, and need not wait to see it empty.
        if (this.#queue.isLeastStale(nowUs) && !isAppLimited) {
          this.#mode = 'probe round trip';
          this.#measuredUs = undefined;
        } else this.#advanceCycle(bytesInFlight, nowUs);
        return;
      case 'probe round trip': {
        const least = Math.max(this.#leastWindow, PROBE_RTT_GAIN * this.#pipe);
        if (bytesInFlight <= least) this.#measuredUs ??= nowUs + Math.max(PROBE_RTT_US, this.#queue.leastUs);
        if (nowUs >= (this.#measuredUs ?? Number.POSITIVE_INFINITY)) this.#probeBandwidth(nowUs);
      }
    }
  }

  #probeBandwidth(nowUs: number): void {
    this.#mode = 'probe bandwidth';
    // Flows that began together should not all probe together; the number of rounds is as good as chance.
    this.#phase = CRUISE + (this.#delivery.round % (CYCLE.length - CRUISE));
    this.#phaseUs = nowUs;
  }

  #advanceCycle(bytesInFlight: number, nowUs: number): void {
    // The window decides there, and the rate must not hinder it.
    if (this.#share.isInCompany) this.#beginPhase(0, nowUs);
    else if (this.#isPhaseOver(bytesInFlight, nowUs)) this.#beginPhase(this.#phase + 1, nowUs);
  }

  #isPhaseOver(bytesInFlight: number, nowUs: number): boolean {
    const gain = CYCLE[this.#phase] as number;
    if (gain < 1) {
      if (bytesInFlight > this.#pipe) return false;
      this.#share.onDrained();
      return true;
    }
    if (nowUs - this.#phaseUs <= this.#queue.leastUs) return false;
    // A probe goes on until it could have shown something.
    return gain === 1 || this.#share.hasLost || bytesInFlight >= gain * this.#pipe;
  }

  #beginPhase(phase: number, nowUs: number): void {
    this.#phase = phase % CYCLE.length;
    this.#phaseUs = nowUs;
  }

  #update(): void {
    const { bandwidth } = this;
    let gain = 1;
    let window = this.#modelWindow;
    let leastRate = 0;
    switch (this.#mode) {
      case 'startup':
        gain = this.#queue.isLong ? 1 : STARTUP_GAIN;
        leastRate = (WINDOW_GAIN * this.#startWindow) / this.#roundTrip.smoothedUs;
        break;
      case 'drain':
        gain = 1 / STARTUP_GAIN;
        break;
      case 'probe bandwidth':
        gain = CYCLE[this.#phase] as number;
        if (gain < 1) window = this.#pipe;
        break;
      case 'probe round trip':
        window = PROBE_RTT_GAIN * this.#pipe;
    }
    const { bound, isInCompany } = this.#share;
    const isFollowing = isInCompany && this.#mode === 'probe bandwidth';
    this.#window = Math.max(this.#leastWindow, isFollowing ? bound : Math.min(window, bound));
    this.#rate = Math.max(leastRate, gain * bandwidth);
  }
}
