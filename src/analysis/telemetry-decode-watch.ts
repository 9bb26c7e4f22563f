/**
 * Finds our own protocols in a capture, conversation by conversation, and follows them: telemetry in TCP streams, in datagrams
 * and in messages of reliable UDP. Recognised by what they say, not by ports.
 *
 * A conversation that is not ours costs one look at a byte for each frame.
 */
import { Follow } from '../flows/follow.ts';
import { COMPLETENESS } from '../flows/tcp-events.ts';
import type { Packet } from '../wire/packet.ts';
import type { AnalysedFrame } from './analysed-frame.ts';
import { CAUSE } from './cost-cause.ts';
import { RudpJournal } from './rudp-journal.ts';
import {
  beginsWithHello,
  DATAGRAM_HEADER,
  FrameCutter,
  hasMark,
  looksLikeDatagram,
  readingsRun,
} from './telemetry-decode-frames.ts';
import { OwnCounts, PART } from './telemetry-decode-parts.ts';
import type { Stretch } from './telemetry-decode-places.ts';
import { looksLikeHandshake, type PacketUse, RudpConnection, receiverId } from './telemetry-decode-rudp.ts';
import { type MessageTap, TelemetrySession } from './telemetry-decode-session.ts';
import { TelemetryStream } from './telemetry-decode-stream.ts';

/** Conversations of ours that are followed; more are told as other people's. A collector takes 10,000 at once. */
const MOST_FOLLOWED = 10_000;
/** Connection ids of reliable UDP that are remembered, so that a connection is known from a new address. */
const MOST_IDS = 20_000;

/** Conversations that may turn out to be ours with their next segment. */
const MOST_CANDIDATES = 1_024;

const NS_PER_SECOND = 1_000_000_000;
const KIND = { unknown: 0, other: 1, telemetry: 2, rudp: 3 } as const;
const FIRST_CONVERSATIONS = 256;

/** What is known of a conversation of ours. */
export interface OwnConversation {
  readonly protocol: 'telemetry' | 'reliable UDP';
  /** Undefined: reliable UDP with messages of another program. */
  readonly telemetry: TelemetrySession | undefined;
  readonly rudp: RudpConnection | undefined;
  readonly counts: OwnCounts;
  /** Of reliable UDP: what its packets said in this conversation. */
  readonly journal?: RudpJournal | undefined;
  /** Where it was recognised. */
  readonly frame: number;
  readonly start: number;
  readonly end: number;
}

/** One byte a conversation. */
class Kinds {
  #bytes = new Uint8Array(FIRST_CONVERSATIONS);

  get(conversation: number): number {
    return this.#bytes[conversation] ?? KIND.unknown;
  }

  set(conversation: number, kind: number): void {
    if (conversation >= this.#bytes.length) {
      const larger = new Uint8Array(Math.max(conversation + 1, 2 * this.#bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[conversation] = kind;
  }
}

/** Telemetry in one TCP connection. */
class TcpTelemetry implements OwnConversation {
  readonly protocol = 'telemetry';
  readonly rudp = undefined;
  readonly telemetry: TelemetrySession;
  readonly counts: OwnCounts;
  readonly frame: number;
  readonly start: number;
  readonly end: number;
  /** Of the segment that was taken last. */
  newBytes = 0;
  readings = 0;
  /** Streams of the first sender and of its peer. */
  readonly streams: readonly [TelemetryStream, TelemetryStream];
  #firstSide: 0 | 1 = 0;
  #packet: Packet | undefined = undefined;
  /** Where the payload of segments that wait starts in their frames. */
  readonly #waiting = new Map<number, number>();
  readonly #follow = new Follow({
    onBytes: (from, bytes, start, end, frame) => this.#onBytes(from, bytes, start, end, frame),
    onGap: from => this.streams[from === 0 ? 0 : 1].gap(),
  });

  constructor(packet: Packet, isLate: boolean, tap: MessageTap | undefined) {
    this.telemetry = new TelemetrySession(tap);
    this.counts = this.telemetry.counts;
    this.frame = packet.number;
    this.start = placeOf(packet, packet.payloadStart);
    this.end = placeOf(packet, packet.payloadEnd);
    this.streams = [this.#stream(0, isLate), this.#stream(1, isLate)];
  }

  take({ packet, verdict }: AnalysedFrame, isFirst: boolean): void {
    if (isFirst) this.#firstSide = (verdict.place & 1) as 0 | 1;
    this.newBytes = 0;
    this.readings = 0;
    this.#packet = packet;
    const { number, payloadStart, transportBytes, tcp } = packet;
    const from = (verdict.place & 1) === this.#firstSide ? 0 : 1;
    const waited = this.#follow.waitingBytes(from);
    this.#follow.segment(verdict, tcp, number, transportBytes, payloadStart);
    if (this.#follow.waitingBytes(from) > waited) this.#waiting.set(number, placeOf(packet, payloadStart));
    else if (this.#follow.waitingBytes(0) + this.#follow.waitingBytes(1) === 0 && this.#waiting.size > 0)
      this.#waiting.clear();
  }

  #onBytes(from: number, bytes: Uint8Array, start: number, end: number, frame: number): void {
    this.newBytes += end - start;
    const packet = this.#packet as Packet;
    const waiting = this.#waiting.get(frame);
    const inFrame =
      frame === packet.number ? placeOf(packet, start) : waiting === undefined ? -1 : waiting + start;
    this.streams[from === 0 ? 0 : 1].take(bytes, start, end, frame, inFrame);
  }

  #stream(from: 0 | 1, isLate: boolean): TelemetryStream {
    return new TelemetryStream(
      {
        onFrame: (bytes, start, bodyStart, end, stretches) => {
          const side = (this.#firstSide ^ from) as 0 | 1;
          this.readings += this.telemetry.take(bytes, start, bodyStart, end, side, stretches);
        },
      },
      isLate,
    );
  }
}

/** Telemetry in datagrams. */
class DatagramTelemetry implements OwnConversation {
  readonly protocol = 'telemetry';
  readonly rudp = undefined;
  readonly telemetry: TelemetrySession;
  readonly counts: OwnCounts;
  readonly frame: number;
  readonly start: number;
  readonly end: number;
  readonly #cutter = new FrameCutter();

  constructor(packet: Packet, tap: MessageTap | undefined) {
    this.telemetry = new TelemetrySession(tap);
    this.counts = this.telemetry.counts;
    this.frame = packet.number;
    this.start = placeOf(packet, packet.payloadStart);
    this.end = placeOf(packet, packet.payloadEnd);
  }

  take(packet: Packet, side: 0 | 1, use: PacketUse): void {
    const { transportBytes: bytes, payloadStart, payloadEnd, number } = packet;
    const { telemetry } = this;
    use.newBytes = payloadEnd - payloadStart;
    use.messages = 0;
    use.cause = CAUSE.data;
    if (!hasMark(bytes, payloadStart, payloadEnd)) return;
    this.counts.add(PART.datagramHeader, DATAGRAM_HEADER);
    const at = payloadStart + DATAGRAM_HEADER;
    const stretches: readonly Stretch[] = [
      { at, length: payloadEnd - at, frame: number, start: placeOf(packet, at) },
    ];
    const cutter = this.#cutter;
    let cause: number | undefined;
    for (let next = at; next < payloadEnd && cutter.next(bytes, next, payloadEnd); next = cutter.end) {
      const readings = telemetry.take(bytes, next, cutter.bodyStart, cutter.end, side, stretches);
      if (readings > 0) use.messages = 1;
      const own = CAUSE_OF_PART.get(telemetry.lastPart) ?? CAUSE.data;
      cause = cause === undefined ? own : moreTelling(cause, own);
    }
    use.cause = cause ?? CAUSE.data;
  }
}

/** Why a datagram goes that holds nothing else. */
const CAUSE_OF_PART: ReadonlyMap<number, number> = new Map([
  [PART.session, CAUSE.handshake],
  [PART.acknowledgement, CAUSE.acknowledgement],
  [PART.clock, CAUSE.probe],
  [PART.end, CAUSE.close],
]);
/** Of several causes the first one counts. */
const TELLING: readonly number[] = [
  CAUSE.data,
  CAUSE.close,
  CAUSE.handshake,
  CAUSE.acknowledgement,
  CAUSE.probe,
];

function moreTelling(one: number, other: number): number {
  return TELLING.indexOf(one) <= TELLING.indexOf(other) ? one : other;
}

/** A place in the bytes of the transport as one in the frame; −1 where they were put together from fragments. */
function placeOf({ transportBytes, bytes, start }: Packet, at: number): number {
  return transportBytes === bytes ? at - start : -1;
}

export class OwnProtocols {
  readonly #tcpKinds = new Kinds();
  readonly #udpKinds = new Kinds();
  readonly #tcp = new Map<number, TcpTelemetry>();
  readonly #udp = new Map<number, OwnConversation>();
  readonly #byId = new Map<number, RudpConnection>();
  /** Conversations of one segment with readings so far: who sent it, and which reading should come next. */
  readonly #candidates = new Map<number, { readonly place: number; readonly next: number }>();
  #leftOut = 0;
  /** Times of reliable UDP count from here. */
  #firstSecond: number | undefined = undefined;
  /** What the frame that was taken last was for; where `take…` gave true. */
  readonly use: PacketUse = { cause: 0, newBytes: 0, messages: 0 };

  readonly #tap: MessageTap | undefined;

  constructor(tap?: MessageTap) {
    this.#tap = tap;
  }

  /** Conversations of ours that were not followed, because there were too many. */
  get leftOut(): number {
    return this.#leftOut;
  }

  ofTcp(conversation: number): OwnConversation | undefined {
    return this.#tcp.get(conversation);
  }

  ofUdp(conversation: number): OwnConversation | undefined {
    return this.#udp.get(conversation);
  }

  /** All that are ours. */
  *conversations(): Generator<OwnConversation> {
    yield* this.#tcp.values();
    yield* this.#udp.values();
  }

  /** What has been read of a TCP conversation's directions: of who sent HELLO, and of its peer. */
  streamsOf(conversation: number): readonly [TelemetryStream, TelemetryStream] | undefined {
    return this.#tcp.get(conversation)?.streams;
  }

  /** The conversation was found to be of another protocol; that does not change any more. */
  isOtherTcp(conversation: number): boolean {
    return this.#tcpKinds.get(conversation) === KIND.other;
  }

  /** Nothing was said in it by which its protocol could be told. */
  isUnknownTcp(conversation: number): boolean {
    return this.#tcpKinds.get(conversation) === KIND.unknown;
  }

  /** Takes a TCP segment; true where it belongs to a conversation of ours. */
  takeTcp(frame: AnalysedFrame): boolean {
    const { conversation } = frame.verdict;
    const kind = this.#tcpKinds.get(conversation);
    if (kind === KIND.other) return false;
    const { packet } = frame;
    if (kind === KIND.unknown) {
      if (packet.payloadEnd === packet.payloadStart) return false;
      return this.#recogniseTcp(frame);
    }
    const own = this.#tcp.get(conversation) as TcpTelemetry;
    own.take(frame, false);
    this.#noteTcp(own);
    return true;
  }

  /** Takes a datagram; true where it belongs to a conversation of ours. */
  takeUdp(frame: AnalysedFrame): boolean {
    const conversation = frame.udpPlace >>> 1;
    const kind = this.#udpKinds.get(conversation);
    if (kind === KIND.other) return false;
    const { packet } = frame;
    const side = (frame.udpPlace & 1) as 0 | 1;
    if (kind === KIND.unknown) {
      if (packet.payloadEnd === packet.payloadStart) return false;
      if (!this.#recogniseUdp(packet, conversation)) return false;
    }
    const own = this.#udp.get(conversation);
    if (own instanceof DatagramTelemetry) own.take(packet, side, this.use);
    else if (own?.rudp !== undefined) {
      own.rudp.counts = own.counts;
      own.rudp.journal = own.journal as RudpJournal;
      this.#takeRudp(own.rudp, packet, side);
    }
    return own !== undefined;
  }

  #noteTcp({ newBytes, readings }: TcpTelemetry): void {
    this.use.newBytes = newBytes;
    this.use.messages = readings > 0 ? 1 : 0;
  }

  /** By HELLO; in a capture that begins later by readings whose numbers go on, within a segment or from one to the next. */
  #recogniseTcp(frame: AnalysedFrame): boolean {
    const { packet, verdict } = frame;
    const { transportBytes: bytes, payloadStart: start, payloadEnd: end } = packet;
    const isLate = (verdict.completeness & COMPLETENESS.syn) === 0;
    if (!beginsWithHello(bytes, start, end)) {
      const candidate = this.#candidates.get(verdict.conversation);
      if (candidate !== undefined && candidate.place !== verdict.place) return false;
      const run = isLate ? readingsRun(bytes, start, end) : undefined;
      const isOurs = run !== undefined && (run.frames > 1 || run.first === candidate?.next);
      if (!isOurs) {
        const isCandidate = run !== undefined && this.#candidates.size < MOST_CANDIDATES;
        if (isCandidate) this.#candidates.set(verdict.conversation, { place: verdict.place, next: run.next });
        else this.#giveUp(verdict.conversation);
        return false;
      }
    }
    if (!this.#hasRoom()) {
      this.#giveUp(verdict.conversation);
      return false;
    }
    this.#candidates.delete(verdict.conversation);
    const own = new TcpTelemetry(packet, isLate, this.#tap);
    this.#tcp.set(verdict.conversation, own);
    this.#tcpKinds.set(verdict.conversation, KIND.telemetry);
    own.take(frame, true);
    this.#noteTcp(own);
    return true;
  }

  #giveUp(conversation: number): void {
    this.#candidates.delete(conversation);
    this.#tcpKinds.set(conversation, KIND.other);
  }

  #recogniseUdp(packet: Packet, conversation: number): boolean {
    const { transportBytes: bytes, payloadStart: start, payloadEnd: end } = packet;
    const isCut = packet.udp.capturedPayload < packet.udp.payloadLength;
    if (looksLikeDatagram(bytes, start, end, isCut) && this.#hasRoom()) {
      this.#udpKinds.set(conversation, KIND.telemetry);
      this.#udp.set(conversation, new DatagramTelemetry(packet, this.#tap));
      return true;
    }
    const connection = this.#connectionOf(bytes.subarray(start, end));
    if (connection === undefined || !this.#hasRoom()) {
      this.#udpKinds.set(conversation, KIND.other);
      return false;
    }
    this.#udpKinds.set(conversation, KIND.rudp);
    this.#udp.set(conversation, {
      protocol: 'reliable UDP',
      rudp: connection,
      counts: new OwnCounts(),
      journal: new RudpJournal(),
      get telemetry() {
        return connection.telemetry;
      },
      frame: packet.number,
      start: placeOf(packet, start),
      end: placeOf(packet, end),
    });
    return true;
  }

  /** A new connection by its handshake, or one that is known by the id. */
  #connectionOf(packet: Uint8Array): RudpConnection | undefined {
    const known = this.#byId.get(receiverId(packet) ?? -1);
    if (known !== undefined) return known;
    const long = looksLikeHandshake(packet);
    if (long === undefined) return undefined;
    const connection = new RudpConnection(receiverId(packet), this.#tap);
    this.#remember(connection.clientId, connection);
    return connection;
  }

  #takeRudp(connection: RudpConnection, packet: Packet, side: 0 | 1): void {
    const { transportBytes, payloadStart, payloadEnd } = packet;
    const bytes = transportBytes.subarray(payloadStart, payloadEnd);
    const { clientId, serverId } = connection;
    const { number: frame, seconds, nanoseconds, hasTime } = packet;
    // A double has no room for nanoseconds since 1970.
    if (hasTime) this.#firstSecond ??= seconds;
    const timeNs = hasTime ? (seconds - (this.#firstSecond ?? 0)) * NS_PER_SECOND + nanoseconds : 0;
    connection.take(bytes, { frame, inFrame: placeOf(packet, payloadStart), side, timeNs }, this.use);
    if (connection.clientId !== clientId) this.#remember(connection.clientId, connection);
    if (connection.serverId !== serverId) this.#remember(connection.serverId, connection);
  }

  #remember(id: number | undefined, connection: RudpConnection): void {
    if (id === undefined) return;
    if (this.#byId.size >= MOST_IDS)
      for (const oldest of this.#byId.keys()) if (this.#byId.delete(oldest)) break;
    this.#byId.set(id, connection);
  }

  #hasRoom(): boolean {
    if (this.#tcp.size + this.#udp.size < MOST_FOLLOWED) return true;
    this.#leftOut++;
    return false;
  }
}
