/**
 * The Connection port: one peer, over whatever transport.
 *
 * Callbacks, not promises: a collector with thousands of connections and many messages in each turn of the event loop
 * pays for every promise. Who wants promises takes a `StreamSocket` over it.
 */
import type { NetworkError } from '../errors/errors.ts';
import type { PathStatistics } from './path-statistics.ts';

/** One peer. */
export interface Connection {
  /** `stream`: bytes in order, cut anywhere. `datagram`: whole datagrams, perhaps lost, repeated or overtaken. */
  readonly form: 'stream' | 'datagram';
  /** This end's address as a URL. */
  readonly local: string;
  /** The peer's address as a URL; for Unix sockets, which have no peer address, the path and a number. */
  readonly remote: string;
  /** True where both ends are on this machine, and so on one clock. */
  readonly sameMachine: boolean;
  /** True where each answer costs a packet of its own: who answers should gather what it has to say. */
  readonly isThrifty: boolean;
  /** What happened on the way so far, where the transport knows. */
  readonly path?: PathStatistics;
  /** Bytes that `send` took and the system has not yet; 0 for datagrams, which nobody waits for. */
  readonly unsentBytes: number;
  /** Takes bytes, which must not change until the system has them. False: enough for now, `onDrain` says when to go on. */
  send(bytes: Uint8Array): boolean;
  /** Calls back once the system has what `send` took before; never where the connection closes first. */
  flush(done: () => void): void;
  /**
   * Stops and restarts `onReceive`; a paused stream makes its peer wait, a paused datagram peer loses. Where the connection
   * breaks meanwhile, what came before is given all the same, and then `onClose`.
   */
  pause(): void;
  resume(): void;
  /** Sends what was taken, then tells the peer that nothing more comes; receiving goes on. Nothing for datagrams. */
  shutdown(): void;
  /** Sends what was taken, then closes. Idempotent. */
  close(): void;
  /** Closes at once. Idempotent. */
  abort(): void;
}

/** What the owner of a connection hears of it. */
export interface ConnectionHandlers {
  /** Bytes that came: the owner's to keep. Of a stream at least one; an empty datagram is a datagram. */
  onReceive(bytes: Uint8Array): void;
  onDrain(): void;
  /** The peer sends no more. Where this is missing, the connection closes as an answer. */
  onEnd?(): void;
  /** Last of all, once: the error where there was one. */
  onClose(error: NetworkError | undefined): void;
}

/** Something that peers connect to. */
export interface Listener {
  /** Addresses that peers can use, with the real port. */
  readonly urls: readonly string[];
  /** Datagrams that the kernel dropped because this program was too slow; 0 for streams. */
  kernelDrops(): number;
  /** Of reliable UDP: datagrams that belong to no connection, by why they were dropped. */
  strangers?(): Readonly<Record<string, number>>;
  /** Takes no new peers. The connections that there are live on. */
  close(): Promise<void>;
}

/** Called for each new peer: gives the handlers of its connection. */
export type OnConnection = (connection: Connection) => ConnectionHandlers;
