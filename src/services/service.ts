/**
 * What a service is: how it speaks with one peer. Who listens, counts and limits is `ServiceServer`.
 */
import type { StreamSocket } from '../socket/stream-socket.ts';

/** What a service may ask of its server while it serves a peer. */
export interface Exchange {
  /** The peer's address as a URL. */
  readonly peer: string;
  /** Counts something that the peer did wrong and tells the operator; the exchange goes on. */
  complain(message: string): void;
  /** For services with a `unit` of their own: counts one. False: there were enough, this one is not to be taken. */
  takes(): boolean;
}

/** One connection. */
export interface Conversation extends Exchange {
  /**
   * Aborts when the server ends. From then on the socket receives nothing more, as if the client had shut its half; so
   * only who waits for something else has to look at this.
   */
  readonly ending: AbortSignal;
  /** Why the service ends the connection, in a few words for the operator. Where it is not set, who closed first is said. */
  reason: string | undefined;
  /**
   * To be set by a service that ends a connection in its own way where it was silent, or open, for too long: that must then
   * end soon. Where it is not set, the client hears the farewell, and the connection is closed.
   */
  onDismiss?: ((why: Exclude<Dismissal, 'full'>, reason: string) => void) | undefined;
}

/**
 * Serves one connection, until it returns: the socket is then closed, after what was sent has gone. It may throw what the
 * socket throws: that ends its own connection only.
 */
export type StreamService = (socket: StreamSocket, conversation: Conversation) => Promise<void>;

/** Answers one datagram; undefined: with nothing. */
export type DatagramService = (datagram: Buffer, exchange: Exchange) => Uint8Array | undefined;

/** Why a server sends a client away: it has as many as it takes, nothing was said for too long, or it was there for too long. */
export type Dismissal = 'full' | 'idle' | 'lifetime';

/** A service over every transport that fits. */
export interface Service {
  readonly name: string;
  readonly stream: StreamService;
  /** Or the reason why there is none, and what to use instead. */
  readonly datagram: DatagramService | { readonly unfit: string };
  /** What `count` counts, where the service calls `takes` for each; otherwise connections that ended, and datagrams. */
  readonly unit?: 'records' | 'requests';
  /** What a client is told that is sent away, where the service speaks something in which it can be said. */
  readonly farewell?: (why: Dismissal, reason: string) => string;
}

/** The farewell of services that speak text. */
export function textFarewell(_why: Dismissal, reason: string): string {
  return `sensewire: ${reason}\n`;
}
