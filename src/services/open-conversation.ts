/**
 * One connection while it is served: runs the service, watches for silence and for its end, and says how it ended.
 */
import { SensewireError, UsageError } from '../errors/errors.ts';
import { SHUT_RD } from '../socket/constants.ts';
import type { StreamSocket } from '../socket/stream-socket.ts';
import type { Clock } from '../time/clock.ts';
import { LazyTimer } from '../time/lazy-timer.ts';
import { formatDuration } from '../time/quantities.ts';
import type { MeteredConnection } from './metered-connection.ts';
import type { Conversation, Dismissal, Service } from './service.ts';

/** What a conversation needs of its server. */
export interface ConversationOwner {
  readonly clock: Clock;
  readonly service: Service;
  /** Undefined: for ever. */
  readonly idleUs: number | undefined;
  /** How long a connection may last in all. Undefined: for ever. */
  readonly lifetimeUs: number | undefined;
  onComplaint(peer: string, message: string): void;
  takes(): boolean;
}

/** How a conversation ended. */
export interface ConversationEnd {
  readonly reason: string;
  /** Where the network failed it. */
  readonly error: SensewireError | undefined;
  /** When the service was done: closing takes up to two seconds more, where the client does not close its half. */
  readonly servedUs: number;
}

export class OpenConversation implements Conversation {
  readonly peer: string;
  reason: string | undefined;
  onDismiss?: Conversation['onDismiss'];
  readonly #connection: MeteredConnection;
  readonly #socket: StreamSocket;
  readonly #owner: ConversationOwner;
  readonly #ending = new AbortController();
  readonly #idle: LazyTimer;
  readonly #lifetime: LazyTimer;
  #activeUs = 0;
  #isServed = false;

  constructor(connection: MeteredConnection, socket: StreamSocket, owner: ConversationOwner) {
    this.peer = connection.remote;
    this.#connection = connection;
    this.#socket = socket;
    this.#owner = owner;
    const { clock, lifetimeUs } = owner;
    this.#idle = new LazyTimer(clock, () => this.#onSilence());
    this.#lifetime = new LazyTimer(clock, () => this.#onOld());
    this.onTraffic();
    if (lifetimeUs !== undefined) this.#lifetime.schedule(this.#activeUs + lifetimeUs);
  }

  get ending(): AbortSignal {
    return this.#ending.signal;
  }

  complain(message: string): void {
    this.#owner.onComplaint(this.peer, message);
  }

  takes(): boolean {
    return this.#owner.takes();
  }

  /** Resolves when the connection is gone. @throws what the service threw, where that is no error of a socket */
  async run(): Promise<ConversationEnd> {
    let error: unknown;
    try {
      await this.#owner.service.stream(this.#socket, this);
    } catch (thrown) {
      error = thrown;
    }
    const isOver = this.#socket.closed || this.#ending.signal.aborted;
    const peerEnded = this.#connection.peerEnded;
    this.#isServed = true;
    this.#idle.stop();
    this.#lifetime.stop();
    const servedUs = this.#owner.clock.monotonicUs();
    await this.#socket[Symbol.asyncDispose]();
    // A socket that was closed on purpose fails its service's next call.
    if (isOver && error instanceof SensewireError) error = undefined;
    error ??= this.reason === undefined ? this.#connection.failure : undefined;
    if (error !== undefined && !(error instanceof SensewireError)) throw error;
    if (error !== undefined) return { reason: describe(error), error, servedUs };
    const reason = this.reason ?? (peerEnded ? 'the client closed' : 'this server closed');
    return { reason, error: undefined, servedUs };
  }

  /** How long nothing has passed. */
  get silentUs(): number {
    return this.#owner.clock.monotonicUs() - this.#activeUs;
  }

  /** Something passed: silence begins anew. */
  onTraffic(): void {
    const { clock, idleUs } = this.#owner;
    this.#activeUs = clock.monotonicUs();
    if (idleUs !== undefined && !this.#isServed) this.#idle.schedule(this.#activeUs + idleUs);
  }

  #onSilence(): void {
    const reason = `silent for ${formatDuration(this.#owner.idleUs ?? 0)}`;
    if (this.#connection.unsentBytes === 0) return this.#dismiss('idle', reason);
    // Who does not read hears no farewell, and would only keep its answers waiting.
    this.reason = reason;
    this.cut();
    this.#socket.close();
  }

  #onOld(): void {
    const { lifetimeUs = 0 } = this.#owner;
    this.#dismiss('lifetime', `open for ${formatDuration(lifetimeUs)}, which is the longest here`);
  }

  #dismiss(why: Exclude<Dismissal, 'full'>, reason: string): void {
    this.reason = reason;
    if (this.onDismiss !== undefined) return this.onDismiss(why, reason);
    const farewell = this.#owner.service.farewell?.(why, `closed: ${reason}`);
    if (farewell !== undefined) this.#connection.send(Buffer.from(farewell));
    this.#socket.close();
  }

  /** The server ends: what was said still goes. */
  end(): void {
    if (this.#ending.signal.aborted) return;
    this.reason ??= 'the server ended';
    this.#ending.abort(new UsageError('SW_CLOSED', 'the server ends'));
    if (!this.#socket.closed) this.#socket.shutdown(SHUT_RD);
  }

  /** Ends at once, whatever was still to go. */
  cut(): void {
    this.#connection.abort();
  }
}

/** For the operator, who knows the peer's address from the same line. */
function describe(error: SensewireError): string {
  switch (error.errno) {
    case 'ECONNRESET':
    case 'EPIPE':
      return `the client broke off (${error.errno})`;
    case 'ETIMEDOUT':
      return 'the client does not answer any more (ETIMEDOUT)';
    default:
      return error.message;
  }
}
