/**
 * Readings to a collector: batches that become messages, one session, and a link that is made again whenever
 * it breaks.
 *
 * The protocol is in `SensorSession`; here the three meet, with the timers and the waiting. A reading given to `push` is
 * either acknowledged as stored in the end, or still buffered, or counted as dropped.
 */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { UsageError } from '../errors/errors.ts';
import { type RawValue, rawProblem } from '../readings/batch.ts';
import { LARGEST_WHOLE, type SensorInfo } from '../readings/sensor-info.ts';
import { type Address, formatAddress } from '../socket/address.ts';
import type { PathStatistics } from '../socket/path-statistics.ts';
import { Histogram } from '../statistics/histogram.ts';
import type { ClockOffset } from '../telemetry/clock-estimate.ts';
import { instant } from '../telemetry/instant.ts';
import { MOST_READINGS } from '../telemetry/limits.ts';
import { COMMAND_STATUS, type Command } from '../telemetry/messages/types.ts';
import { SensorSession, type SensorSessionEvent } from '../telemetry/sensor-session.ts';
import type { Clock } from '../time/clock.ts';
import { LazyTimer } from '../time/lazy-timer.ts';
import { Batches } from './batches.ts';
import { Link } from './link.ts';

export interface SenderOptions {
  readonly address: Address;
  readonly clock: Clock;
  /** The sender's name, 1 to 128 bytes. Default: the host's name. */
  readonly source?: string;
  /** Readings a message at most, 1 to 4,096. */
  readonly batch?: number;
  /** A message waits at most this long for more readings. 0: until the end of this turn of the event loop. */
  readonly flushUs?: number;
  /** Readings kept until they are acknowledged as stored; beyond, the oldest unsent ones are dropped and counted. */
  readonly buffer?: number;
  /** 32 hexadecimal digits; by default random. */
  readonly session?: string;
  /** Does what the collector commands, and says whether it could. */
  readonly onCommand?: (command: Command, sensor: SensorInfo | undefined) => CommandOutcome;
  /** Hears what a person should know: connected, connection lost, dropped readings. */
  readonly onNotice?: (notice: SenderNotice) => void;
}

/** A command's result: see `COMMAND_STATUS`. */
export interface CommandOutcome {
  readonly status: number;
  readonly reason: string;
}

export type SenderNotice =
  | { readonly type: 'connected'; readonly url: string; readonly resumedAt: number }
  /** `retryUs` until the next attempt; 0: this one goes on. */
  | { readonly type: 'away'; readonly reason: string; readonly retryUs: number; readonly buffered: number }
  /** At most once a second. */
  | { readonly type: 'dropping'; readonly dropped: number };

/** What became of the readings. */
export interface SenderCounters {
  /** Given to `push`. */
  readonly readings: number;
  readonly stored: number;
  readonly delivered: number;
  /** Sent or not, nobody has said that they are stored. */
  readonly unacknowledged: number;
  readonly dropped: { readonly bufferFull: number; readonly tooLarge: number };
  readonly connections: number;
}

export const SENDER_DEFAULTS = { batch: 100, flushUs: 0, buffer: 1_000_000 } as const;

/** Readings under way above which a source that can wait does: half a second at a hundred thousand a second. */
const WINDOW_READINGS = 65_536;
/** Dropped readings are said at most this often. */
const SAY_DROPPED_EVERY_US = 1_000_000;

export class Sender {
  readonly #options: Required<Pick<SenderOptions, 'batch' | 'flushUs' | 'buffer'>> & SenderOptions;
  readonly #clock: Clock;
  readonly #session: SensorSession;
  readonly #batches: Batches;
  readonly #link: Link;
  readonly #timer: LazyTimer;
  readonly #flushTimer: LazyTimer;
  readonly #ackUs = new Histogram();
  readonly #ended = Promise.withResolvers<'done' | 'complete'>();
  readonly #contact = Promise.withResolvers<void>();
  readonly #stop = new AbortController();
  /** See WINDOW_READINGS; a source that can wait must never fill the buffer. */
  readonly #window: number;
  #pushed = 0;
  #dropped = 0;
  #sayDroppedAtUs = Number.NEGATIVE_INFINITY;
  #drainPlanned = false;
  #finishing = false;
  #complete = false;
  #roomWanted: PromiseWithResolvers<void> | undefined;

  /** @throws UsageError */
  constructor(options: SenderOptions) {
    this.#options = { ...SENDER_DEFAULTS, ...options };
    const { address, batch, flushUs, buffer, clock } = this.#options;
    if (!(Number.isInteger(batch) && batch >= 1 && batch <= MOST_READINGS)) {
      throw new UsageError('SW_USAGE', `a message holds 1 to ${MOST_READINGS} readings, not ${batch}`);
    }
    if (!(Number.isInteger(buffer) && buffer >= batch)) {
      throw new UsageError(
        'SW_USAGE',
        `a buffer of ${buffer} readings does not hold one message of ${batch}`,
      );
    }
    this.#clock = clock;
    this.#window = Math.min(WINDOW_READINGS, Math.ceil(buffer / 2));
    this.#session = new SensorSession({
      session: options.session ?? randomBytes(16).toString('hex'),
      source: options.source ?? (hostname() || 'sensewire'),
      epochUs: clock.wallUs(),
      form: address.transport === 'udp' ? 'datagram' : 'stream',
      bufferReadings: buffer,
    });
    this.#batches = new Batches({
      batch,
      flushUs,
      announce: sensor => this.#session.announce(sensor),
      send: (id, readings) => {
        this.#session.send(id, readings, instant(clock));
        this.#reportDropped();
      },
    });
    this.#link = new Link(address, clock, {
      onConnected: () => {
        this.#session.connected(instant(clock));
        this.#drain();
      },
      onReceive: bytes => {
        this.#session.receive(bytes, instant(clock));
        if (this.#session.isOpen) this.#link.worked();
        this.#drain();
      },
      onDrain: () => this.#drain(),
      onDisconnected: () => {
        this.#session.disconnected();
        this.#timer.stop();
      },
      onAway: (reason, retryUs) => this.#sayAway(reason, retryUs),
    });
    this.#timer = new LazyTimer(clock, () => {
      this.#session.onTimeout(instant(clock));
      this.#drain();
    });
    this.#flushTimer = new LazyTimer(clock, () => this.#flushDue());
    // The owner asks with `run`; a failure before that must not crash the process.
    this.#ended.promise.catch(() => undefined);
  }

  /** Announces a sensor before its first reading. @throws UsageError SW_BAD_SENSOR */
  announce(sensor: SensorInfo): void {
    this.#batches.announce(sensor);
  }

  /**
   * Takes one reading; `raw` is before scale and offset, see `rawProblem`.
   * @param timeUs whole microseconds since 1970.
   * @returns false where a source that can wait should await `ready()`.
   * @throws UsageError SW_BAD_READING, SW_BAD_SENSOR, or SW_CLOSED after `finish`
   */
  push(sensor: SensorInfo, timeUs: number, raw: RawValue): boolean {
    const problem = rawProblem(sensor.type, raw) ?? timeProblem(timeUs);
    if (problem !== undefined)
      throw new UsageError('SW_BAD_READING', `a reading of "${sensor.name}" cannot be sent: ${problem}`);
    if (this.#finishing) throw new UsageError('SW_CLOSED', 'a reading after finish()');
    this.#pushed++;
    if (this.#batches.push(sensor, timeUs, raw, this.#clock.monotonicUs())) this.#planDrain();
    // While the collector is away there is no hurry.
    else if (this.#session.isOpen) this.#planFlush();
    return this.#underWay < this.#window;
  }

  /** Resolves when half the window is free, or the sender has ended. */
  ready(): Promise<void> {
    if (this.#hasRoom() || this.#stop.signal.aborted) return Promise.resolve();
    // Whoever waits brings no company: what there is goes.
    this.#batches.flushAll();
    this.#planDrain();
    this.#roomWanted ??= Promise.withResolvers<void>();
    return this.#roomWanted.promise;
  }

  /** Resolves when the collector has answered for the first time, the first attempt has failed, or `run` has ended. */
  contact(): Promise<void> {
    return this.#contact.promise;
  }

  /** What happened on the way to the collector, where the transport knows: over reliable UDP. */
  get path(): PathStatistics | undefined {
    return this.#link.path;
  }

  get counters(): SenderCounters {
    const { stored, delivered, dropped } = this.#session;
    const lost = dropped.full + dropped.tooLarge;
    return {
      readings: this.#pushed,
      stored,
      delivered,
      unacknowledged: Math.max(0, this.#pushed - stored - lost),
      dropped: { bufferFull: dropped.full, tooLarge: dropped.tooLarge },
      connections: this.#link.connections,
    };
  }

  /** Times from the message's making to its STORED. */
  get ackUs(): Histogram {
    return this.#ackUs;
  }

  get clockOffset(): ClockOffset | undefined {
    return this.#session.clockOffset;
  }

  /** True once the collector has said that it has all that it was asked to collect. */
  get isComplete(): boolean {
    return this.#complete;
  }

  get isConnected(): boolean {
    return this.#session.isOpen;
  }

  /**
   * Connects, and connects again, until everything is stored after `finish`, the collector has all that it wants, or
   * `stop` is called. To be called once.
   * @throws RemoteProtocolError; NetworkError or UsageError where the address can never work
   */
  async run(): Promise<'done' | 'complete' | 'stopped'> {
    const { signal } = this.#stop;
    const stopped = Promise.withResolvers<'stopped'>();
    if (signal.aborted) {
      this.#contact.resolve();
      return 'stopped';
    }
    signal.addEventListener('abort', () => stopped.resolve('stopped'), { once: true });
    const linking = this.#link.run(signal);
    try {
      return await Promise.race([this.#ended.promise, stopped.promise, linking]);
    } finally {
      this.#stop.abort();
      this.#link.close();
      this.#timer.stop();
      this.#flushTimer.stop();
      this.#contact.resolve();
      this.#offerRoom();
      await linking.catch(() => undefined);
    }
  }

  /** No more readings: what is buffered goes out, and `run` ends when it is stored. */
  finish(): void {
    this.#batches.flushAll();
    this.#finishing = true;
    this.#session.finish();
    this.#drain();
  }

  /** Ends `run` at once. */
  stop(): void {
    this.#stop.abort();
  }

  // ---- readings into messages

  get #underWay(): number {
    return this.#session.buffered + this.#batches.waiting;
  }

  #hasRoom(): boolean {
    return this.#underWay < this.#window / 2;
  }

  /** A message that is not full waits for company. */
  #planFlush(): void {
    if (this.#options.flushUs === 0) this.#planDrain();
    // Where a timer runs already, it is for an older reading.
    else if (!this.#flushTimer.isSet) this.#flushTimer.schedule(this.#batches.dueAtUs);
  }

  #flushDue(): void {
    if (!this.#session.isOpen) return;
    this.#batches.flushDue(this.#clock.monotonicUs());
    this.#flushTimer.schedule(this.#batches.dueAtUs);
    this.#drain();
  }

  /** Once at the end of this turn, however many readings come in it: that is what makes single readings cheap. */
  #planDrain(): void {
    if (this.#drainPlanned) return;
    this.#drainPlanned = true;
    setImmediate(() => {
      this.#drainPlanned = false;
      if (this.#options.flushUs === 0 && this.#session.isOpen) this.#batches.flushAll();
      this.#drain();
    });
  }

  #reportDropped(): void {
    const { full, tooLarge } = this.#session.dropped;
    if (full + tooLarge === this.#dropped) return;
    this.#dropped = full + tooLarge;
    const nowUs = this.#clock.monotonicUs();
    if (nowUs < this.#sayDroppedAtUs) return;
    this.#sayDroppedAtUs = nowUs + SAY_DROPPED_EVERY_US;
    this.#options.onNotice?.({ type: 'dropping', dropped: this.#dropped });
  }

  // ---- the session

  /** Everything that the session has to say, to the network and to us. */
  #drain(): void {
    const now = instant(this.#clock);
    while (this.#link.canSend) {
      const bytes = this.#session.pollTransmit(now);
      if (bytes === undefined) break;
      this.#link.send(bytes);
    }
    for (let event = this.#session.pollEvent(); event !== undefined; event = this.#session.pollEvent())
      this.#onEvent(event);
    if (this.#link.isConnected) this.#timer.schedule(this.#session.timeoutAt());
    if (this.#hasRoom()) this.#offerRoom();
  }

  #onEvent(event: SensorSessionEvent): void {
    switch (event.type) {
      case 'stored':
        this.#ackUs.record(event.ackUs, event.count);
        return;
      case 'open':
        this.#onOpen(event.resumedAt);
        return;
      case 'command':
        this.#onCommand(event.command);
        return;
      case 'retry':
        // A datagram session greets again by itself; a stream needs a new connection.
        if (this.#options.address.transport === 'udp') this.#sayAway(event.reason, 0);
        else this.#link.breakOff(event.reason);
        return;
      case 'failed':
        this.#ended.reject(event.error);
        return;
      case 'done':
      case 'complete':
        this.#complete = event.type === 'complete';
        this.#ended.resolve(event.type);
    }
  }

  #onOpen(resumedAt: number): void {
    this.#contact.resolve();
    const url = formatAddress(this.#options.address);
    this.#options.onNotice?.({ type: 'connected', url, resumedAt });
    // What gathered while the collector was away goes as any other reading does.
    if (this.#batches.waiting > 0) this.#planFlush();
    else this.#planDrain();
  }

  #onCommand(command: Command): void {
    const sensor = command.sensor === undefined ? undefined : this.#batches.sensors[command.sensor];
    let outcome: CommandOutcome;
    if (command.sensor !== undefined && sensor === undefined) {
      outcome = { status: COMMAND_STATUS.unknownSensor, reason: `there is no sensor ${command.sensor}` };
    } else {
      outcome = this.#options.onCommand?.(command, sensor) ?? {
        status: COMMAND_STATUS.impossible,
        reason: 'this sender takes no commands',
      };
    }
    this.#session.answer(command.command, outcome.status, outcome.reason);
    this.#planDrain();
  }

  #sayAway(reason: string, retryUs: number): void {
    this.#contact.resolve();
    this.#options.onNotice?.({ type: 'away', reason, retryUs, buffered: this.#underWay });
  }

  #offerRoom(): void {
    this.#roomWanted?.resolve();
    this.#roomWanted = undefined;
  }
}

function timeProblem(timeUs: number): string | undefined {
  if (Number.isInteger(timeUs) && timeUs >= 0 && timeUs <= LARGEST_WHOLE) return undefined;
  return `its time is ${timeUs}, and a time is whole microseconds since 1970`;
}
