/**
 * A collector of a simulation: connections, their sessions, and a store that is slow and may be killed with it.
 *
 * It does what the real shell does, in virtual time: a session that comes again ends its other connection and waits
 * until what came over it is durable; appends are acknowledged in their order.
 */
import {
  CollectorSession,
  type CollectorSessionEvent,
  errorDatagram,
} from '../telemetry/collector-session.ts';
import type { Form } from '../telemetry/form.ts';
import { datagramTag } from '../telemetry/framing.ts';
import { ERROR_CODE } from '../telemetry/messages/types.ts';
import type { DurableStore } from './durable-store.ts';
import type { SeededRandom } from './seeded-random.ts';
import { MachineTimer, type VirtualTime } from './virtual-time.ts';

/** Where a connection's bytes go. */
export interface Outlet {
  /** A piece of the stream, or a datagram. */
  send(bytes: Uint8Array): void;
  /** Streams: the collector ends the connection. */
  close(): void;
}

/** One connection, or one peer address. */
export interface SimulatedConnection {
  receive(bytes: Uint8Array): void;
  disconnected(): void;
}

export interface SimulatedCollectorOptions {
  readonly form: Form;
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly store: DurableStore;
  readonly wallUs: number;
}

export class SimulatedCollector {
  readonly #options: SimulatedCollectorOptions;
  #bySession = new Map<string, Serving>();
  #connections = new Set<Serving>();
  #malformed = 0;

  constructor(options: SimulatedCollectorOptions) {
    this.#options = options;
  }

  /** The session that was greeted last. */
  get session(): CollectorSession | undefined {
    return [...this.#bySession.values()].at(-1)?.session;
  }

  /** Datagrams that could not be used, over all sessions: a simulation without damage has none. */
  get malformed(): number {
    return this.#malformed + (this.session?.counters.malformed ?? 0);
  }

  connect(outlet: Outlet): SimulatedConnection {
    const serving = new Serving(this.#options, outlet, (from, hello) => this.#onHello(from, hello));
    this.#connections.add(serving);
    return serving;
  }

  /** Killed and started again: only the store remembers. */
  restart(): void {
    this.#malformed = this.malformed;
    for (const connection of this.#connections) connection.kill();
    this.#connections = new Set();
    this.#bySession = new Map();
    this.#options.store.crash();
  }

  #onHello(serving: Serving, id: string): void {
    const before = this.#bySession.get(id);
    this.#bySession.delete(id);
    this.#bySession.set(id, serving);
    if (before !== undefined && before !== serving)
      before.refuse(ERROR_CODE.superseded, 'it goes on elsewhere');
    const { store } = this.#options;
    const session = serving.session;
    store.whenSettled(() => serving.accept(session, store.position));
  }
}

class Serving implements SimulatedConnection {
  session: CollectorSession | undefined;
  readonly #options: SimulatedCollectorOptions;
  readonly #outlet: Outlet;
  readonly #onHello: (from: Serving, id: string) => void;
  readonly #timer: MachineTimer;
  #dead = false;

  constructor(
    options: SimulatedCollectorOptions,
    outlet: Outlet,
    onHello: (from: Serving, id: string) => void,
  ) {
    this.#options = options;
    this.#outlet = outlet;
    this.#onHello = onHello;
    this.#timer = new MachineTimer(options.time, () => {
      this.session?.onTimeout(this.#now());
      this.#drain();
    });
    if (options.form === 'stream') this.#begin();
  }

  receive(bytes: Uint8Array): void {
    if (this.#dead || (this.#options.form === 'datagram' && !this.#takes(bytes))) return;
    this.session?.receive(bytes, this.#now());
    this.#drain();
  }

  disconnected(): void {
    if (this.#dead) return;
    this.session?.disconnected('the connection is gone');
    this.#drain();
    this.kill();
  }

  accept(session: CollectorSession | undefined, position: number): void {
    if (this.#dead || session !== this.session) return;
    session?.accept(position, this.#now());
    this.#drain();
  }

  refuse(code: number, reason: string): void {
    this.session?.refuse(code, reason);
    this.#drain();
  }

  /** Without a word. */
  kill(): void {
    this.#dead = true;
    this.#timer.schedule(undefined);
  }

  #now(): ReturnType<VirtualTime['instant']> {
    return this.#options.time.instant(this.#options.wallUs);
  }

  #begin(): void {
    const tag = this.#options.random.int(1, 2 ** 24 - 1);
    this.session = new CollectorSession({ form: this.#options.form, tag, mostSensors: 16 }, this.#now());
    this.#timer.schedule(this.session.timeoutAt());
  }

  /** Mark and tag; a tag that nobody knows is answered. */
  #takes(datagram: Uint8Array): boolean {
    const tag = datagramTag(datagram);
    if (tag === undefined) return false;
    const isOver = this.session === undefined || this.session.isOver;
    if (tag === 0) {
      if (isOver) this.#begin();
      return true;
    }
    if (!isOver && tag === this.session?.tag) return true;
    this.#outlet.send(errorDatagram(ERROR_CODE.unknownSession));
    return false;
  }

  #drain(): void {
    const { session } = this;
    if (session === undefined || this.#dead) return;
    for (let event = session.pollEvent(); event !== undefined; event = session.pollEvent())
      this.#onEvent(session, event);
    for (let bytes = session.pollTransmit(); bytes !== undefined; bytes = session.pollTransmit())
      this.#outlet.send(bytes);
    this.#timer.schedule(session.timeoutAt());
    if (session.isOver && this.#options.form === 'stream') {
      this.kill();
      this.#outlet.close();
    }
  }

  #onEvent(session: CollectorSession, event: CollectorSessionEvent): void {
    if (event.type === 'hello') this.#onHello(this, event.hello.session);
    else if (event.type === 'readings') {
      const { number, batch, overtaken, mark } = event;
      this.#options.store.append({ sensor: event.sensor.name, number, batch, overtaken }, () => {
        session.stored(mark, this.#now());
        this.#drain();
      });
    } else if (event.type === 'bye') {
      this.#options.store.append(undefined, () => {
        session.stored(event.mark, this.#now());
        this.#drain();
      });
    }
  }
}
