/**
 * One sender's connection: moves bytes between it and a `CollectorSession`, and readings to the queue.
 */
import type { Connection } from '../socket/connection.ts';
import {
  type CollectorSession,
  type CollectorSessionEvent,
  errorDatagram,
} from '../telemetry/collector-session.ts';
import { datagramTag } from '../telemetry/framing.ts';
import { type Instant, instant } from '../telemetry/instant.ts';
import { DATAGRAM_ACK_AFTER_US } from '../telemetry/limits.ts';
import { type Acknowledgement, type Command, ERROR_CODE } from '../telemetry/messages/types.ts';
import type { Clock } from '../time/clock.ts';
import { LazyTimer } from '../time/lazy-timer.ts';

/** An ERROR instead of a session. */
export interface Refusal {
  readonly code: number;
  readonly reason: string;
}

/** What a peer needs of its collector. */
export interface PeerOwner {
  readonly clock: Clock;
  /** A session for a connection that has none. */
  newSession(now: Instant): CollectorSession;
  /** Why there is no session for a datagram peer, counted; undefined where there may be one. */
  refuseStranger(peer: Peer): Refusal | undefined;
  /** All events of one call, in order. */
  onEvents(peer: Peer, session: CollectorSession, events: readonly CollectorSessionEvent[]): void;
  /** True where datagrams must be dropped because the store is too slow. */
  isOverloaded(): boolean;
  onOverloadDrop(): void;
  onStrayDatagram(): void;
  onClosed(peer: Peer, session: CollectorSession | undefined): void;
}

export class Peer {
  readonly connection: Connection;
  readonly #owner: PeerOwner;
  readonly #timer: LazyTimer;
  readonly #whenClosed = Promise.withResolvers<void>();
  #session: CollectorSession | undefined;
  #received = false;
  #closed = false;
  /** Takes nothing more. */
  #ending = false;
  /** The connection takes nothing more for now. */
  #full = false;
  /** The stores are behind. */
  #pressed = false;

  constructor(connection: Connection, owner: PeerOwner) {
    this.connection = connection;
    this.#owner = owner;
    this.#timer = new LazyTimer(owner.clock, () => {
      this.#session?.onTimeout(instant(owner.clock));
      this.drain();
    });
    if (connection.form === 'stream') {
      this.#session = owner.newSession(instant(owner.clock));
      this.#timer.schedule(this.#session.timeoutAt());
    }
  }

  /** Resolves when the connection is gone. */
  get closed(): Promise<void> {
    return this.#whenClosed.promise;
  }

  get session(): CollectorSession | undefined {
    return this.#session;
  }

  /** True once anything has come. */
  get hasReceived(): boolean {
    return this.#received;
  }

  onReceive(bytes: Uint8Array): void {
    if (this.#ending) return;
    this.#received = true;
    const now = instant(this.#owner.clock);
    if (this.connection.form === 'datagram' && !this.#takesDatagram(bytes, now)) return;
    this.#session?.receive(bytes, now);
    this.drain();
  }

  onDrain(): void {
    this.#full = false;
    this.drain();
    this.#regulate();
  }

  /** Makes the sender wait while the stores are behind. Datagram senders cannot wait: theirs are dropped and counted. */
  setPressure(high: boolean): void {
    this.#pressed = high;
    this.#regulate();
  }

  /** A sender that does not read its acknowledgements is not read either: that bounds what we keep for it. */
  #regulate(): void {
    if (this.connection.form === 'datagram') return;
    if (this.#pressed || this.#full || this.#ending) this.connection.pause();
    else this.connection.resume();
  }

  onClose(reason: string): void {
    this.#closed = true;
    this.#session?.disconnected(reason);
    this.drain();
    this.#timer.stop();
    this.#owner.onClosed(this, this.#session);
    this.#whenClosed.resolve();
  }

  /** HELLO was looked up. */
  accept(session: CollectorSession, position: number): void {
    session.accept(position, instant(this.#owner.clock));
    this.drain();
  }

  /** Readings up to a mark are durable. */
  stored(session: CollectorSession, mark: Acknowledgement): void {
    session.stored(mark, instant(this.#owner.clock));
    if (session === this.#session) this.drain();
  }

  /** Takes nothing more; what was taken is acknowledged as it becomes durable. */
  stopReceiving(): void {
    this.#ending = true;
    this.#regulate();
  }

  /** Ends the session with an ERROR. */
  refuse(code: number, reason: string): void {
    const now = instant(this.#owner.clock);
    // Acknowledgements that datagrams hold back to save bytes go first.
    if (this.connection.isThrifty)
      this.#session?.onTimeout({ ...now, monotonicUs: now.monotonicUs + DATAGRAM_ACK_AFTER_US });
    this.#session?.refuse(code, reason);
    this.drain();
  }

  command(command: Command): void {
    this.#session?.command(command);
    this.drain();
  }

  /** Everything that the session has to say, to the network and to the collector. */
  drain(): void {
    const session = this.#session;
    if (session === undefined) return;
    this.#transmit(session);
    const events: CollectorSessionEvent[] = [];
    for (let event = session.pollEvent(); event !== undefined; event = session.pollEvent())
      events.push(event);
    if (events.length > 0) this.#owner.onEvents(this, session, events);
    if (this.#closed) return;
    this.#transmit(session);
    if (session.isOver) this.connection.close();
    else this.#timer.schedule(session.timeoutAt());
  }

  #transmit(session: CollectorSession): void {
    while (!this.#full && !this.#closed) {
      const bytes = session.pollTransmit();
      if (bytes === undefined) return;
      this.#full = !this.connection.send(bytes);
      if (this.#full) this.#regulate();
    }
  }

  /** Checks mark and tag; a datagram of no session is answered with less than it holds, and forgotten. */
  #takesDatagram(datagram: Uint8Array, now: Instant): boolean {
    const tag = datagramTag(datagram);
    if (tag === undefined) {
      this.#owner.onStrayDatagram();
      if (this.#session === undefined) this.connection.close();
      return false;
    }
    if (this.#owner.isOverloaded()) {
      this.#owner.onOverloadDrop();
      return false;
    }
    const refusal = this.#session === undefined ? this.#owner.refuseStranger(this) : undefined;
    if (tag === 0 && refusal === undefined) this.#session ??= this.#owner.newSession(now);
    if (this.#session !== undefined && (tag === 0 || tag === this.#session.tag)) return true;
    const answer = errorDatagram(refusal?.code ?? ERROR_CODE.unknownSession);
    // Never longer than what came, so that nobody can be flooded through us.
    if (answer.length <= datagram.length) this.connection.send(answer);
    if (this.#session === undefined) this.connection.close();
    return false;
  }
}
