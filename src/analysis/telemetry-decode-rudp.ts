/**
 * A connection of reliable UDP as a capture shows it: who its ends are, what each packet was for, which messages went again, and
 * the telemetry in them.
 *
 * Only the frames' heads are read of what other programs send; nothing is recomputed from repair symbols.
 */
import { FormatError } from '../errors/errors.ts';
import { FrameReader, type FrameSource } from '../rudp/frame-reader.ts';
import { FRAME, PACKET } from '../rudp/layout.ts';
import { isLong, type LongPacket, readLongPacket } from '../rudp/long-packets.ts';
import { expand } from '../rudp/numbers.ts';
import { CAUSE } from './cost-cause.ts';
import type { RudpPacketKind } from './rudp-facts.ts';
import { RudpJournal } from './rudp-journal.ts';
import { RudpObserver } from './rudp-observer.ts';
import { beginsWithHello, FrameCutter } from './telemetry-decode-frames.ts';
import { OwnCounts, PART } from './telemetry-decode-parts.ts';
import type { Stretch } from './telemetry-decode-places.ts';
import { type MessageTap, TelemetrySession } from './telemetry-decode-session.ts';

/** Numbers of messages and fragments that are remembered for each direction, to tell which go again. */
const MOST_REMEMBERED = 65_536;
/** Messages in fragments that are put together at once, for each direction; a sender works at few. */
const MOST_PARTIAL = 16;
/** Cookies that our servers write. */
const COOKIE_LENGTHS: readonly number[] = [0, 20];

const KIND_NAMES: Readonly<Record<LongPacket['kind'], RudpPacketKind>> = {
  init: 'INIT',
  otherVersion: 'INIT',
  retry: 'RETRY',
  accept: 'ACCEPT',
  reset: 'RESET',
  version: 'VERSION',
};

/** What one packet was for. */
export interface PacketUse {
  /** Index of COST_CAUSES. */
  cause: number;
  /** Bytes of messages that go for the first time. */
  newBytes: number;
  /** Messages that begin in it for the first time; of telemetry only those with readings. */
  messages: number;
}

interface Direction {
  /** The next packet number, as far as the capture shows. */
  nextNumber: number;
  readonly nextSequence: Map<number, number>;
  /** Messages and fragments that went, and the packet that carried each the last time. */
  readonly seen: Map<number, number>;
  readonly partial: Map<number, Partial>;
}

interface Partial {
  readonly bytes: Uint8Array;
  readonly stretches: Stretch[];
  have: number;
}

/** Where the packet stands: in which frame, and where in it its first byte is (−1: not known). */
export interface PacketPlace {
  readonly frame: number;
  readonly inFrame: number;
  /** Side of the conversation that sent it. */
  readonly side: 0 | 1;
  /** When, since any moment that is the same for all packets. */
  readonly timeNs: number;
}

const newDirection = (): Direction => ({
  nextNumber: 0,
  nextSequence: new Map(),
  seen: new Map(),
  partial: new Map(),
});

export class RudpConnection {
  clientId: number | undefined;
  serverId: number | undefined;
  /** Of the conversation that the next packets come in; set by the owner. */
  counts: OwnCounts = new OwnCounts();
  /** What the conversation that the next packets come in is told by; set by the owner. */
  journal: RudpJournal = new RudpJournal();
  readonly observer: RudpObserver = new RudpObserver();
  /** Undefined: the messages are of another program, or none has come. */
  telemetry: TelemetrySession | undefined = undefined;
  #directions: readonly [Direction, Direction] = [newDirection(), newDirection()];
  readonly #reader = new FrameReader();
  readonly #cutter = new FrameCutter();
  readonly #tap: MessageTap | undefined;
  #isOther = false;

  constructor(clientId: number | undefined, tap?: MessageTap) {
    this.clientId = clientId;
    this.#tap = tap;
  }

  /** True where the packet goes to the server; by who the receiver is, and where that is not known by the packet's kind. */
  isFromClient(packet: Uint8Array): boolean {
    const id = receiverOf(packet);
    if (isLong(packet)) return packet[0] === PACKET.init;
    return id === this.serverId || id !== this.clientId;
  }

  /** Packet number that is expected next in a direction. */
  nextNumber(fromClient: boolean): number {
    return this.#direction(fromClient).nextNumber;
  }

  nextSequence(fromClient: boolean, channel: number): number {
    return this.#direction(fromClient).nextSequence.get(channel) ?? 0;
  }

  /** Messages and fragments of an end, of the last {@link MOST_REMEMBERED}, whose last packet nobody has acknowledged. */
  unacknowledged(from: 0 | 1): number {
    let count = 0;
    for (const number of this.#directions[from].seen.values())
      if (!this.observer.isAcknowledged(from, number)) count++;
    return count;
  }

  /** Takes a packet, a whole datagram's payload. */
  take(packet: Uint8Array, place: PacketPlace, use: PacketUse): void {
    use.cause = CAUSE.acknowledgement;
    use.newBytes = 0;
    use.messages = 0;
    const { facts } = this.observer;
    facts.reset();
    facts.frame = place.frame;
    facts.timeNs = place.timeNs;
    facts.side = place.side;
    facts.inFrame = place.inFrame;
    facts.length = packet.length;
    facts.from = this.isFromClient(packet) ? 0 : 1;
    try {
      if (isLong(packet)) this.#takeLong(packet, place, use);
      else this.#takeShort(packet, place, use);
    } catch (error) {
      // What is damaged is told where the frame is shown.
      if (!(error instanceof FormatError)) throw error;
      facts.isDamaged = true;
    }
    this.journal.take(facts, this.observer);
  }

  #direction(fromClient: boolean): Direction {
    return this.#directions[fromClient ? 0 : 1];
  }

  #takeLong(packet: Uint8Array, place: PacketPlace, use: PacketUse): void {
    const long = readLongPacket(packet);
    const { facts } = this.observer;
    facts.kind = KIND_NAMES[long.kind];
    use.cause = long.kind === 'reset' ? CAUSE.close : CAUSE.handshake;
    if (long.kind === 'init' || long.kind === 'accept') {
      this.#learn(long);
      this.counts.add(PART.rudpOther, long.framesStart);
      const isInit = long.kind === 'init';
      if (isInit && long.packetNumber !== undefined) {
        this.#direction(true).nextNumber = long.packetNumber + 1;
        this.observer.numbered(long.packetNumber);
      }
      const source: FrameSource = isInit ? 'numbered' : 'unnumbered';
      this.#reader.openFrames(packet, long.framesStart, packet.length, source);
      this.#takeFrames(packet, long.framesStart, isInit, place, use);
      use.cause = CAUSE.handshake;
    } else this.counts.add(PART.rudpOther, packet.length);
  }

  #learn(long: LongPacket): void {
    const { facts } = this.observer;
    if (long.kind === 'init' && long.clientId !== this.clientId) {
      // The ports are used again, by a connection that counts anew.
      if (this.clientId !== undefined) this.#directions = [newDirection(), newDirection()];
      this.observer.forget();
      this.clientId = long.clientId;
      this.serverId = undefined;
      this.#isOther = false;
    } else if (long.kind === 'accept') this.serverId = long.serverId;
    if (long.kind !== 'init' && long.kind !== 'accept') return;
    facts.clientId = long.clientId;
    facts.serverId = long.kind === 'accept' ? long.serverId : 0;
    facts.hasCookie = long.kind === 'init' && long.cookie !== undefined;
    this.observer.limit(facts.from === 0 ? 1 : 0, long.parameters.maxData);
    this.journal.parameters(facts.from, long.parameters);
  }

  #takeShort(packet: Uint8Array, place: PacketPlace, use: PacketUse): void {
    const reader = this.#reader;
    const fromClient = this.isFromClient(packet);
    reader.nextOwnNumber = this.#direction(!fromClient).nextNumber;
    if (!reader.openShort(packet)) return this.counts.add(PART.rudpOther, packet.length);
    const direction = this.#direction(fromClient);
    const { facts } = this.observer;
    facts.kind = 'unnumbered';
    facts.asksNow = reader.asksNow;
    if (reader.isNumbered) {
      const number = expand(reader.number, reader.numberBytes, direction.nextNumber);
      if (number >= direction.nextNumber) direction.nextNumber = number + 1;
      facts.kind = 'numbered';
      this.observer.numbered(number);
    }
    const framesStart = 5 + reader.numberBytes;
    this.counts.add(PART.rudpHeader, framesStart);
    this.#takeFrames(packet, framesStart, fromClient, place, use);
  }

  /** Walks the frames that the reader has opened; the cause is that of the most telling one. */
  #takeFrames(
    packet: Uint8Array,
    framesStart: number,
    fromClient: boolean,
    place: PacketPlace,
    use: PacketUse,
  ): void {
    const reader = this.#reader;
    let at = framesStart;
    let chained: { channel: number; sequence: number } | undefined;
    let [isClose, isProbe, isAgain, isRepair] = [false, false, false, false];
    while (reader.next()) {
      switch (reader.type) {
        case FRAME.message: {
          this.counts.add(PART.rudpMessage, reader.dataStart - at);
          at = reader.dataEnd;
          chained = { channel: reader.channel, sequence: this.#sequenceOf(fromClient, chained) };
          if (!this.#takeMessage(packet, fromClient, chained.sequence, place, use)) isAgain = true;
          continue;
        }
        case FRAME.ack:
          this.observer.acknowledge(reader);
          this.counts.add(PART.rudpAcknowledgement, reader.protectedStart - at);
          at = reader.protectedStart;
          continue;
        case FRAME.repair:
          this.observer.other(reader, packet.length - at);
          this.counts.add(PART.rudpRepair, packet.length - at);
          at = packet.length;
          isRepair = true;
          continue;
        case FRAME.padding:
          this.observer.other(reader, reader.count);
          this.counts.add(PART.rudpOther, reader.count);
          at += reader.count;
          isProbe = true;
          continue;
        case FRAME.close:
        case FRAME.end:
          isClose = true;
          break;
        case FRAME.maxData:
          break;
        default:
          isProbe = true;
      }
      this.observer.other(reader, reader.protectedEnd - at);
      this.counts.add(PART.rudpOther, reader.protectedEnd - at);
      at = reader.protectedEnd;
    }
    if (use.newBytes > 0 || use.messages > 0) use.cause = CAUSE.data;
    else if (isAgain) use.cause = CAUSE.retransmission;
    else if (isClose) use.cause = CAUSE.close;
    else if (isRepair) use.cause = CAUSE.repair;
    else if (isProbe) use.cause = CAUSE.probe;
  }

  /** The whole number of the MESSAGE that the reader has found. */
  #sequenceOf(fromClient: boolean, before: { sequence: number } | undefined): number {
    const reader = this.#reader;
    const { nextSequence } = this.#direction(fromClient);
    const expected = nextSequence.get(reader.channel) ?? 0;
    const sequence = reader.chained
      ? (before?.sequence ?? -1) + 1
      : expand(reader.sequence, reader.sequenceBytes, expected);
    if (sequence >= expected) nextSequence.set(reader.channel, sequence + 1);
    return sequence;
  }

  /** False where the message, or the fragment, went before. */
  #takeMessage(
    packet: Uint8Array,
    fromClient: boolean,
    sequence: number,
    place: PacketPlace,
    use: PacketUse,
  ): boolean {
    const reader = this.#reader;
    const { channel, offset, dataStart, dataEnd } = reader;
    const { seen } = this.#direction(fromClient);
    const key = keyOf(channel, sequence, offset);
    const before = seen.get(key);
    this.observer.message(reader, sequence, before);
    seen.set(key, this.observer.facts.number);
    if (before !== undefined) return false;
    if (seen.size > MOST_REMEMBERED) for (const oldest of seen.keys()) if (seen.delete(oldest)) break;
    use.newBytes += dataEnd - dataStart;
    if (channel === 0 && !this.#isOther) this.#takeData(packet, fromClient, sequence, place, use);
    if (offset === 0 && (channel !== 0 || this.telemetry === undefined)) use.messages++;
    return true;
  }

  /** Data of channel 0, in which telemetry goes. */
  #takeData(
    packet: Uint8Array,
    fromClient: boolean,
    sequence: number,
    place: PacketPlace,
    use: PacketUse,
  ): void {
    const { total, dataStart, dataEnd, isFragment } = this.#reader;
    const stretch: Stretch = {
      at: dataStart,
      length: dataEnd - dataStart,
      frame: place.frame,
      start: place.inFrame < 0 ? -1 : place.inFrame + dataStart,
    };
    if (!isFragment) this.#takeWhole(packet, dataStart, dataEnd, place.side, [stretch], use);
    else this.#takeFragment(packet, fromClient, sequence, total, place.side, stretch, use);
  }

  #takeFragment(
    packet: Uint8Array,
    fromClient: boolean,
    sequence: number,
    total: number,
    side: 0 | 1,
    stretch: Stretch,
    use: PacketUse,
  ): void {
    const { partial: waiting } = this.#direction(fromClient);
    const { offset } = this.#reader;
    let partial = waiting.get(sequence);
    if (partial === undefined) {
      // Only telemetry is put together, and only its first message can tell that it is.
      if (this.telemetry === undefined && sequence > 0) return;
      if (waiting.size >= MOST_PARTIAL)
        for (const oldest of waiting.keys()) if (waiting.delete(oldest)) break;
      partial = { bytes: new Uint8Array(total), stretches: [], have: 0 };
      waiting.set(sequence, partial);
    }
    if (partial.bytes.length !== total) return;
    partial.bytes.set(packet.subarray(stretch.at, stretch.at + stretch.length), offset);
    partial.stretches.push({ ...stretch, at: offset });
    partial.have += stretch.length;
    if (partial.have < total) return;
    waiting.delete(sequence);
    this.#takeWhole(partial.bytes, 0, total, side, partial.stretches, use);
  }

  /** A message of channel 0. */
  #takeWhole(
    bytes: Uint8Array,
    start: number,
    end: number,
    side: 0 | 1,
    stretches: readonly Stretch[],
    use: PacketUse,
  ): void {
    if (this.telemetry === undefined && end > start) {
      if (beginsWithHello(bytes, start, end)) this.telemetry = new TelemetrySession(this.#tap);
      else this.#isOther = true;
    }
    const session = this.telemetry;
    if (session === undefined) return;
    session.counts = this.counts;
    let readings = 0;
    for (let at = start; at < end && this.#cutter.next(bytes, at, end); at = this.#cutter.end)
      readings += session.take(bytes, at, this.#cutter.bodyStart, this.#cutter.end, side, stretches);
    if (readings > 0) use.messages++;
    const { facts } = this.observer;
    facts.readings += readings;
    if (readings > 0) facts.sensor = session.lastSensor;
  }
}

/** Channel, sequence and offset as one number of 53 bits. */
function keyOf(channel: number, sequence: number, offset: number): number {
  return (channel * 2 ** 25 + (sequence % 2 ** 25)) * 2 ** 20 + offset;
}

function receiverOf(packet: Uint8Array): number {
  return (
    (((packet[1] as number) << 24) |
      ((packet[2] as number) << 16) |
      ((packet[3] as number) << 8) |
      (packet[4] as number)) >>>
    0
  );
}

/** The id that a packet is for; undefined where it is too short. */
export function receiverId(packet: Uint8Array): number | undefined {
  return packet.length < 5 ? undefined : receiverOf(packet);
}

/** INIT, RETRY or ACCEPT by its form, with a cookie as our servers write it. */
export function looksLikeHandshake(packet: Uint8Array): LongPacket | undefined {
  const type = packet[0];
  if (type !== PACKET.init && type !== PACKET.retry && type !== PACKET.accept) return undefined;
  try {
    const long = readLongPacket(packet);
    if (long.kind === 'init' && !COOKIE_LENGTHS.includes(long.cookie?.length ?? 0)) return undefined;
    return long.kind === 'otherVersion' ? undefined : long;
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}
