/**
 * One connection of reliable UDP, without I/O (docs/RELIABLE-UDP.md).
 *
 * The contract of every machine here: *look* with getters, *command* (`send`, `end`, `close`, `abort`), *take*
 * (`receive`, `onTimeout`), and after each command or take drain what it *gives*: `pollTransmit` until it is empty,
 * `pollMessage` and `pollEvent`; then wait until `timeoutAt`. Times are whole microseconds of one clock.
 *
 * Here are the states and who is told of what. What comes is `ReceivingHalf`'s, what goes `SendingHalf`'s; beside them
 * `ClientHandshake`, `Closing`, `Roaming` and `Silence` each keep one thing with its own timer.
 */
import { FormatError, UsageError } from '../errors/errors.ts';
import { ClientHandshake, HANDSHAKE_US } from './client-handshake.ts';
import { Closing } from './closing.ts';
import { CLOSE_CODE, type ConnectionEvent, type ConnectionStatistics } from './connection-events.ts';
import type {
  AcceptStart,
  ConnectionOptions,
  ConnectionOwner,
  ConnectionState,
  ConnectStart,
  HandshakeAnswer,
  Transmit,
} from './connection-types.ts';
import { equal } from './cookies.ts';
import { Datagrams } from './datagrams.ts';
import { EventQueue } from './event-queue.ts';
import { FrameReader } from './frame-reader.ts';
import { FRAME } from './layout.ts';
import type { Accept, Init } from './long-packets.ts';
import { NUMBERS_END } from './numbers.ts';
import { type ConnectionParameters, DEFAULT_PARAMETERS } from './parameters.ts';
import type { Delivered } from './receive-queue.ts';
import { ReceivingHalf } from './receiving-half.ts';
import { Roaming } from './roaming.ts';
import { SendingHalf } from './sending-half.ts';
import { CONTROL } from './sent-packets.ts';
import { Silence } from './silence.ts';

/** While the peer lets nothing be sent, it is asked this often within the idle timeout whether it is there. */
const HELD_BACK_SHARE = 3;

export class Connection {
  readonly localId: number;
  readonly #options: ConnectionOptions;
  readonly #owner: ConnectionOwner;
  readonly #own: ConnectionParameters;
  #peer: ConnectionParameters = DEFAULT_PARAMETERS;
  #remoteId = 0;
  #resetToken: Uint8Array | undefined;
  #path: string;
  #state: ConnectionState;
  /** Of a client, until it knows the server's id. */
  #handshake: ClientHandshake | undefined;
  /** Of a server: ACCEPT without its frames, until the client is known to have it. */
  #acceptHeader: Uint8Array | undefined;
  #isAcceptDue = false;
  #closing: Closing | undefined;
  /** `close` or `abort` was called. */
  #isClosedHere = false;
  #hasEnded = false;
  #pathResponse: { readonly to: string; readonly nonce: Uint8Array } | undefined;

  readonly #receiving: ReceivingHalf;
  readonly #sending: SendingHalf;
  readonly #roaming = new Roaming();
  readonly #silence: Silence;
  readonly #events = new EventQueue();
  readonly #datagrams: Datagrams;
  readonly #reader = new FrameReader();
  readonly #count = {
    messagesSent: 0,
    messagesDelivered: 0,
    packetsSent: 0,
    packetsReceived: 0,
    bytesSent: 0,
    bytesReceived: 0,
  };

  private constructor(
    start: { readonly localId: number; readonly path: string; readonly own: ConnectionParameters },
    state: ConnectionState,
    options: ConnectionOptions,
    owner: ConnectionOwner,
    nowUs: number,
  ) {
    this.localId = start.localId;
    this.#path = start.path;
    this.#own = start.own;
    this.#state = state;
    this.#options = options;
    this.#owner = owner;
    this.#receiving = new ReceivingHalf(start.own);
    this.#sending = new SendingHalf(options.repair, nowUs);
    this.#datagrams = new Datagrams(this.#sending, this.#receiving);
    this.#silence = new Silence(nowUs);
  }

  /** A client's connection: INIT goes at once. */
  static connect(
    { localId, path, parameters, nonce }: ConnectStart,
    options: ConnectionOptions,
    owner: ConnectionOwner,
    nowUs: number,
  ): Connection {
    const start = { localId, path, own: parameters };
    const connection = new Connection(start, 'connecting', options, owner, nowUs);
    connection.#handshake = new ClientHandshake(nonce, nowUs);
    return connection;
  }

  /** A server's connection: the client's cookie was right. */
  static accept(
    { localId, remoteId, path, own, peer, header }: AcceptStart,
    options: ConnectionOptions,
    owner: ConnectionOwner,
    nowUs: number,
  ): Connection {
    const connection = new Connection({ localId, path, own }, 'open', options, owner, nowUs);
    connection.#remoteId = remoteId;
    connection.#learn(peer);
    connection.#acceptHeader = header;
    connection.#isAcceptDue = true;
    connection.#events.push({ type: 'open' });
    return connection;
  }

  // Look.

  get state(): ConnectionState {
    return this.#state;
  }

  /** The peer's id; 0 before it is known. */
  get remoteId(): number {
    return this.#remoteId;
  }

  /** What a RESET of the peer must show; undefined at a server. */
  get resetToken(): Uint8Array | undefined {
    return this.#resetToken;
  }

  /** Where the peer is. */
  get path(): string {
    return this.#path;
  }

  /** Why it ends, a code of CLOSE; undefined: it does not yet. The event that says so comes after what waits to be read. */
  get closeCode(): number | undefined {
    return this.#events.closeCode;
  }

  /** True where `send` has taken enough for now; the event `drain` says when to go on. */
  get isFull(): boolean {
    return this.#sending.messages.isFull;
  }

  get statistics(): ConnectionStatistics {
    const sending = this.#sending;
    const receiving = this.#receiving;
    return {
      ...this.#count,
      ...sending.counters,
      duplicates: receiving.duplicates,
      repaired: receiving.repaired,
      rttUs: sending.roundTrip.samples === 0 ? 0 : sending.roundTrip.smoothedUs,
      loss: sending.loss,
      packetsUnderWay: sending.packetsUnderWay,
      bytesUnderWay: sending.bytesUnderWay,
      bytesWaiting: sending.messages.bytesWaiting,
      bytesHeld: receiving.messages.bytesHeld,
    };
  }

  /** When `onTimeout` is to be called; undefined: when something happens. */
  timeoutAt(): number | undefined {
    if (this.#state === 'closed') return undefined;
    if (this.#closing !== undefined) return this.#closing.timeoutAt;
    if (this.#handshake !== undefined) return this.#handshake.timeoutAt;
    const at = Math.min(
      this.#sending.timeoutAt,
      this.#receiving.acknowledgementAt ?? Number.POSITIVE_INFINITY,
      this.#roaming.timeoutAt ?? Number.POSITIVE_INFINITY,
      this.#idleAt ?? Number.POSITIVE_INFINITY,
      this.#keepAliveAt ?? Number.POSITIVE_INFINITY,
    );
    return Number.isFinite(at) ? at : undefined;
  }

  /** After so much silence the connection is given up: the shorter of both ends' wishes; 0: never. */
  get #idleUs(): number {
    const [own, peer] = [this.#own.idleMs, this.#peer.idleMs];
    return 1_000 * (own === 0 || peer === 0 ? Math.max(own, peer) : Math.min(own, peer));
  }

  get #idleAt(): number | undefined {
    return this.#silence.idleAt(this.#idleUs, this.#sending.probeTimeoutUs);
  }

  get #keepAliveAt(): number | undefined {
    // What is under way is asked about by probes, and what waits goes as soon as it may.
    if (!this.#sending.isQuiet) return undefined;
    const { keepAliveUs } = this.#options;
    // A peer that does not read is not a peer that is gone.
    const isHeldBack = keepAliveUs === 0 && this.#sending.messages.isHeldBack;
    return this.#silence.keepAliveAt(isHeldBack ? Math.floor(this.#idleUs / HELD_BACK_SHARE) : keepAliveUs);
  }

  // Command.

  /**
   * Takes a message: a copy.
   * @param channel as docs/RELIABLE-UDP.md section 3
   * @returns false: enough for now
   * @throws UsageError SW_CLOSED after `close` and `abort`, and for channel 0 after `end`; SW_LIMIT where it is larger
   *   than 1 MiB. Where the connection has ended by itself it is dropped: the event that says so may still wait behind messages.
   */
  send(bytes: Uint8Array, nowUs: number, channel = 0): boolean {
    if (this.#isClosedHere || (this.#hasEnded && channel === 0))
      throw new UsageError('SW_CLOSED', 'this connection takes no more messages: it was closed');
    if (!this.#takesMessages) return true;
    this.#count.messagesSent++;
    this.#owner.touched();
    return this.#sending.send(bytes, channel, nowUs);
  }

  /** Channel 0 ends after what was sent. */
  end(): void {
    if (!this.#takesMessages || this.#hasEnded) return;
    this.#hasEnded = true;
    this.#sending.want(CONTROL.end);
    this.#owner.touched();
  }

  /** Ends the connection when everything that was sent is acknowledged. */
  close(): void {
    this.#isClosedHere = true;
    if (this.#state === 'open') this.#state = 'finishing';
    this.#owner.touched();
  }

  /** Ends the connection at once; what waits is forgotten. */
  abort(code: number, reason: string, nowUs: number): void {
    this.#isClosedHere = true;
    this.#fail(code, reason, nowUs);
    this.#owner.touched();
  }

  get #takesMessages(): boolean {
    return this.#state === 'open' || this.#state === 'connecting';
  }

  // Take.

  /** A short packet with this connection's id. False where it is none, but damaged: then it was not looked at. */
  receive(datagram: Uint8Array, from: string, nowUs: number): boolean {
    const reader = this.#reader;
    reader.nextOwnNumber = this.#sending.nextNumber;
    if (!reader.openShort(datagram)) return false;
    // A client does not know the server's id yet: the packet comes again.
    if (this.#state === 'closed' || this.#state === 'connecting') return true;
    this.#countReceived(datagram);
    this.#roaming.received(from, datagram.length);
    // Only who has got ACCEPT knows this connection's id.
    this.#acceptHeader = undefined;
    try {
      if (this.#closing !== undefined) this.#takeLate(this.#closing, reader);
      else if (reader.isNumbered) this.#takeNumbered(reader, datagram, from, nowUs);
      else this.#takeFrames(reader, from, nowUs);
    } catch (error) {
      this.#refuse(error, nowUs);
    }
    this.#closing?.cameFrom(from, datagram.length);
    return true;
  }

  /**
   * Of a server: INIT, whose frames have a packet number; the first one, or one of a client that has not got ACCEPT.
   * @param from proven by its cookie, or where the client is already
   */
  receiveInit(datagram: Uint8Array, start: number, number: number, from: string, nowUs: number): void {
    if (this.#state === 'closed' || this.#acceptHeader === undefined) return;
    this.#path = from;
    this.#isAcceptDue = true;
    this.#countReceived(datagram);
    // The client may have missed CLOSE too.
    if (this.#closing !== undefined) this.#closing.onPacket(false);
    if (this.#closing !== undefined || this.#receiving.isRepeated(number, true)) return;
    try {
      this.#openFrames(datagram, start, 'numbered');
      this.#takeFrames(this.#reader, from, nowUs);
      this.#took(number, datagram, true, from, nowUs);
    } catch (error) {
      this.#refuse(error, nowUs);
    }
  }

  /** Of a client: what answers INIT. */
  receiveHandshake(packet: HandshakeAnswer, datagram: Uint8Array, from: string, nowUs: number): void {
    if (packet.kind === 'accept') {
      this.#takeAccept(packet, datagram, from, nowUs);
      return;
    }
    const handshake = this.#handshake;
    if (handshake === undefined || this.#state !== 'connecting' || !equal(packet.nonce, handshake.nonce))
      return;
    if (packet.kind === 'version') {
      const reason = `the server speaks version ${packet.versions.join(', ')} of this protocol, we speak 1`;
      this.#fail(CLOSE_CODE.noAnswer, reason, nowUs);
    } else if (handshake.takeCookie(packet.cookie, nowUs)) {
      const { roundTripUs } = handshake;
      if (roundTripUs !== undefined) this.#sending.roundTrip.sample(roundTripUs, 0, nowUs);
      this.#events.push({ type: 'validated' });
    }
  }

  /** The peer's RESET: it knows nothing of this connection any more. */
  receiveReset(): void {
    this.#state = 'closed';
    this.#events.close(CLOSE_CODE.idle, 'the peer does not know this connection any more', true);
  }

  /**
   * A RESET that shows another token: of somebody else, or of a peer that was started again and has another secret. It is
   * believed where the peer has answered nothing for long enough; until then the peer is asked.
   */
  receiveDoubtfulReset(from: string, nowUs: number): void {
    if (from !== this.#path || (this.#state !== 'open' && this.#state !== 'finishing')) return;
    if (this.#silence.isUnanswered(this.#sending.probeTimeoutUs, nowUs)) this.receiveReset();
    else if (this.#sending.isQuiet) this.#sending.want(CONTROL.ping);
  }

  onTimeout(nowUs: number): void {
    if (this.#state === 'closed') return;
    if (this.#closing !== undefined) {
      if (this.#closing.onTimeout(nowUs)) this.#forget();
    } else if (this.#handshake !== undefined) {
      if (nowUs >= this.#handshake.giveUpUs)
        this.#fail(CLOSE_CODE.noAnswer, `no answer within ${HANDSHAKE_US / 1e6} s`, nowUs);
    } else if (nowUs >= (this.#idleAt ?? Number.POSITIVE_INFINITY)) {
      this.#state = 'closed';
      this.#events.close(CLOSE_CODE.idle, 'nothing was heard of the peer any more', false);
    }
    // The other timers are looked at whenever it is asked for packets.
  }

  // Give.

  /** The next message of the peer, in the order of its channel. */
  pollMessage(): Delivered | undefined {
    const { messages } = this.#receiving;
    const message = messages.poll();
    if (message === undefined) return undefined;
    this.#count.messagesDelivered++;
    if (messages.wantsGrant) {
      this.#sending.want(CONTROL.maxData);
      this.#owner.touched();
    }
    return message;
  }

  pollEvent(): ConnectionEvent | undefined {
    const { messages } = this.#receiving;
    if (messages.hasEnded) this.#events.end();
    return this.#events.shift(messages.hasMessages);
  }

  /** The next datagram to send. */
  pollTransmit(nowUs: number): Transmit | undefined {
    if (this.#state === 'closed') return undefined;
    const remoteId = this.#remoteId;
    const datagrams = this.#datagrams;
    if (this.#isAcceptDue && this.#acceptHeader !== undefined) {
      this.#isAcceptDue = false;
      return this.#sent(datagrams.accept(this.#acceptHeader, nowUs), nowUs);
    }
    if (this.#closing !== undefined)
      return this.#closing.isDue ? this.#sendClose(this.#closing, nowUs) : undefined;
    if (this.#handshake !== undefined) return this.#sendInit(this.#handshake, nowUs);
    const challenge = this.#roaming.challenge(nowUs);
    if (challenge !== undefined)
      return this.#sent(datagrams.challenge(remoteId, challenge.nonce), nowUs, false, challenge.to);
    const response = this.#pathResponse;
    if (response !== undefined) {
      this.#pathResponse = undefined;
      return this.#sent(datagrams.response(remoteId, response.nonce), nowUs, false, response.to);
    }
    if (nowUs >= (this.#keepAliveAt ?? Number.POSITIVE_INFINITY)) this.#sending.want(CONTROL.ping);
    const isAckDue = this.#receiving.isAcknowledgementDue(nowUs);
    if (this.#sending.wantsPacket(isAckDue, nowUs)) return this.#sendNumbered(nowUs);
    if (isAckDue) return this.#sent(datagrams.acknowledgement(remoteId, nowUs), nowUs);
    if (this.#state !== 'finishing' || !this.#sending.isAllDone) return undefined;
    return this.#sendClose(this.#beginClosing(CLOSE_CODE.done, '', false, nowUs), nowUs);
  }

  // Taking.

  #countReceived(datagram: Uint8Array): void {
    this.#count.packetsReceived++;
    this.#count.bytesReceived += datagram.length;
  }

  /** What the peer must not send ends the connection. */
  #refuse(error: unknown, nowUs: number): void {
    if (!(error instanceof FormatError)) throw error;
    this.#fail(CLOSE_CODE.protocol, error.message, nowUs);
  }

  #openFrames(datagram: Uint8Array, start: number, source: 'numbered' | 'unnumbered'): void {
    this.#reader.nextOwnNumber = this.#sending.nextNumber;
    this.#reader.openFrames(datagram, start, datagram.length, source);
  }

  #learn(peer: ConnectionParameters): void {
    this.#peer = peer;
    this.#sending.learn(peer);
  }

  #takeAccept(
    accept: Accept & { readonly framesStart: number },
    datagram: Uint8Array,
    from: string,
    nowUs: number,
  ): void {
    const isFirst = this.#handshake?.cookie !== undefined && this.#state !== 'closed';
    const isAgain = this.#resetToken !== undefined && accept.serverId === this.#remoteId;
    if (!isFirst && !isAgain) return;
    this.#countReceived(datagram);
    if (isFirst) this.#opened(accept);
    // The server does not know yet that the client has given up, or its answer was lost.
    this.#closing?.onPacket(false);
    // One that comes again acknowledges the INITs that came again.
    if (this.#state !== 'open' && this.#state !== 'finishing') return;
    try {
      this.#openFrames(datagram, accept.framesStart, 'unnumbered');
      this.#takeFrames(this.#reader, from, nowUs);
    } catch (error) {
      this.#refuse(error, nowUs);
    }
  }

  /** Of a client: the server has made the connection. */
  #opened({ serverId, resetToken, parameters }: Accept): void {
    this.#remoteId = serverId;
    this.#resetToken = resetToken.slice();
    this.#handshake = undefined;
    this.#learn(parameters);
    if (this.#closing !== undefined) return;
    this.#state = this.#isClosedHere ? 'finishing' : 'open';
    this.#events.push({ type: 'open' });
  }

  #takeNumbered(reader: FrameReader, datagram: Uint8Array, from: string, nowUs: number): void {
    const receiving = this.#receiving;
    const number = receiving.numberOf(reader);
    const { asksNow } = reader;
    this.#silence.onHeard(nowUs);
    if (number >= NUMBERS_END) throw new FormatError(`packet number ${number}: they end at 2^48`, 0);
    if (receiving.isRepeated(number, asksNow)) return;
    if (from !== this.#path && receiving.isNewest(number)) {
      const timeoutUs = this.#sending.probeTimeoutUs;
      this.#roaming.onNewest(from, datagram.length, () => this.#owner.random(8), timeoutUs, nowUs);
    }
    this.#takeFrames(reader, from, nowUs);
    this.#took(number, datagram, asksNow, from, nowUs);
  }

  /** The frames of a numbered packet were read: what else it makes known, and that it came. */
  #took(number: number, datagram: Uint8Array, asksNow: boolean, from: string, nowUs: number): void {
    const receiving = this.#receiving;
    if (this.#closing !== undefined) return;
    receiving.took(number, this.#reader, datagram);
    for (let found = receiving.nextRecomputed(); found !== undefined; found = receiving.nextRecomputed()) {
      this.#takeFrames(receiving.recomputed, from, nowUs);
      receiving.tookRecomputed(found);
      if (this.#closing !== undefined) return;
    }
    receiving.finished(number, asksNow, nowUs);
  }

  #takeFrames(reader: FrameReader, from: string, nowUs: number): void {
    this.#silence.onHeard(nowUs);
    while (reader.next()) {
      switch (reader.type) {
        case FRAME.message:
          this.#receiving.messages.receive(reader);
          break;
        case FRAME.ack:
          this.#takeAck(reader, nowUs);
          break;
        case FRAME.maxData:
          this.#sending.messages.raiseLimit(reader.limit);
          break;
        case FRAME.end:
          this.#receiving.messages.end(reader.messages);
          break;
        case FRAME.close:
          this.#beginClosing(reader.code, reader.reason, true, nowUs);
          this.#events.close(reader.code, reader.reason, true);
          return;
        case FRAME.pathChallenge:
          // What was recomputed, or asks for more than an answer, says nothing of the path that it came by.
          if (!reader.isNumbered) this.#pathResponse = { to: from, nonce: reader.nonce.slice() };
          break;
        case FRAME.pathResponse:
          if (!reader.isNumbered) this.#takePathResponse(from, reader.nonce, nowUs);
          break;
        default:
        // PADDING, PING and REPAIR: nothing to do here.
      }
    }
  }

  #takeAck(reader: FrameReader, nowUs: number): void {
    this.#sending.takeAck(reader, nowUs);
    if (this.#sending.takeDrain()) this.#events.push({ type: 'drain' });
  }

  #takePathResponse(from: string, nonce: Uint8Array, nowUs: number): void {
    if (!this.#roaming.takeResponse(from, nonce)) return;
    this.#path = from;
    this.#sending.onMoved(nowUs);
    this.#receiving.onMoved();
    this.#events.push({ type: 'moved', to: from });
  }

  /** A packet after CLOSE: only CLOSE means anything. */
  #takeLate(closing: Closing, reader: FrameReader): void {
    let hasClose = false;
    while (reader.next()) hasClose ||= reader.type === FRAME.close;
    if (closing.onPacket(hasClose)) this.#forget();
  }

  // Sending.

  #sent(bytes: Uint8Array, nowUs: number, asks = false, to: string = this.#path): Transmit {
    this.#count.packetsSent++;
    this.#count.bytesSent += bytes.length;
    this.#silence.onSaid(asks, nowUs);
    return { bytes, to };
  }

  #sendNumbered(nowUs: number): Transmit {
    const bytes = this.#datagrams.numbered(this.#remoteId, this.#state === 'finishing', nowUs);
    if (this.#sending.nextNumber >= NUMBERS_END)
      this.#fail(CLOSE_CODE.numbersUsedUp, 'the packet numbers are used up', nowUs);
    return this.#sent(bytes, nowUs, true);
  }

  #initOf({ nonce, cookie }: ClientHandshake): Omit<Init, 'packetNumber'> {
    return { clientId: this.localId, nonce, cookie, parameters: this.#own };
  }

  #sendInit(handshake: ClientHandshake, nowUs: number): Transmit | undefined {
    if (!handshake.isInitDue(nowUs)) return undefined;
    const bytes = this.#datagrams.init(this.#initOf(handshake), nowUs);
    const { roundTrip } = this.#sending;
    handshake.onInitSent(nowUs, roundTrip.samples === 0 ? undefined : roundTrip.probeTimeoutUs(0));
    return this.#sent(bytes, nowUs, true);
  }

  #sendClose(closing: Closing, nowUs: number): Transmit {
    const { answer } = closing;
    closing.onSent();
    if (this.#handshake !== undefined)
      return this.#sent(this.#datagrams.initClose(this.#initOf(this.#handshake), closing, nowUs), nowUs);
    const isProven = answer === undefined || answer.to === this.#path;
    const bytes = isProven
      ? this.#datagrams.close(this.#remoteId, closing, nowUs)
      : this.#datagrams.closeUnproven(this.#remoteId, closing, answer.mostBytes);
    return this.#sent(bytes, nowUs, false, answer?.to);
  }

  // Ending.

  #fail(code: number, reason: string, nowUs: number): void {
    if (this.#state === 'closing' || this.#state === 'closed') return;
    // A server that was never asked, or did not answer for so long, is told nothing.
    const isUnknown =
      this.#state === 'connecting' &&
      (code === CLOSE_CODE.noAnswer || this.#handshake?.mayBeAccepted !== true);
    if (isUnknown) this.#state = 'closed';
    else this.#beginClosing(code, reason, false, nowUs);
    this.#events.close(code, reason, false);
  }

  #beginClosing(code: number, reason: string, byPeer: boolean, nowUs: number): Closing {
    this.#state = 'closing';
    const timeoutUs = this.#sending.roundTrip.probeTimeoutUs(0);
    this.#closing = new Closing(code, reason, byPeer, timeoutUs, nowUs);
    return this.#closing;
  }

  #forget(): void {
    this.#state = 'closed';
    this.#events.close(CLOSE_CODE.done, '', false);
  }
}
