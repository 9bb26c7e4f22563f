/**
 * The collector's end of a session: a machine without I/O, clock or randomness (docs/PROTOCOL.md section 4, collector).
 *
 * Contract: *look* with getters; *command* with `accept`, `refuse`, `stored`, `command`; *take* with `receive` and `onTimeout`. After any
 * command or take the owner drains `pollTransmit` and `pollEvent` until both give undefined, and waits until `timeoutAt`.
 *
 * Invariants: every reading comes out of `pollEvent` at most once; STORED never says more than the owner said with
 * `stored`; after `isOver` nothing comes in any more.
 */
import type { ByteReader } from '../bytes/reader.ts';
import { ByteWriter } from '../bytes/writer.ts';
import { Queue } from '../collections/queue.ts';
import { FormatError, RemoteProtocolError } from '../errors/errors.ts';
import { type SensorInfo, sameSensor } from '../readings/sensor-info.ts';
import type { ClockOffset } from './clock-estimate.ts';
import { Deadlines } from './deadlines.ts';
import type { Form } from './form.ts';
import {
  DATAGRAM_HEADER_BYTES,
  FrameDecoder,
  type MessageHandler,
  readFrames,
  writeDatagramHeader,
  writeFrame,
} from './framing.ts';
import { type Arrived, Inbox, type InboxCounters } from './inbox.ts';
import type { Instant } from './instant.ts';
import * as limits from './limits.ts';
import {
  readBye,
  readClockDrift,
  readClockRequest,
  readCommandResult,
  readError,
  shortened,
  writeAcknowledgement,
  writeClockReply,
  writeCommand,
  writeError,
} from './messages/control.ts';
import { readHello, writeWelcome } from './messages/handshake.ts';
import { readReadingsHead } from './messages/readings.ts';
import { readSensor, writeSensorsKnown } from './messages/sensor.ts';
import {
  type Acknowledgement,
  type Command,
  type CommandResult,
  ERROR_CODE,
  errorName,
  type Hello,
  isExtension,
  MESSAGE,
} from './messages/types.ts';

/** What the owner should know or do. */
export type CollectorSessionEvent =
  /** A sender said HELLO: look up where its session stands, then `accept` or `refuse`. */
  | { readonly type: 'hello'; readonly hello: Hello }
  | { readonly type: 'sensor'; readonly id: number; readonly info: SensorInfo }
  /** Readings that are new; once they are durable say `stored(mark)`. */
  | ({ readonly type: 'readings' } & Arrived)
  /** What the sender thinks our clock is ahead of its own. */
  | { readonly type: 'clock'; readonly offset: ClockOffset }
  | { readonly type: 'command-result'; readonly result: CommandResult }
  /** The sender has sent everything; once all is durable say `stored(mark)`. */
  | { readonly type: 'bye'; readonly mark: Acknowledgement; readonly dropped: number }
  /** The session is over on this connection: close it. */
  | { readonly type: 'over'; readonly reason: string; readonly code: number | undefined };

/** What has come. */
export interface ArrivalCounters extends InboxCounters {
  /** Datagrams whose content could not be used. */
  readonly malformed: number;
}

type State = 'new' | 'greeting' | 'open' | 'closing' | 'over';
type Timer = 'hello' | 'delivered' | 'acknowledge' | 'idle';

export interface CollectorSessionOptions {
  readonly form: Form;
  /** Marks the session's datagrams: random, 1 to 2^24 − 1. */
  readonly tag: number;
  readonly mostSensors: number;
  /** Acknowledgements wait for company, where each costs a packet of its own; so with datagrams, unless said otherwise. */
  readonly holdsBack?: boolean;
}

const NOTHING: Acknowledgement = { upTo: 0, missing: 0 };
/** A datagram with an ERROR without a reason: header, length, type, code, length of the reason. */
const BARE_ERROR_BYTES: number = DATAGRAM_HEADER_BYTES + 4;

export class CollectorSession {
  readonly #options: CollectorSessionOptions;
  readonly #holdsBack: boolean;
  #state: State = 'new';
  #hello: Hello | undefined;
  readonly #sensors: SensorInfo[] = [];
  readonly #inbox: Inbox;
  readonly #decoder = new FrameDecoder();
  readonly #timers = new Deadlines<Timer>();
  #control: Uint8Array[] = [];
  readonly #events = new Queue<CollectorSessionEvent>();
  /** WELCOME was said: the sender knows the tag. */
  #wasOpened = false;
  #stored: Acknowledgement = NOTHING;
  #storedSaid: Acknowledgement = NOTHING;
  #deliveredSaid: Acknowledgement = NOTHING;
  /** Messages of readings since the last acknowledgement. */
  #unacknowledgedMessages = 0;
  /** DELIVERED is due when the readings up to here are not stored at the deadline. */
  #deliveredWatch = 0;
  /** Bytes of datagrams that came before WELCOME: no answer is longer. */
  #strangerBytes = 0;
  #byeNext: number | undefined;
  #byeWantsAnswer = false;
  #malformed = 0;
  /** What the sender said last of how much faster our clock runs. */
  #driftPpb = 0;

  constructor(options: CollectorSessionOptions, now: Instant) {
    this.#options = options;
    this.#holdsBack = options.holdsBack ?? options.form === 'datagram';
    this.#inbox = new Inbox(options.form);
    this.#timers.set('hello', now.monotonicUs + limits.HELLO_WITHIN_US);
  }

  get isOver(): boolean {
    return this.#state === 'over';
  }

  get hello(): Hello | undefined {
    return this.#hello;
  }

  get tag(): number {
    return this.#options.tag;
  }

  get sensors(): readonly SensorInfo[] {
    return this.#sensors;
  }

  get counters(): ArrivalCounters {
    return { ...this.#inbox.counters, malformed: this.#malformed };
  }

  /** Answers HELLO: `position` is the number of the next reading that the stores want. */
  accept(position: number, now: Instant): void {
    if (this.#state !== 'greeting' || this.#hello === undefined) return;
    const from = Math.max(position, this.#hello.from);
    this.#inbox.begin(from, from - position);
    this.#stored = this.#storedSaid = this.#inbox.mark;
    this.#state = 'open';
    this.#welcome(now);
  }

  /** Ends the connection with an ERROR: see `ERROR_CODE`. */
  refuse(code: number, reason: string): void {
    if (this.#state === 'over') return;
    const mostBytes = this.#mostReasonBytes();
    if (mostBytes >= 0)
      this.#queue(writer => writeError(writer, { code, reason: shortened(reason, mostBytes) }));
    this.#over(reason, code);
  }

  /** The connection is gone. */
  disconnected(reason: string): void {
    if (this.#state !== 'over') this.#over(reason, undefined);
  }

  /** Everything up to this mark of an event is durable. Marks come back in the order of their events. */
  stored(mark: Acknowledgement, now: Instant): void {
    if (this.#state === 'over') return;
    this.#stored = mark;
    const final = this.#byeNext !== undefined && mark.upTo >= this.#byeNext;
    if (!this.#holdsBack || final || this.#unacknowledgedMessages >= limits.DATAGRAM_ACK_MESSAGES) {
      this.#acknowledge(now);
    } else if (!this.#timers.isSet('acknowledge')) {
      this.#timers.set('acknowledge', now.monotonicUs + limits.DATAGRAM_ACK_AFTER_US);
    }
  }

  /** Sends a command; its result comes as an event with the same number. */
  command(command: Command): void {
    if (this.#state === 'open') this.#queue(writer => writeCommand(writer, command));
  }

  /** Takes a piece of the stream, or one datagram whose mark and tag the owner has checked. */
  receive(bytes: Uint8Array, now: Instant): void {
    if (this.#state === 'over') return;
    const handler = (type: number, body: ByteReader): void => this.#onMessage(type, body, now);
    try {
      if (this.#options.form === 'stream') this.#decoder.receive(bytes, handler);
      else this.#receiveDatagram(bytes, handler, now);
    } catch (error) {
      this.#onBadInput(error);
    }
    this.#passOn();
  }

  timeoutAt(): number | undefined {
    return this.#timers.next;
  }

  onTimeout(now: Instant): void {
    let timer = this.#timers.takeDue(now.monotonicUs);
    for (; timer !== undefined; timer = this.#timers.takeDue(now.monotonicUs)) {
      if (timer === 'hello') this.refuse(ERROR_CODE.timeout, 'no HELLO for 10 s');
      else if (timer === 'idle') this.#onIdle();
      else if (timer === 'acknowledge') this.#acknowledge(now);
      else this.#sayDelivered(now);
    }
  }

  /** The next bytes for the stream, or the next datagram. */
  pollTransmit(): Uint8Array | undefined {
    if (this.#control.length === 0) return undefined;
    const bytes = new ByteWriter(64);
    const datagram = this.#options.form === 'datagram';
    if (datagram) writeDatagramHeader(bytes, this.#wasOpened ? this.#options.tag : 0);
    while (this.#control.length > 0) {
      const frame = this.#control[0] as Uint8Array;
      if (datagram && bytes.length + frame.length > limits.MOST_DATAGRAM_BYTES) break;
      bytes.bytes(frame);
      this.#control.shift();
    }
    return bytes.written();
  }

  pollEvent(): CollectorSessionEvent | undefined {
    return this.#events.shift();
  }

  // ---- messages in

  /** A datagram that is malformed is dropped as a whole or from the bad frame on; the session goes on. */
  #receiveDatagram(bytes: Uint8Array, handler: MessageHandler, now: Instant): void {
    this.#watchIdle(now);
    if (!this.#isOpen()) this.#strangerBytes += bytes.length;
    let hadSensor = false;
    try {
      const end = readFrames(bytes, DATAGRAM_HEADER_BYTES, (type, body) => {
        hadSensor ||= type === MESSAGE.sensor;
        handler(type, body);
      });
      if (end < bytes.length) this.#malformed++;
    } catch (error) {
      if (this.#state === 'new' || !(error instanceof FormatError || error instanceof RemoteProtocolError))
        throw error;
      this.#malformed++;
    }
    if (hadSensor && this.#isOpen()) this.#queue(writer => writeSensorsKnown(writer, this.#sensors.length));
  }

  #onMessage(type: number, body: ByteReader, now: Instant): void {
    // What follows in the same piece is not for us any more.
    if (this.#state === 'over') return;
    if (type === MESSAGE.reading || type === MESSAGE.readings) return this.#onReadings(type, body, now);
    this.#passOn();
    if (type === MESSAGE.hello) return this.#onHello(readHello(body), now);
    if (type === MESSAGE.error) {
      const { code, reason } = readError(body);
      return this.#over(`the sender says ${errorName(code)}: ${reason}`, code);
    }
    this.#requireOpen(type);
    switch (type) {
      case MESSAGE.sensor:
        return this.#onSensor(body);
      case MESSAGE.clockDrift:
        this.#driftPpb = readClockDrift(body);
        return;
      case MESSAGE.clockRequest:
        return this.#onClockRequest(body, now);
      case MESSAGE.commandResult:
        this.#events.push({ type: 'command-result', result: readCommandResult(body) });
        return;
      case MESSAGE.bye:
        return this.#onBye(body, now);
      default:
        if (!isExtension(type))
          throw new FormatError(`message of unknown type 0x${type.toString(16)}`, body.position);
    }
  }

  #requireOpen(type: number): void {
    if (this.#isOpen()) return;
    throw unexpected(
      `message 0x${type.toString(16)} ${this.#state === 'new' ? 'where HELLO should be' : 'before WELCOME'}`,
    );
  }

  #onHello(hello: Hello, now: Instant): void {
    if (this.#state === 'new') {
      this.#hello = hello;
      this.#timers.clear('hello');
      this.#state = 'greeting';
      this.#events.push({ type: 'hello', hello });
      return;
    }
    if (this.#options.form === 'stream') throw unexpected('a second HELLO');
    if (hello.session !== this.#hello?.session) {
      // Another sender got this address; its next HELLO finds a new session here.
      return this.#over('another session from the same address', ERROR_CODE.superseded);
    }
    if (this.#state === 'greeting') return;
    // The sender has not heard us, or it gave up what was under way.
    this.#inbox.skipTo(hello.from);
    this.#state = 'open';
    this.#byeNext = undefined;
    this.#byeWantsAnswer = false;
    this.#welcome(now);
    // Its position says only what was received; what is stored, the sender may not have heard.
    if (this.#inbox.counters.received > 0) this.#sayStored();
  }

  #welcome(now: Instant): void {
    this.#wasOpened = true;
    const { upTo, missing } = this.#inbox.mark;
    this.#deliveredSaid = { upTo, missing };
    this.#queue(writer =>
      writeWelcome(writer, {
        version: limits.VERSIONS.highest,
        tag: this.#options.tag,
        position: upTo,
        missing,
        mostMessageBytes: limits.MOST_MESSAGE_BYTES,
        mostSensors: this.#options.mostSensors,
      }),
    );
    if (this.#options.form === 'datagram') this.#watchIdle(now);
  }

  #onSensor(body: ByteReader): void {
    const { id, info } = readSensor(body);
    const known = this.#sensors[id];
    if (known !== undefined) {
      if (!sameSensor(known, info)) this.refuse(ERROR_CODE.unexpected, `another description of sensor ${id}`);
      return;
    }
    if (id !== this.#sensors.length) {
      // In datagrams the one before may be under way still: it will be repeated, and so will this one.
      if (this.#options.form === 'datagram') return;
      throw unexpected(`sensor ${id} where ${this.#sensors.length} should be`);
    }
    if (id >= this.#options.mostSensors)
      return this.refuse(ERROR_CODE.limit, `more than ${this.#options.mostSensors} sensors`);
    this.#sensors.push(info);
    this.#events.push({ type: 'sensor', id, info });
  }

  #onReadings(type: number, body: ByteReader, now: Instant): void {
    this.#requireOpen(type);
    const { sensor, number, count } = readReadingsHead(body, type);
    const info = this.#sensors[sensor];
    if (info === undefined) throw unexpected(`a reading of sensor ${sensor}, which was not announced`);
    if (this.#byeNext !== undefined && number + count > this.#byeNext)
      throw unexpected('a reading after BYE');
    if (!this.#inbox.continues(sensor, number, count)) this.#passOn();
    this.#inbox.read(body, type, { sensor, number, count }, info, this.#hello?.epochUs ?? 0);
    this.#unacknowledgedMessages++;
    if (!this.#timers.isSet('delivered')) this.#watchDelivery(number + count, now);
  }

  /** Passes on the readings gathered. */
  #passOn(): void {
    for (const arrived of this.#inbox.flush()) this.#events.push({ type: 'readings', ...arrived });
  }

  #onClockRequest(body: ByteReader, now: Instant): void {
    const { sentUs, offsetUs, uncertaintyUs } = readClockRequest(body);
    this.#queue(writer => writeClockReply(writer, { sentUs, arrivedUs: now.wallUs, answeredUs: now.wallUs }));
    if (uncertaintyUs > 0)
      this.#events.push({ type: 'clock', offset: { offsetUs, uncertaintyUs, driftPpb: this.#driftPpb } });
  }

  #onBye(body: ByteReader, now: Instant): void {
    const { next, dropped } = readBye(body);
    if (next < this.#inbox.mark.upTo)
      throw unexpected(`BYE after ${next} readings, ${this.#inbox.mark.upTo} have come`);
    this.#inbox.skipTo(next);
    this.#byeNext = next;
    this.#byeWantsAnswer = true;
    this.#state = 'closing';
    if (this.#options.form === 'datagram') this.#watchIdle(now);
    this.#events.push({ type: 'bye', mark: this.#inbox.mark, dropped });
  }

  // ---- answers out

  #isOpen(): boolean {
    return this.#state === 'open' || this.#state === 'closing';
  }

  #acknowledge(now: Instant): void {
    this.#timers.clear('acknowledge');
    this.#unacknowledgedMessages = 0;
    const { upTo, missing } = this.#stored;
    const isNew = upTo !== this.#storedSaid.upTo || missing !== this.#storedSaid.missing;
    const answersBye = this.#byeWantsAnswer && this.#byeNext !== undefined && upTo >= this.#byeNext;
    if (isNew || answersBye) this.#sayStored();
    if (answersBye) this.#byeWantsAnswer = false;
    if (upTo === this.#inbox.mark.upTo) this.#timers.clear('delivered');
    else if (upTo >= this.#deliveredWatch) this.#watchDelivery(this.#inbox.mark.upTo, now);
  }

  #sayStored(): void {
    this.#storedSaid = this.#stored;
    this.#queue(writer => writeAcknowledgement(writer, 'stored', this.#stored));
  }

  /** A datagram peer that says nothing is forgotten; after BYE soon, for only a repeated BYE can come. */
  #watchIdle(now: Instant): void {
    const after = this.#state === 'closing' ? limits.DATAGRAM_CLOSED_US : limits.DATAGRAM_IDLE_US;
    this.#timers.set('idle', now.monotonicUs + after);
  }

  #onIdle(): void {
    if (this.#state === 'closing') this.#over('the session ended', undefined);
    else this.refuse(ERROR_CODE.timeout, 'nothing for 120 s');
  }

  /** Readings below `upTo` should be stored soon, or DELIVERED is said of them. */
  #watchDelivery(upTo: number, now: Instant): void {
    const after = this.#holdsBack ? limits.DATAGRAM_ACK_AFTER_US : limits.DELIVERED_AFTER_US;
    this.#deliveredWatch = upTo;
    this.#timers.set('delivered', now.monotonicUs + after);
  }

  /** DELIVERED, where the stores are behind. */
  #sayDelivered(now: Instant): void {
    if (this.#state !== 'open') return;
    const mark = this.#inbox.mark;
    // A STORED that is held back says more, and goes out as late.
    const isStored = this.#stored.upTo >= this.#deliveredWatch;
    if (!isStored && mark.upTo > this.#deliveredSaid.upTo) {
      this.#deliveredSaid = mark;
      this.#queue(writer => writeAcknowledgement(writer, 'delivered', mark));
    }
    if (mark.upTo > Math.max(this.#stored.upTo, this.#deliveredSaid.upTo))
      this.#watchDelivery(mark.upTo, now);
  }

  /** Before WELCOME an answer in datagrams is not longer than what came, so that it amplifies nothing; below 0: none. */
  #mostReasonBytes(): number {
    if (this.#options.form === 'stream' || this.#isOpen()) return limits.MOST_REASON_BYTES;
    return Math.min(limits.MOST_REASON_BYTES, this.#strangerBytes - BARE_ERROR_BYTES);
  }

  #queue(write: (body: ByteWriter) => void): void {
    const frame = new ByteWriter(32);
    writeFrame(frame, write);
    this.#control.push(frame.written());
  }

  #onBadInput(error: unknown): void {
    if (error instanceof RemoteProtocolError) this.refuse(error.closeCode, error.message);
    else if (error instanceof FormatError)
      this.refuse(ERROR_CODE.malformed, `${error.message} (at byte ${error.offset})`);
    else throw error;
  }

  #over(reason: string, code: number | undefined): void {
    this.#passOn();
    this.#state = 'over';
    this.#timers.clearAll();
    this.#events.push({ type: 'over', reason, code });
  }
}

/** An ERROR without a reason, for a datagram that belongs to no session: as short as can be. */
export function errorDatagram(code: number): Uint8Array {
  const datagram = new ByteWriter(BARE_ERROR_BYTES);
  writeDatagramHeader(datagram, 0);
  writeFrame(datagram, body => writeError(body, { code, reason: '' }));
  return datagram.written();
}

function unexpected(what: string): RemoteProtocolError {
  return new RemoteProtocolError('SW_PROTOCOL', what, ERROR_CODE.unexpected);
}
