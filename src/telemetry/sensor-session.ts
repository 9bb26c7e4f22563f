/**
 * The sender's end of a session: a machine without I/O, clock or randomness (docs/PROTOCOL.md section 4, sender).
 *
 * Contract: *look* with getters; *command* with `announce`, `send`, `finish`, `connected`, `disconnected`, `answer`; *take* with
 * `receive` and `onTimeout`. After any command or take the owner drains `pollTransmit` and `pollEvent` until both
 * give undefined, and waits until `timeoutAt`.
 *
 * Invariants: numbers are given once and never change; a reading leaves the spool only when it is acknowledged as
 * stored (or, plain datagrams, given up), or dropped and counted because the buffer is full.
 */
import type { ByteReader } from '../bytes/reader.ts';
import { ByteWriter } from '../bytes/writer.ts';
import { Queue } from '../collections/queue.ts';
import { FormatError, RemoteProtocolError, UsageError } from '../errors/errors.ts';
import type { Batch } from '../readings/batch.ts';
import { hasControl, type SensorInfo, sameSensor, sensorProblem } from '../readings/sensor-info.ts';
import { ClockEstimate, type ClockOffset } from './clock-estimate.ts';
import { Deadlines } from './deadlines.ts';
import type { Form } from './form.ts';
import {
  DATAGRAM_HEADER_BYTES,
  datagramTag,
  FrameDecoder,
  readFrames,
  writeDatagramHeader,
  writeFrame,
} from './framing.ts';
import type { Instant } from './instant.ts';
import * as limits from './limits.ts';
import {
  readAcknowledgement,
  readClockReply,
  readCommand,
  readError,
  writeBye,
  writeClockDrift,
  writeClockRequest,
  writeCommandResult,
  writeError,
} from './messages/control.ts';
import { readWelcome, writeHello } from './messages/handshake.ts';
import { readSensorsKnown, writeSensor } from './messages/sensor.ts';
import {
  type Acknowledgement,
  type Command,
  ERROR_CODE,
  type ErrorMessage,
  errorName,
  isExtension,
  MESSAGE,
} from './messages/types.ts';
import { Outbox } from './outbox.ts';
import type { Spool } from './spool.ts';
import { Tally } from './tally.ts';

export type { Form } from './form.ts';

export interface SensorSessionOptions {
  /** 32 hexadecimal digits, random, not all 0. */
  readonly session: string;
  /** The sender's name, 1 to 128 bytes of UTF-8. */
  readonly source: string;
  /** Reading times go over the wire relative to this; near the first reading is good. */
  readonly epochUs: number;
  readonly form: Form;
  /** Readings kept at most until they are acknowledged as stored; their frames have at most MOST_BUFFER_BYTES. */
  readonly bufferReadings: number;
}

/** What the owner should know or do. */
export type SensorSessionEvent =
  /** WELCOME came: readings flow. `resumedAt` is the first number that the collector wants. */
  | { readonly type: 'open'; readonly resumedAt: number }
  /**
   * A message of readings is on the collector's disk, `ackUs` after it was given to `send`. In datagrams it may be
   * one of those that STORED counts as missing: how many are stored, the getter `stored` tells.
   */
  | { readonly type: 'stored'; readonly count: number; readonly ackUs: number }
  /** The collector wants something done; answer with `answer`. */
  | { readonly type: 'command'; readonly command: Command }
  /** This connection is over; make another one after a while. */
  | { readonly type: 'retry'; readonly reason: string }
  /** Everything that was sent is stored, and the session is over. */
  | { readonly type: 'done' }
  /** The collector has all it was asked to collect; what it did not take is not wanted. */
  | { readonly type: 'complete'; readonly reason: string }
  /** The session cannot go on. */
  | { readonly type: 'failed'; readonly error: RemoteProtocolError };

export type SensorSessionState = 'away' | 'greeting' | 'open' | 'closing' | 'done';

type Timer = 'greet' | 'announce' | 'bye' | 'clock' | 'silence';

/** Bytes given to a stream at once: large enough for the kernel, small enough to stop soon when it is full. */
const CHUNK_BYTES = 65_536;

/** Before the first exchange. */
const NO_ESTIMATE: ClockOffset = { offsetUs: 0, uncertaintyUs: 0, driftPpb: 0 };

export class SensorSession {
  readonly #options: SensorSessionOptions;
  #state: SensorSessionState = 'away';
  readonly #sensors: SensorInfo[] = [];
  /** Sensors from 0 on that this connection's collector knows (streams: that were announced). */
  #known = 0;
  #announced = 0;
  readonly #outbox: Outbox;
  readonly #spool: Spool;
  readonly #stored = new Tally();
  readonly #delivered = new Tally();
  /** What HELLO said: the lowest number that can still be sent. */
  #from = 0;
  #tag = 0;
  /** Of the collector that these datagrams were counted by. */
  #countingTag = 0;
  /** Sensors that this connection's collector takes. */
  #mostSensors: number = limits.MOST_SENSORS;
  #finishing = false;
  #saidBye = false;
  #greetings = 0;
  #byes = 0;
  #clockRequests = 0;
  readonly #clock = new ClockEstimate();
  readonly #timers = new Deadlines<Timer>();
  /** Frames other than readings, in order. */
  #control: Uint8Array[] = [];
  readonly #events = new Queue<SensorSessionEvent>();
  #decoder = new FrameDecoder();

  /** @throws UsageError SW_USAGE for a session or a source that HELLO cannot carry. */
  constructor(options: SensorSessionOptions) {
    const problem = helloProblem(options);
    if (problem !== undefined) throw new UsageError('SW_USAGE', problem);
    this.#options = options;
    this.#outbox = new Outbox(options);
    this.#spool = this.#outbox.spool;
  }

  get state(): SensorSessionState {
    return this.#state;
  }

  /** Readings numbered so far. */
  get readings(): number {
    return this.#outbox.next;
  }

  /** Readings acknowledged as stored, and as delivered (stored ones are delivered). */
  get stored(): number {
    return this.#stored.total;
  }

  get delivered(): number {
    return Math.max(this.#delivered.total, this.#stored.total);
  }

  /** Readings dropped because the buffer was full, and because they fit no message. */
  get dropped(): { readonly full: number; readonly tooLarge: number } {
    return this.#outbox.dropped;
  }

  /** Readings in the buffer. */
  get buffered(): number {
    return this.#spool.readings;
  }

  /** True while readings given to `send` go to the network at once. */
  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** How far the collector's clock is ahead. */
  get clockOffset(): ClockOffset | undefined {
    return this.#clock.best;
  }

  /**
   * Announces a sensor and gives its id; the same description gives the same id.
   * @throws UsageError SW_BAD_SENSOR
   */
  announce(info: SensorInfo): number {
    const known = this.#sensors.findIndex(sensor => sameSensor(sensor, info));
    if (known !== -1) return known;
    const problem = sensorProblem(info);
    if (problem !== undefined)
      throw new UsageError('SW_BAD_SENSOR', `the sensor "${info.name}" cannot be announced: ${problem}`);
    if (this.#sensors.length >= limits.MOST_SENSORS) {
      throw new UsageError(
        'SW_BAD_SENSOR',
        `a session has at most ${limits.MOST_SENSORS} sensors: use a second sender`,
      );
    }
    this.#sensors.push(info);
    return this.#sensors.length - 1;
  }

  /**
   * Numbers the readings of a batch, keeps them, and sends them when it can. Drops (and counts) where the buffer is full.
   * @throws UsageError SW_BAD_SENSOR, or SW_CLOSED after `finish`.
   */
  send(sensor: number, batch: Batch, now: Instant): void {
    const info = this.#sensors[sensor];
    if (info === undefined)
      throw new UsageError('SW_BAD_SENSOR', `no sensor has the id ${sensor}: announce it first`);
    if (this.#finishing)
      throw new UsageError('SW_CLOSED', 'a reading after finish(): BYE may be said already');
    this.#outbox.add(sensor, info, batch, now.monotonicUs);
  }

  /** There is a connection: says HELLO. */
  connected(now: Instant): void {
    this.#decoder = new FrameDecoder();
    this.#greetings = 0;
    this.#greet(now);
  }

  /** The connection is gone; `connected` is expected some time. */
  disconnected(): void {
    if (this.#state !== 'done') this.#leave();
  }

  /** No more readings will come: says BYE when all are sent. */
  finish(): void {
    this.#finishing = true;
  }

  /** Answers a command. One of a connection that is gone has nobody who waits for the answer. */
  answer(command: number, status: number, reason: string): void {
    if (this.#state === 'open' || this.#state === 'closing')
      this.#queue(writer => writeCommandResult(writer, { command, status, reason }));
  }

  /** Takes a piece of the stream, or one datagram. */
  receive(bytes: Uint8Array, now: Instant): void {
    if (this.#state === 'away' || this.#state === 'done') return;
    const tag = this.#options.form === 'datagram' ? datagramTag(bytes) : this.#tag;
    if (tag === undefined) return;
    const handler = (type: number, body: ByteReader): void => {
      if (this.#isOurs(tag, type)) this.#onMessage(type, body, now);
    };
    if (tag === this.#tag) this.#heard(now);
    try {
      if (this.#options.form === 'stream') this.#decoder.receive(bytes, handler);
      else readFrames(bytes, DATAGRAM_HEADER_BYTES, handler);
    } catch (error) {
      this.#onBadInput(error);
    }
  }

  /** When `onTimeout` wants to be called, monotonic. */
  timeoutAt(): number | undefined {
    return this.#timers.next;
  }

  onTimeout(now: Instant): void {
    let timer = this.#timers.takeDue(now.monotonicUs);
    for (; timer !== undefined; timer = this.#timers.takeDue(now.monotonicUs)) {
      if (timer === 'greet') this.#greet(now);
      else if (timer === 'announce') this.#announceUnknown(now);
      else if (timer === 'bye') this.#sayBye(now);
      else if (timer === 'clock') this.#askClock(now);
      else this.#onSilence(now);
    }
  }

  /** The next bytes for the stream, or the next datagram. */
  pollTransmit(now: Instant): Uint8Array | undefined {
    if (this.#state === 'open') {
      if (this.#announced < this.#sensors.length) this.#announceUnknown(now);
      if (this.#finishing && this.#spool.nextUnsent === undefined) this.#startClosing(now);
    }
    return this.#options.form === 'stream' ? this.#nextChunk() : this.#nextDatagram(now);
  }

  pollEvent(): SensorSessionEvent | undefined {
    return this.#events.shift();
  }

  // ---- bytes out

  #nextChunk(): Uint8Array | undefined {
    if (this.#control.length > 0) return takeJoined(this.#control);
    return this.#state === 'open' ? this.#spool.takeChunk(CHUNK_BYTES) : undefined;
  }

  #nextDatagram(now: Instant): Uint8Array | undefined {
    if (this.#control.length === 0 && (this.#state !== 'open' || this.#spool.nextUnsent === undefined))
      return undefined;
    const datagram = new ByteWriter(256);
    writeDatagramHeader(datagram, this.#tag);
    const fits = (bytes: number): boolean => datagram.length + bytes <= limits.MOST_DATAGRAM_BYTES;
    for (let next = this.#control[0]; next !== undefined && fits(next.length); next = this.#control[0]) {
      datagram.bytes(next);
      this.#control.shift();
    }
    while (this.#state === 'open') {
      const next = this.#spool.nextUnsent;
      if (next === undefined || next.sensor >= this.#known || !fits(next.end - next.start)) break;
      datagram.bytes(next.slab.subarray(next.start, next.end));
      // Silence is measured from the first reading that waits for an answer.
      if (!this.#spool.hasSent) this.#timers.set('silence', now.monotonicUs + limits.DATAGRAM_SILENCE_US);
      this.#spool.takeUnsent();
    }
    return datagram.length > DATAGRAM_HEADER_BYTES ? datagram.written() : undefined;
  }

  #queue(write: (body: ByteWriter) => void): void {
    const frame = new ByteWriter(64);
    writeFrame(frame, write);
    this.#control.push(frame.written());
  }

  // ---- the life of a connection

  #greet(now: Instant): void {
    this.#leave();
    this.#state = 'greeting';
    const { session, source, epochUs, form } = this.#options;
    if (form === 'datagram') while (this.#spool.shiftSent() !== undefined);
    else this.#spool.rewind();
    this.#from = this.#spool.oldest?.number ?? this.#outbox.next;
    const [lowestVersion, highestVersion] = [limits.VERSIONS.lowest, limits.VERSIONS.highest];
    this.#queue(writer =>
      writeHello(writer, { lowestVersion, highestVersion, session, epochUs, from: this.#from, source }),
    );
    if (form === 'stream') this.#heard(now);
    else {
      const waits = limits.HELLO_REPEAT_US;
      const wait = waits[Math.min(this.#greetings++, waits.length - 1)] as number;
      this.#timers.set('greet', now.monotonicUs + wait);
    }
  }

  /** Forgets the connection, keeps the session. */
  #leave(): void {
    this.#state = 'away';
    this.#control = [];
    this.#timers.clearAll();
    this.#known = 0;
    this.#announced = 0;
    this.#tag = 0;
  }

  #onWelcome(body: ByteReader, now: Instant): void {
    const welcome = readWelcome(body);
    const isStream = this.#options.form === 'stream';
    // In datagrams a second HELLO may have crossed the first answer.
    if (this.#state !== 'greeting') return this.#unless(!isStream, 'a second WELCOME');
    // In datagrams it may answer an earlier HELLO, from before the buffer ran over.
    this.#unless(
      welcome.position <= this.#sayable() && (welcome.position >= this.#from || !isStream),
      `WELCOME with position ${welcome.position}`,
    );
    this.#unless(
      welcome.version >= limits.VERSIONS.lowest && welcome.version <= limits.VERSIONS.highest,
      `WELCOME in version ${welcome.version}`,
    );
    if (welcome.mostMessageBytes < this.#outbox.mostMessageBytes)
      return this.#refuse(`the collector takes messages of ${welcome.mostMessageBytes} bytes only`);
    this.#mostSensors = welcome.mostSensors;
    this.#tag = welcome.tag;
    this.#greetings = 0;
    this.#timers.clear('greet');
    this.#resume({ upTo: welcome.position, missing: welcome.missing }, now);
    this.#state = 'open';
    this.#events.push({ type: 'open', resumedAt: welcome.position });
    this.#clockRequests = 0;
    this.#askClock(now);
  }

  /**
   * Begins to count anew: the collector may be another one, and what it holds is what it releases. With the tag that we
   * know it is the one that counted so far, and its position says what it has received, not what is stored.
   */
  #resume(acknowledged: Acknowledgement, now: Instant): void {
    if (this.#options.form === 'datagram' && this.#tag === this.#countingTag) {
      if (!this.#delivered.isOlder(acknowledged)) this.#delivered.take(acknowledged);
      return;
    }
    this.#countingTag = this.#tag;
    const released = this.#release(acknowledged.upTo, now);
    this.#stored.resume(this.#stored.total + released, acknowledged);
    this.#delivered.resume(this.#stored.total, acknowledged);
  }

  /** Announces what the collector does not know; in datagrams again until it does. */
  #announceUnknown(now: Instant): void {
    if (this.#sensors.length > this.#mostSensors)
      return this.#refuse(`the collector takes ${this.#mostSensors} sensors only: use a second sender`);
    const [first, last] = [
      this.#options.form === 'stream' ? this.#announced : this.#known,
      this.#sensors.length,
    ];
    for (let id = first; id < last; id++)
      this.#queue(writer => writeSensor(writer, { id, info: this.#sensors[id] as SensorInfo }));
    this.#announced = last;
    if (this.#options.form === 'datagram' && first < last)
      this.#timers.set('announce', now.monotonicUs + limits.SENSOR_REPEAT_US);
  }

  #startClosing(now: Instant): void {
    this.#state = 'closing';
    this.#byes = 0;
    this.#sayBye(now);
  }

  #sayBye(now: Instant): void {
    if (this.#byes++ >= limits.BYE_REPEATS) return this.#onSilence(now);
    this.#saidBye = true;
    this.#queue(writer =>
      writeBye(writer, { next: this.#outbox.next, dropped: this.#outbox.dropped.tooLarge }),
    );
    if (this.#options.form === 'datagram') this.#timers.set('bye', now.monotonicUs + limits.BYE_REPEAT_US);
  }

  #heard(now: Instant): void {
    if (this.#options.form === 'stream')
      this.#timers.set('silence', now.monotonicUs + limits.STREAM_SILENCE_US);
    else if (this.#spool.hasSent) this.#timers.set('silence', now.monotonicUs + limits.DATAGRAM_SILENCE_US);
  }

  #onSilence(now: Instant): void {
    const datagram = this.#options.form === 'datagram';
    if (datagram && !this.#spool.hasSent && this.#state !== 'closing') return;
    const reason = `the collector has said nothing for ${datagram ? '3 s' : '60 s'}`;
    if (datagram) this.#greet(now);
    else this.#leave();
    this.#events.push({ type: 'retry', reason });
  }

  #askClock(now: Instant): void {
    const { driftPpb, ...estimate } = this.#clock.at(now.monotonicUs) ?? NO_ESTIMATE;
    if (driftPpb !== 0) this.#queue(writer => writeClockDrift(writer, driftPpb));
    this.#queue(writer => writeClockRequest(writer, { sentUs: now.wallUs, ...estimate }));
    const wait = limits.CLOCK_WAITS_US[this.#clockRequests++] ?? limits.CLOCK_EVERY_US;
    this.#timers.set('clock', now.monotonicUs + wait);
  }

  // ---- messages in

  #onMessage(type: number, body: ByteReader, now: Instant): void {
    // What follows in the same piece is not for us any more.
    if (this.#state === 'away' || this.#state === 'done') return;
    if (type === MESSAGE.error) return this.#onError(readError(body), now);
    if (type === MESSAGE.welcome) return this.#onWelcome(body, now);
    if (this.#state === 'greeting') throw unexpected(`message 0x${type.toString(16)} before WELCOME`);
    switch (type) {
      case MESSAGE.delivered:
        return this.#onAcknowledgement(this.#delivered, body);
      case MESSAGE.stored:
        this.#onAcknowledgement(this.#stored, body);
        this.#release(this.#stored.upTo, now);
        if (this.#state === 'closing' && this.#stored.upTo === this.#outbox.next) this.#end({ type: 'done' });
        return;
      case MESSAGE.clockReply: {
        const { sentUs, arrivedUs, answeredUs } = readClockReply(body);
        return this.#clock.take(sentUs, arrivedUs, answeredUs, now);
      }
      case MESSAGE.command:
        this.#events.push({ type: 'command', command: readCommand(body) });
        return;
      case MESSAGE.sensorsKnown:
        return this.#onSensorsKnown(readSensorsKnown(body));
      default:
        if (!isExtension(type))
          throw new FormatError(`message of unknown type 0x${type.toString(16)}`, body.position);
    }
  }

  #onAcknowledgement(tally: Tally, body: ByteReader): void {
    const acknowledgement = readAcknowledgement(body);
    const most = this.#sayable();
    this.#unless(
      acknowledgement.upTo <= most,
      `acknowledgement up to ${acknowledgement.upTo} of ${most} readings`,
    );
    // Datagrams may overtake each other: an older acknowledgement says nothing new.
    if (tally.isOlder(acknowledgement))
      return this.#unless(this.#options.form === 'datagram', 'acknowledgement that goes back');
    tally.take(acknowledgement);
  }

  /** One past the highest number that the collector can know of. */
  #sayable(): number {
    return this.#saidBye ? this.#outbox.next : Math.max(this.#from, this.#spool.sentUpTo);
  }

  /** Lets go of what is stored, and says how many that were. */
  #release(upTo: number, now: Instant): number {
    let released = 0;
    for (
      let entry = this.#spool.oldest;
      entry !== undefined && entry.number + entry.count <= upTo;
      entry = this.#spool.oldest
    ) {
      this.#spool.shift();
      released += entry.count;
      this.#events.push({ type: 'stored', count: entry.count, ackUs: now.monotonicUs - entry.givenUs });
    }
    if (this.#options.form === 'datagram' && !this.#spool.hasSent) this.#timers.clear('silence');
    return released;
  }

  #onSensorsKnown(count: number): void {
    this.#unless(count <= this.#sensors.length, `SENSORS-KNOWN of ${count} sensors`);
    this.#known = Math.max(this.#known, count);
    if (this.#known === this.#sensors.length) this.#timers.clear('announce');
  }

  #onError({ code, reason }: ErrorMessage, now: Instant): void {
    const text = `the collector says ${errorName(code)}${reason === '' ? '' : `: ${reason}`}`;
    switch (code) {
      case ERROR_CODE.complete:
        this.#end({ type: 'complete', reason });
        return;
      case ERROR_CODE.unknownSession:
        // Late answers to what was sent before this greeting are no news.
        if (this.#options.form === 'datagram' && this.#state !== 'greeting') this.#greet(now);
        return;
      case ERROR_CODE.limit:
      case ERROR_CODE.storeFailed:
      case ERROR_CODE.shuttingDown:
      case ERROR_CODE.timeout:
        if (this.#options.form === 'stream') this.#leave();
        else if (this.#state !== 'greeting') this.#greet(now);
        this.#events.push({ type: 'retry', reason: text });
        return;
      default:
        this.#end({ type: 'failed', error: new RemoteProtocolError('SW_REFUSED_BY_PEER', text, code) });
    }
  }

  #end(event: SensorSessionEvent): void {
    this.#leave();
    this.#state = 'done';
    this.#events.push(event);
  }

  /** What the collector sent breaks the protocol: tell it why, and stop. */
  #onBadInput(error: unknown): void {
    if (!(error instanceof FormatError || error instanceof RemoteProtocolError)) throw error;
    const code = error instanceof RemoteProtocolError ? error.closeCode : ERROR_CODE.malformed;
    const message = `the collector broke the protocol: ${error.message}`;
    this.#fail(new RemoteProtocolError('SW_PROTOCOL', message, code), error.message);
  }

  /** The collector takes less than we have. */
  #refuse(reason: string): void {
    this.#fail(new RemoteProtocolError('SW_REFUSED_BY_PEER', reason, ERROR_CODE.limit), reason);
  }

  #fail(error: RemoteProtocolError, reason: string): void {
    const tag = this.#tag;
    this.#end({ type: 'failed', error });
    // The last datagram is still one of the session.
    this.#tag = tag;
    this.#queue(writer => writeError(writer, { code: error.closeCode, reason }));
  }

  /**
   * Datagrams come late and from anywhere: only those with our tag count, and where we have none yet WELCOME alone.
   * ERROR answers a HELLO too, and a tag that is not known (then it comes with tag 0).
   */
  #isOurs(tag: number, type: number): boolean {
    if (this.#options.form === 'stream') return true;
    if (this.#state === 'greeting') return type === MESSAGE.welcome || type === MESSAGE.error;
    return tag === this.#tag || (tag === 0 && type === MESSAGE.error);
  }

  #unless(holds: boolean, what: string): void {
    if (!holds) throw unexpected(what);
  }
}

/** Says what is wrong with what HELLO will say, or undefined. */
function helloProblem({ session, source }: SensorSessionOptions): string | undefined {
  if (!/^[0-9a-f]{32}$/i.test(session) || /^0+$/.test(session))
    return `the session "${session}" must be 32 hexadecimal digits, not all 0`;
  const sourceBytes = new TextEncoder().encode(source).length;
  if (sourceBytes < 1 || sourceBytes > limits.MOST_SOURCE_BYTES || hasControl(source))
    return `the source must have 1 to ${limits.MOST_SOURCE_BYTES} bytes and no control characters`;
  return undefined;
}

function unexpected(what: string): RemoteProtocolError {
  return new RemoteProtocolError('SW_PROTOCOL', what, ERROR_CODE.unexpected);
}

/** Empties a list of frames into one array. */
function takeJoined(frames: Uint8Array[]): Uint8Array {
  const writer = new ByteWriter(
    Math.max(
      1,
      frames.reduce((sum, frame) => sum + frame.length, 0),
    ),
  );
  for (const frame of frames) writer.bytes(frame);
  frames.length = 0;
  return writer.written();
}
