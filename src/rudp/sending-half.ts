/**
 * What goes: the messages that wait, what is under way, what was lost, and whether another packet may leave now.
 *
 * It makes numbered packets; what else they carry (acknowledgements) and where they go is the connection's.
 */
import { FormatError } from '../errors/errors.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import { Congestion } from './congestion.ts';
import type { FrameReader } from './frame-reader.ts';
import type { FrameWriter } from './frame-writer.ts';
import { Gathering } from './gathering.ts';
import { USUAL_DATAGRAM_BYTES } from './layout.ts';
import type { Content } from './message-packer.ts';
import { truncatedLength } from './numbers.ts';
import { Pacer } from './pacer.ts';
import { type ConnectionParameters, DEFAULT_PARAMETERS } from './parameters.ts';
import { PathLoss } from './path-loss.ts';
import { BASE_BYTES, PathMtu } from './path-mtu.ts';
import { ProbeTimer } from './probe-timer.ts';
import type { ReceivingHalf } from './receiving-half.ts';
import { RepairEncoder } from './repair-encoder.ts';
import { type RepairOption, RepairPolicy } from './repair-policy.ts';
import { RoundTrip } from './round-trip.ts';
import { SendQueue } from './send-queue.ts';
import { CONTROL, type SentPacket, SentPackets } from './sent-packets.ts';

/** What IPv4 and UDP put in front of a datagram. */
const IP_UDP_BYTES = 28;
/** Packets remembered until they are acknowledged or lost: 4 MiB of the smallest useful ones (docs/RELIABLE-UDP.md section 8). */
const MOST_UNDER_WAY = 16_384;
/** What a client may send before it knows the server's MAX_DATA: far below the least that one may be. */
const FIRST_LIMIT = 65_536;
/** More than so many full packets that wait are bulk: repair would only add to the queue. */
const BULK_PACKETS = 4;
/** Recomputed packets that one ACK may bring, for the estimate of loss: what the repair window holds. */
const MOST_REPAIRED_AT_ONCE = 64;
/** A packet that asks is so long that a peer which has forgotten the connection may answer with RESET, which is shorter. */
const LEAST_QUESTION_BYTES = 22;

/**
 * A number is sent so that it is read right where its packet comes so many round trips late, or is sent again by
 * somebody: a wrong guess would be acknowledged in another packet's place, and that one's messages would be lost.
 */
const LATE_ROUND_TRIPS = 64;
/** ... and 32,767 packets late on a slow path. */
const LEAST_NUMBER_BYTES = 2;
const MOST_DISTANCE = 2 ** 31 - 1;

/** What is counted. */
export interface SendingCounters {
  lost: number;
  spurious: number;
  probes: number;
  repairSymbols: number;
  repairedByPeer: number;
}

export class SendingHalf {
  readonly counters: SendingCounters = {
    lost: 0,
    spurious: 0,
    probes: 0,
    repairSymbols: 0,
    repairedByPeer: 0,
  };
  readonly messages: SendQueue = new SendQueue(FIRST_LIMIT);
  readonly roundTrip: RoundTrip = new RoundTrip();
  readonly #loss = new PathLoss();
  readonly #sent = new SentPackets(this.roundTrip);
  readonly #pacer = new Pacer();
  readonly #mtu: PathMtu;
  readonly #policy: RepairPolicy;
  readonly #encoder = new RepairEncoder();
  readonly #gathering = new Gathering();
  readonly #probe: ProbeTimer;
  readonly #breaker: CircuitBreaker;
  #congestion = new Congestion(this.roundTrip, BASE_BYTES + IP_UDP_BYTES);
  #peer: ConnectionParameters = DEFAULT_PARAMETERS;
  /** Of CONTROL: frames that are due. */
  #control = 0;
  #isEndAcknowledged = false;
  #isDrainDue = false;
  /** When to look again whether a packet may go: pacing, gathering, or the circuit breaker. */
  #waitUntilUs: number | undefined;
  #lastSentUs: number;
  /** The first packet on this path: what became of those before says nothing of it (RFC 9000 section 9.4). */
  #firstOnPath = 0;

  constructor(repair: RepairOption, nowUs: number) {
    this.#mtu = new PathMtu(USUAL_DATAGRAM_BYTES);
    this.#policy = new RepairPolicy(repair, this.#loss, this.roundTrip);
    this.#probe = new ProbeTimer(nowUs);
    this.#breaker = new CircuitBreaker(nowUs);
    this.#lastSentUs = nowUs;
  }

  // Look.

  /** The number of the next packet. */
  get nextNumber(): number {
    return this.#sent.next;
  }

  /** Bytes that a datagram may have. */
  get datagramBytes(): number {
    return this.#mtu.bytes;
  }

  /** Share of what was sent lately that did not arrive. */
  get loss(): number {
    return this.#loss.share;
  }

  get packetsUnderWay(): number {
    return this.#sent.flying;
  }

  get bytesUnderWay(): number {
    return this.#sent.bytesInFlight;
  }

  /** True where nothing is under way, and no frame is due. */
  get isQuiet(): boolean {
    return this.#sent.flying === 0 && this.#control === 0;
  }

  /** True where the peer is known to have all that was sent. */
  get isAllDone(): boolean {
    return this.messages.isAllAcknowledged && this.isQuiet;
  }

  /** How long an acknowledgement may take. */
  get probeTimeoutUs(): number {
    return this.roundTrip.probeTimeoutUs(this.#peer.ackDelayMs * 1_000);
  }

  /** When to ask `wantsPacket` again; infinite: not by itself. */
  get timeoutAt(): number {
    let at = Math.min(
      this.#sent.lossAtUs ?? Number.POSITIVE_INFINITY,
      this.#waitUntilUs ?? Number.POSITIVE_INFINITY,
    );
    if (this.#sent.flying > 0) at = Math.min(at, this.#probe.timeoutAt(this.#nextProbeTimeoutUs));
    return at;
  }

  // Command.

  /** What the peer has told of itself. */
  learn(peer: ConnectionParameters): void {
    this.#peer = peer;
    this.#mtu.most = Math.min(peer.largestDatagram, USUAL_DATAGRAM_BYTES);
    this.messages.raiseLimit(peer.maxData);
  }

  /** Takes a message. False: enough for now; `takeDrain` says when to go on. */
  send(bytes: Uint8Array, channel: number, nowUs: number): boolean {
    this.messages.push(channel, bytes);
    this.#gathering.onMessage(nowUs);
    const { isFull } = this.messages;
    this.#isDrainDue ||= isFull;
    return !isFull;
  }

  /** A frame of CONTROL is due. */
  want(control: number): void {
    this.#control |= control;
  }

  // Take.

  /** @throws FormatError where the peer lies */
  takeAck(reader: FrameReader, nowUs: number): void {
    const repaired = this.#takeRepaired(reader.repaired, nowUs);
    const newest = this.#sent.acknowledge(reader, repaired, nowUs, this.#onAcknowledged, this.#onSpurious);
    if (newest === 'never sent')
      throw new FormatError('an acknowledgement of a packet that was never sent', 0);
    if (newest === undefined) return;
    this.#probe.onAcknowledged(nowUs);
    const isOfThisPath = newest.number >= this.#firstOnPath;
    if (isOfThisPath && newest.number === reader.rangeEnd(0)) {
      const delayUs = Math.min(reader.delayUs, this.#peer.ackDelayMs * 1_000);
      this.roundTrip.sample(nowUs - newest.sentUs, delayUs, nowUs);
    }
    this.#sent.decay(nowUs);
    this.#sent.detectLost(nowUs, this.#onLost);
    if (isOfThisPath) this.#congestion.onAckEnd(newest, this.#sent.bytesInFlight, nowUs);
    this.messages.fitWindow(this.#congestion.window);
  }

  /** True once after the queue of messages was full and is no longer. */
  takeDrain(): boolean {
    if (!this.#isDrainDue || this.messages.isFull) return false;
    this.#isDrainDue = false;
    return true;
  }

  /** The peer is elsewhere: what is known of the path means nothing there. */
  onMoved(nowUs: number): void {
    this.roundTrip.reset();
    this.#mtu.reset();
    this.#congestion = new Congestion(this.roundTrip, BASE_BYTES + IP_UDP_BYTES);
    this.#breaker.reset(nowUs);
    this.#firstOnPath = this.#sent.next;
    // It went where the peer is no more; what came all the same is counted as spurious.
    this.#sent.loseAll(nowUs, this.#onLost);
    if (this.#sent.flying > 0) this.#probe.onMoved(nowUs);
  }

  // Give.

  /**
   * Whether a numbered packet is to go now; otherwise `timeoutAt` says when to look again.
   * @param isAckDue an acknowledgement goes now in any case
   */
  wantsPacket(isAckDue: boolean, nowUs: number): boolean {
    this.#waitUntilUs = undefined;
    this.#lookForSilence(nowUs);
    if (this.#probe.isDue) return true;
    if (this.#sent.span >= MOST_UNDER_WAY || this.#isSilent(nowUs) || this.#isBroken(nowUs)) return false;
    if (this.#control !== 0) return true;
    const { bytesInFlight } = this.#sent;
    const { window } = this.#congestion;
    if (!this.messages.hasUnsent && !this.#policy.owesSymbol) {
      const hasNothing = !this.messages.isFull && !this.messages.isHeldBack;
      if (hasNothing && bytesInFlight < window) this.#congestion.onAppLimited(bytesInFlight);
      return false;
    }
    if (bytesInFlight >= window || (this.#isGathering(nowUs) && !isAckDue)) return false;
    // A packet a round trip, whatever the model says: or nothing would ever show it wrong.
    const rate = Math.max(this.#congestion.rate, this.#mtu.bytes / this.roundTrip.smoothedUs);
    if (rate === Number.POSITIVE_INFINITY) return true;
    this.#pacer.fill(rate, this.#congestion.burst, nowUs);
    if (this.#pacer.maySend) return true;
    this.#waitUntilUs = this.#pacer.nextUs(rate, nowUs);
    return false;
  }

  /** Writes such a packet. @param isEnding the application waits for the acknowledgement of what it sent last */
  write(
    writer: FrameWriter,
    receiverId: number,
    receiving: ReceivingHalf,
    isEnding: boolean,
    nowUs: number,
  ): void {
    const number = this.#sent.next;
    const isProbe = this.#probe.isDue;
    const mtuProbe = isProbe ? undefined : this.#mtuProbe(nowUs);
    const asksNow = isProbe || isEnding || this.#asksNow;
    const limit = mtuProbe ?? (this.#probe.wantsSmall ? BASE_BYTES : this.#mtu.bytes);
    writer.beginShort(receiverId, asksNow, number, numberBytes(this.#sent.distance), limit);
    if (receiving.hasNews) receiving.acknowledge(writer, nowUs);
    if (mtuProbe !== undefined) {
      this.#mtu.onProbeSent(number, mtuProbe);
      writer.ping();
      writer.padding(writer.remaining);
      this.#finish(writer, number, undefined, 0, asksNow, true, nowUs);
      return;
    }
    const control = this.#writeControl(writer, receiving);
    const window = this.#repairWindow(writer, number, isProbe, nowUs);
    const content = this.#fill(writer, number, window, isProbe);
    const isEmpty = content === undefined && window === 0 && control === 0;
    if (isEmpty) writer.ping();
    if (isProbe || isEmpty || (control & CONTROL.ping) !== 0) writer.padTo(LEAST_QUESTION_BYTES);
    if (isProbe) this.counters.probes++;
    this.#finish(writer, number, content, control, asksNow, false, nowUs, window);
  }

  /** Puts messages into INIT: those of the INIT before again, or the first ones. */
  writeInit(writer: FrameWriter, nowUs: number): void {
    const number = this.#sent.next;
    const { messages } = this;
    const content = messages.fillOldest(writer, 0) ?? messages.fill(writer, 0);
    if (content !== undefined) this.#policy.onMessages(nowUs);
    // Nothing was sent before it that it could repair.
    if (this.#policy.owesSymbol) this.#policy.takeOwed();
    this.#finish(writer, number, content, 0, true, false, nowUs);
  }

  /** Puts CLOSE into INIT, which has a packet number of its own as every other. */
  writeInitClose(writer: FrameWriter, code: number, reason: string, nowUs: number): void {
    writer.close(code, reason);
    this.#finish(writer, this.#sent.next, undefined, 0, true, false, nowUs);
  }

  // Acknowledgements.

  #takeRepaired(told: number | undefined, nowUs: number): number {
    const repaired = told === undefined ? 0 : Math.max(0, told - this.counters.repairedByPeer);
    this.counters.repairedByPeer += repaired;
    for (let count = Math.min(repaired, MOST_REPAIRED_AT_ONCE); count > 0; count--) {
      this.#loss.lost();
      this.#breaker.onLost(nowUs);
    }
    return repaired;
  }

  readonly #onAcknowledged = (packet: SentPacket, nowUs: number): void => {
    if (packet.content !== undefined) this.messages.acknowledged(packet.content);
    if (packet.isMtuProbe) {
      this.#mtu.onProbeAcknowledged(packet.number);
      this.#congestion.packetBytes = this.#mtu.bytes + IP_UDP_BYTES;
    }
    this.#mtu.onAcknowledged(packet.bytes - IP_UDP_BYTES);
    if ((packet.control & CONTROL.end) !== 0) this.#isEndAcknowledged = true;
    if (packet.number < this.#firstOnPath) return;
    this.#congestion.onAcknowledged(packet, nowUs);
    this.#loss.arrived();
    this.#breaker.onArrived(nowUs);
  };

  readonly #onSpurious = (): void => {
    this.counters.spurious++;
    this.#congestion.onSpuriousLoss(this.#mtu.bytes);
  };

  readonly #onLost = (packet: SentPacket, nowUs: number): void => {
    // That the path does not take its size says nothing of congestion (RFC 8899 section 3).
    if (packet.isMtuProbe) {
      this.#mtu.onProbeLost(packet.number, nowUs);
      return;
    }
    this.counters.lost++;
    if (packet.content !== undefined) this.messages.lost(packet.content);
    this.#control |= this.#openControl(packet.control);
    if (packet.number < this.#firstOnPath) return;
    this.#loss.lost();
    this.#breaker.onLost(nowUs);
    if (this.#mtu.onLost(packet.bytes - IP_UDP_BYTES, nowUs))
      this.#congestion.packetBytes = BASE_BYTES + IP_UDP_BYTES;
    this.#congestion.onLost(packet);
  };

  /** What of a packet's control frames has to go again. */
  #openControl(control: number): number {
    return control & (CONTROL.maxData | (this.#isEndAcknowledged ? 0 : CONTROL.end));
  }

  // Whether to send.

  /** What no acknowledgement has said by now: that packets are lost, or that it is time to ask. */
  #lookForSilence(nowUs: number): void {
    const { lossAtUs } = this.#sent;
    if (lossAtUs !== undefined && nowUs >= lossAtUs) this.#sent.detectLost(nowUs, this.#onLost);
    if (this.#sent.flying === 0 || !this.#probe.onTimeout(this.#nextProbeTimeoutUs, nowUs)) return;
    // What the oldest packet brought may be what the peer waits for.
    this.#control |= this.#openControl(this.#sent.oldest?.control ?? 0);
  }

  /** Limited by the path: repair would only add to the queue. */
  get #isBulk(): boolean {
    return this.messages.bytesWaiting > BULK_PACKETS * this.#mtu.bytes;
  }

  get #nextProbeTimeoutUs(): number {
    const askedNow = this.#sent.newest?.askedNow ?? false;
    return this.roundTrip.probeTimeoutUs(askedNow ? 0 : this.#peer.ackDelayMs * 1_000);
  }

  /** Nothing was heard for long: only probes go. */
  #isSilent(nowUs: number): boolean {
    const { oldest } = this.#sent;
    return oldest !== undefined && this.#probe.isSilent(oldest.sentUs, this.probeTimeoutUs, nowUs);
  }

  /** The circuit breaker holds the next packet back. */
  #isBroken(nowUs: number): boolean {
    if (!this.#breaker.isOpen) return false;
    const nextUs = this.#lastSentUs + this.roundTrip.smoothedUs;
    if (nowUs >= nextUs) return false;
    if (this.#control !== 0 || this.messages.hasUnsent) this.#waitUntilUs = nextUs;
    return true;
  }

  #isGathering(nowUs: number): boolean {
    const { untilUs } = this.#gathering;
    if (untilUs === undefined || nowUs >= untilUs || this.messages.bytesWaiting >= this.#mtu.bytes)
      return false;
    this.#waitUntilUs = untilUs;
    return true;
  }

  /** The size of a probe of the path, where this packet is to be one. */
  #mtuProbe(nowUs: number): number | undefined {
    return this.#isBulk && this.roundTrip.samples > 0 ? this.#mtu.probe(nowUs) : undefined;
  }

  // Writing.

  /** Whether a packet wants to be acknowledged at once: the last one, one on a path that answers sooner than the next goes, and some of bulk. */
  get #asksNow(): boolean {
    if ((this.#control & CONTROL.end) !== 0) return true;
    if (this.#isBulk) return this.#congestion.asksNow(this.#sent.bytesInFlight);
    return this.#policy.isLossy && this.#policy.isNear;
  }

  #writeControl(writer: FrameWriter, receiving: ReceivingHalf): number {
    const control = this.#control;
    this.#control = 0;
    if ((control & CONTROL.maxData) !== 0) writer.maxData(receiving.messages.grant());
    if ((control & CONTROL.end) !== 0) writer.end(this.messages.messagesOf(0));
    if ((control & CONTROL.ping) !== 0) writer.ping();
    return control;
  }

  /** Packets that this one's repair symbol covers; 0: it has none. */
  #repairWindow(writer: FrameWriter, number: number, isProbe: boolean, nowUs: number): number {
    if (this.#isBulk) return 0;
    const policy = this.#policy;
    const { hasUnsent, bytesWaiting } = this.messages;
    if (hasUnsent) policy.onMessages(nowUs);
    else if (isProbe) return 0;
    if (!policy.owesSymbol) return 0;
    const { window } = policy;
    const length = this.#encoder.symbolLength(number, window);
    // Beside long messages there is no room: the symbol follows in a packet of its own, and covers this one too.
    if (hasUnsent && policy.isMany && length > 0 && writer.remaining - length < bytesWaiting) return 0;
    policy.takeOwed();
    return length > 0 && policy.affords(length) ? window : 0;
  }

  #fill(writer: FrameWriter, number: number, window: number, isProbe: boolean): Content | undefined {
    const { messages } = this;
    if (!messages.hasUnsent) return isProbe ? messages.fillOldest(writer, 0) : undefined;
    if (window === 0) return messages.fill(writer, 0);
    const longest = this.#encoder.symbolLength(number, window);
    // A packet longer than the others makes all symbols that cover it as long: several lost messages go one by one.
    const rest = writer.remaining - longest;
    if (rest > longest && !this.#policy.isMany) {
      const alike = messages.fill(writer, rest);
      if (alike !== undefined) return alike;
    }
    // A message is not cut to make room for repair; of many sensors all that wait have room beside it.
    const hasRoom = rest > longest || this.#policy.isMany;
    return messages.fill(writer, hasRoom ? 1 + longest : 0) ?? messages.fill(writer, 0);
  }

  /** Bytes of the symbol that was written; 0: it did not fit. */
  #writeRepair(writer: FrameWriter, number: number, window: number): number {
    const { symbol, equalLengths } = this.#encoder.symbol(number, window);
    if (!writer.repair(window, equalLengths, symbol)) return 0;
    this.counters.repairSymbols++;
    return symbol.length;
  }

  #finish(
    writer: FrameWriter,
    number: number,
    content: Content | undefined,
    control: number,
    askedNow: boolean,
    isMtuProbe: boolean,
    nowUs: number,
    window = 0,
  ): void {
    const part = writer.protectedPart();
    this.#encoder.sent(number, part);
    this.#policy.onPacket(part.length, window === 0 ? 0 : this.#writeRepair(writer, number, window));
    const bytes = writer.length + IP_UDP_BYTES;
    const { delivered, deliveredUs, firstSentUs, isAppLimited } = this.#congestion.snapshot(
      nowUs,
      this.#sent.bytesInFlight,
    );
    this.#sent.sent({
      number,
      sentUs: nowUs,
      bytes,
      content,
      control,
      askedNow,
      isMtuProbe,
      delivered,
      deliveredUs,
      firstSentUs,
      isAppLimited,
      state: 'flying',
    });
    this.#pacer.sent(bytes);
    this.#probe.onSent(nowUs);
    this.#gathering.onPacket();
    this.#lastSentUs = nowUs;
  }
}

/** Bytes of a packet number. @param distance from the oldest one that is not acknowledged */
function numberBytes(distance: number): number {
  const counted = truncatedLength(Math.min(distance * LATE_ROUND_TRIPS, MOST_DISTANCE));
  return Math.max(LEAST_NUMBER_BYTES, counted);
}
