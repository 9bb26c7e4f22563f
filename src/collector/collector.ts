/**
 * Takes readings from any number of senders, gives them to the stores, and says what is stored.
 *
 * The protocol is in `CollectorSession`, durability in the stores; here they meet: which connection serves which
 * session, who must wait, when it is enough.
 */
import { randomInt } from 'node:crypto';
import { sliceBatch } from '../readings/batch.ts';
import type { SensorInfo } from '../readings/sensor-info.ts';
import type { Address } from '../socket/address.ts';
import type { Connection, ConnectionHandlers, Listener } from '../socket/connection.ts';
import { listenAt } from '../socket/open.ts';
import { addPaths, type PathStatistics } from '../socket/path-statistics.ts';
import type { Histogram } from '../statistics/histogram.ts';
import type { Store, StoreBatch } from '../stores/store.ts';
import { CollectorSession, type CollectorSessionEvent } from '../telemetry/collector-session.ts';
import type { Instant } from '../telemetry/instant.ts';
import { MOST_SENSORS } from '../telemetry/limits.ts';
import {
  type Acknowledgement,
  COMMAND_ACTION,
  type CommandResult,
  ERROR_CODE,
  errorName,
  type Hello,
} from '../telemetry/messages/types.ts';
import { type Clock, sleepUntil } from '../time/clock.ts';
import { MOST_CONNECTIONS, SETTLE_WITHIN_US } from './limits.ts';
import { OneWayTimes } from './one-way.ts';
import { Peer, type Refusal } from './peer.ts';
import { PendingCommands } from './pending-commands.ts';
import { type CollectorSnapshot, type OneWayClock, Statistics } from './statistics.ts';
import { StoreQueue } from './store-queue.ts';

export interface CollectorOptions {
  readonly clock: Clock;
  readonly store: Store;
  /** Ends after this many readings are stored; the readings beyond are not taken. */
  readonly count?: number;
  readonly mostConnections?: number;
  readonly mostSensors?: number;
  /** Hears what a person should know. */
  readonly onNotice?: (notice: CollectorNotice) => void;
  /** Hears every batch as it arrives: for live views. Must not keep or change the columns. */
  readonly onReadings?: (
    source: string,
    sensor: SensorInfo,
    times: Float64Array,
    values: StoreBatch['values'],
  ) => void;
}

export type CollectorNotice =
  | {
      readonly type: 'sender-connected';
      readonly url: string;
      readonly source: string;
      readonly session: string;
      readonly resumedAt: number;
    }
  | {
      readonly type: 'sender-left';
      readonly url: string;
      readonly source: string;
      readonly readings: number;
      readonly reason: string;
    }
  | { readonly type: 'refused'; readonly url: string; readonly error: string; readonly reason: string }
  | { readonly type: 'store-trouble'; readonly message: string }
  | { readonly type: 'store-recovered' };

/** A command to a sender's sensors. */
export type SensorCommand =
  | { readonly action: 'rate'; readonly rateHz: number }
  | { readonly action: 'pause' | 'resume' };

/** What one sensor or sender answered. */
export interface CommandAnswer extends CommandResult {
  readonly source: string;
}

/** Why a collector ended: it has its count, it was asked to stop, or a store failed for good. */
export type CollectorEnd =
  | { readonly reason: 'complete' | 'stopped' }
  | { readonly reason: 'failed'; readonly error: unknown };

/** Ends that are nobody's fault, or ours; the others are counted as refused. */
const ORDINARY_ENDS: ReadonlySet<number> = new Set([
  ERROR_CODE.complete,
  ERROR_CODE.shuttingDown,
  ERROR_CODE.superseded,
  ERROR_CODE.storeFailed,
]);

export class Collector {
  readonly #options: CollectorOptions;
  readonly #statistics = new Statistics();
  readonly #queue: StoreQueue;
  readonly #listeners: Listener[] = [];
  readonly #peers = new Set<Peer>();
  readonly #bySession = new Map<string, Peer>();
  readonly #oneWay = new WeakMap<CollectorSession, OneWayTimes>();
  readonly #commands = new PendingCommands();
  readonly #ended = Promise.withResolvers<CollectorEnd>();
  #taken = 0;
  /** Sessions of which readings were not taken because the count was reached: what came after may not be acknowledged. */
  readonly #cut = new WeakSet<CollectorSession>();
  /** What whoever comes now is told: the collector ends. */
  #closing: Refusal | undefined;
  /** Of the connections that are gone. */
  #pathBefore: PathStatistics | undefined;
  #hasEnded = false;
  #stopped: Promise<void> | undefined;

  constructor(options: CollectorOptions) {
    this.#options = options;
    this.#queue = new StoreQueue(options.store, options.clock, {
      onPressure: high => {
        for (const peer of this.#peers) peer.setPressure(high);
      },
      onTrouble: error => {
        if (error === undefined) this.#notice({ type: 'store-recovered' });
        else this.#notice({ type: 'store-trouble', message: error.message });
      },
      onFailure: error => this.#end({ reason: 'failed', error }, ERROR_CODE.storeFailed, 'the store failed'),
    });
  }

  /** Listens at one more address. @throws NetworkError */
  async listen(address: Address): Promise<readonly string[]> {
    const listener = await listenAt(address, connection => this.#onConnection(connection));
    this.#listeners.push(listener);
    return listener.urls;
  }

  /** Resolves when it ends by itself, or after `stop`. */
  get ended(): Promise<CollectorEnd> {
    return this.#ended.promise;
  }

  get snapshot(): CollectorSnapshot {
    const live = [...this.#peers].flatMap(peer => peer.session?.counters ?? []);
    const drops = this.#listeners.reduce((total, listener) => total + listener.kernelDrops(), 0);
    return {
      ...this.#statistics.snapshot(live, this.#bySession.size, drops),
      strangers: this.#strangers(),
    };
  }

  /** Datagrams that reliable UDP dropped before there was a connection, by why. */
  #strangers(): Record<string, number> {
    const sums: Record<string, number> = {};
    for (const listener of this.#listeners)
      for (const [reason, count] of Object.entries(listener.strangers?.() ?? {}))
        sums[reason] = (sums[reason] ?? 0) + count;
    return sums;
  }

  /** What happened on the ways of all senders, where the transport knows: over reliable UDP. */
  get path(): PathStatistics | undefined {
    let sum = this.#pathBefore;
    for (const { connection } of this.#peers) {
      if (connection.path !== undefined) sum = addPaths(sum, connection.path);
    }
    return sum;
  }

  /** From the taking of a reading to its arrival here. */
  get oneWayUs(): Histogram {
    return this.#statistics.oneWayUs;
  }

  get oneWayClock(): OneWayClock {
    return this.#statistics.oneWayClock;
  }

  /** How far `oneWayUs` may be off at most, where it was corrected; otherwise 0. */
  get oneWayUncertaintyUs(): number {
    return this.#statistics.oneWayUncertaintyUs;
  }

  /**
   * Takes nothing more, acknowledges what was taken, tells senders that it ends, and closes; the store stays open.
   * Idempotent.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#stopOnce();
    return this.#stopped;
  }

  async #stopOnce(): Promise<void> {
    this.#closing ??= { code: ERROR_CODE.shuttingDown, reason: 'the collector ends' };
    for (const peer of this.#peers) peer.stopReceiving();
    await this.#settle();
    this.#end({ reason: 'stopped' }, this.#closing.code, this.#closing.reason);
    const closed = [...this.#peers].map(peer => peer.closed);
    for (const peer of this.#peers) peer.connection.close();
    await Promise.all(this.#listeners.map(listener => listener.close()));
    await Promise.all(closed);
  }

  /** Waits for the stores; one that is stuck must not keep us for ever, and senders keep what it did not take. */
  async #settle(): Promise<void> {
    const { clock } = this.#options;
    const settled = new AbortController();
    const late = sleepUntil(clock, clock.monotonicUs() + SETTLE_WITHIN_US, settled.signal);
    await Promise.race([this.#queue.settled(), late]);
    settled.abort();
    await late.catch(() => undefined);
  }

  /** Sends a command to every sensor of this name (of all senders, or of one), and gives the answers. */
  command(sensorName: string | undefined, command: SensorCommand, source?: string): Promise<CommandAnswer>[] {
    const answers: Promise<CommandAnswer>[] = [];
    for (const peer of this.#bySession.values()) {
      const from = peer.session?.hello?.source ?? '';
      if (source !== undefined && source !== from) continue;
      const names = peer.session?.sensors.map(({ name }) => name) ?? [];
      const ids =
        sensorName === undefined ? [undefined] : names.flatMap((name, id) => (name === sensorName ? id : []));
      for (const sensor of ids) answers.push(this.#commandOne(peer, from, sensor, command));
    }
    return answers;
  }

  async #commandOne(
    peer: Peer,
    source: string,
    sensor: number | undefined,
    command: SensorCommand,
  ): Promise<CommandAnswer> {
    const { number, answer } = this.#commands.add(peer);
    const rateHz = command.action === 'rate' ? command.rateHz : 0;
    peer.command({ command: number, action: COMMAND_ACTION[command.action], sensor, rateHz });
    return { source, ...(await answer) };
  }

  // ---- connections and sessions

  #onConnection(connection: Connection): ConnectionHandlers {
    const peer = new Peer(connection, {
      clock: this.#options.clock,
      newSession: now => this.#newSession(connection, now),
      refuseStranger: from => this.#refuseStranger(from),
      onEvents: (from, session, events) => this.#onEvents(from, session, events),
      isOverloaded: () => this.#queue.isFull,
      onOverloadDrop: () => void this.#statistics.overloadDrops++,
      onStrayDatagram: () => void this.#statistics.strayDatagrams++,
      onClosed: (closed, session) => this.#onClosed(closed, session),
    });
    this.#peers.add(peer);
    if (this.#queue.isFull) peer.setPressure(true);
    // Datagram peers are asked when their first datagram has shown that it is one of ours.
    const refusal = connection.form === 'stream' ? this.#refusal() : undefined;
    if (refusal !== undefined) peer.refuse(refusal.code, refusal.reason);
    return {
      onReceive: bytes => peer.onReceive(bytes),
      onDrain: () => peer.onDrain(),
      onClose: error => peer.onClose(error?.message ?? 'the connection ended'),
    };
  }

  /** Why a newcomer cannot stay. */
  #refusal(): Refusal | undefined {
    if (this.#closing !== undefined) return this.#closing;
    const { mostConnections = MOST_CONNECTIONS } = this.#options;
    if (this.#peers.size <= mostConnections) return undefined;
    return { code: ERROR_CODE.limit, reason: `more than ${mostConnections} connections` };
  }

  #refuseStranger(peer: Peer): Refusal | undefined {
    const refusal = this.#refusal();
    if (refusal?.code === ERROR_CODE.limit) this.#refused(peer, errorName(refusal.code), refusal.reason);
    return refusal;
  }

  #newSession(connection: Connection, now: Instant): CollectorSession {
    const { mostSensors = MOST_SENSORS } = this.#options;
    const { form, isThrifty: holdsBack } = connection;
    return new CollectorSession({ form, tag: randomInt(1, 2 ** 24), mostSensors, holdsBack }, now);
  }

  #onClosed(peer: Peer, session: CollectorSession | undefined): void {
    this.#peers.delete(peer);
    const { path } = peer.connection;
    if (path !== undefined) this.#pathBefore = addPaths(this.#pathBefore, path);
    this.#commands.onClosed(peer);
    if (session === undefined) return;
    this.#statistics.sessionEnded(session.counters);
    const id = session.hello?.session;
    if (id !== undefined && this.#bySession.get(id) === peer) this.#bySession.delete(id);
  }

  /** Readings of one call go to the queue as one append. */
  #onEvents(peer: Peer, session: CollectorSession, events: readonly CollectorSessionEvent[]): void {
    const batches: StoreBatch[] = [];
    let mark: Acknowledgement | undefined;
    for (const event of events) {
      if (event.type === 'readings') mark = this.#take(peer, session, event, batches) ?? mark;
      else if (event.type === 'bye') {
        this.#statistics.droppedBySenders += event.dropped;
        if (!this.#cut.has(session)) mark = event.mark;
      } else this.#onEvent(peer, session, event);
    }
    if (mark !== undefined) this.#store(peer, session, batches, mark);
  }

  #onEvent(
    peer: Peer,
    session: CollectorSession,
    event: Exclude<CollectorSessionEvent, { type: 'readings' | 'bye' }>,
  ): void {
    const source = session.hello?.source ?? '';
    switch (event.type) {
      case 'hello':
        void this.#onHello(peer, session, event.hello);
        return;
      case 'sensor':
        this.#statistics.sensorSeen(source, event.info.name);
        return;
      case 'clock':
        this.#oneWayOf(peer, session).report(event.offset, this.#options.clock.wallUs());
        return;
      case 'command-result':
        this.#commands.onResult(peer, event.result);
        return;
      case 'over':
        this.#oneWay.get(session)?.end();
        this.#onOver(peer, session, event.reason, event.code);
    }
  }

  async #onHello(peer: Peer, session: CollectorSession, hello: Hello): Promise<void> {
    const before = this.#bySession.get(hello.session);
    this.#bySession.set(hello.session, peer);
    if (before !== undefined && before !== peer)
      before.refuse(ERROR_CODE.superseded, 'the session goes on over another connection');
    let position: number;
    try {
      position = await this.#queue.position(hello.session);
    } catch (error) {
      this.#end({ reason: 'failed', error }, ERROR_CODE.storeFailed, 'the store failed');
      return;
    }
    if (session.isOver) return;
    this.#statistics.sessionSeen(hello.session);
    peer.accept(session, position);
    const { source } = hello;
    this.#notice({
      type: 'sender-connected',
      url: peer.connection.remote,
      source,
      session: hello.session,
      resumedAt: position,
    });
  }

  #onOver(peer: Peer, session: CollectorSession, reason: string, code: number | undefined): void {
    const isIdle = code === ERROR_CODE.timeout && session.hello !== undefined;
    if (code !== undefined && !ORDINARY_ENDS.has(code) && !isIdle)
      this.#refused(peer, errorName(code), reason);
    else if (session.hello !== undefined) {
      const { source } = session.hello;
      const url = peer.connection.remote;
      this.#notice({ type: 'sender-left', url, source, readings: session.counters.received, reason });
    } else if (peer.hasReceived) this.#refused(peer, 'NO-HELLO', 'it left before its HELLO was complete');
  }

  #refused(peer: Peer, error: string, reason: string): void {
    this.#statistics.refused(error);
    this.#notice({ type: 'refused', url: peer.connection.remote, error, reason });
  }

  // ---- readings

  /** Adds a batch for the stores, as far as readings are still wanted; gives the mark that it reaches. */
  #take(
    peer: Peer,
    session: CollectorSession,
    event: Extract<CollectorSessionEvent, { type: 'readings' }>,
    batches: StoreBatch[],
  ): Acknowledgement | undefined {
    const { hello } = session;
    const wanted = (this.#options.count ?? Number.POSITIVE_INFINITY) - this.#taken;
    const whole = event.batch.times.length;
    if (wanted < whole) this.#cut.add(session);
    if (hello === undefined || wanted <= 0) return undefined;
    const count = Math.min(whole, wanted);
    const batch = count === whole ? event.batch : sliceBatch(event.batch, 0, count);
    this.#taken += count;
    const { clock, onReadings } = this.#options;
    this.#oneWayOf(peer, session).arrived(clock.wallUs(), batch.times);
    onReadings?.(hello.source, event.sensor, batch.times, batch.values);
    const { session: id, source } = hello;
    batches.push({
      ...batch,
      session: id,
      source,
      sensor: event.sensor,
      number: event.number,
      overtaken: event.overtaken,
    });
    return count === whole ? event.mark : { upTo: event.number + count, missing: event.mark.missing };
  }

  #oneWayOf(peer: Peer, session: CollectorSession): OneWayTimes {
    let times = this.#oneWay.get(session);
    if (times === undefined) {
      times = new OneWayTimes(this.#statistics, peer.connection.sameMachine);
      this.#oneWay.set(session, times);
    }
    return times;
  }

  #store(peer: Peer, session: CollectorSession, batches: readonly StoreBatch[], mark: Acknowledgement): void {
    const count = batches.reduce((total, batch) => total + batch.times.length, 0);
    this.#queue.append(batches, () => {
      this.#statistics.stored += count;
      peer.stored(session, mark);
      if (this.#statistics.stored >= (this.#options.count ?? Number.POSITIVE_INFINITY)) {
        this.#end(
          { reason: 'complete' },
          ERROR_CODE.complete,
          `the collector has its ${this.#options.count} readings`,
        );
      }
    });
  }

  #end(end: CollectorEnd, code: number, reason: string): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#closing = { code, reason };
    for (const peer of this.#peers) peer.refuse(code, reason);
    this.#ended.resolve(end);
  }

  #notice(notice: CollectorNotice): void {
    this.#options.onNotice?.(notice);
  }
}
