/**
 * Serves one service at any number of addresses, to many clients at once.
 *
 * What one client does is nobody else's harm: each has a conversation of its own, which may fail alone, and nobody is read
 * faster than it is answered. Everything that is refused, broken off or dropped is counted.
 */
import { UsageError } from '../errors/errors.ts';
import { type Address, formatAddress } from '../socket/address.ts';
import type { Connection, ConnectionHandlers, Listener } from '../socket/connection.ts';
import { listenAt } from '../socket/open.ts';
import { StreamSocket } from '../socket/stream-socket.ts';
import { type Clock, sleepUntil } from '../time/clock.ts';
import { formatDuration } from '../time/quantities.ts';
import { type DatagramPeer, DatagramPeers } from './datagram-peers.ts';
import { DatagramServer } from './datagram-server.ts';
import {
  END_WITHIN_US,
  FORGET_PEER_US,
  MOST_BEING_REFUSED,
  MOST_CONNECTIONS,
  MOST_DATAGRAM_PEERS,
} from './limits.ts';
import { MeteredConnection } from './metered-connection.ts';
import type { ServerNotice, ServerSnapshot } from './notices.ts';
import { OpenConversation } from './open-conversation.ts';
import type { Service } from './service.ts';

export interface ServiceServerOptions {
  readonly clock: Clock;
  readonly service: Service;
  /** A connection without traffic for so long is closed, a UDP peer forgotten. Default: never, and 60 s. */
  readonly idleUs?: number | undefined;
  /** A connection is closed after so long in all, whatever passes. Default: never. */
  readonly lifetimeUs?: number | undefined;
  /** More connections at once are refused. Default: 10,000. */
  readonly mostConnections?: number | undefined;
  /** `ended` resolves after so many of the service's `unit`, or of ended connections and served datagrams. */
  readonly count?: number | undefined;
  /** Hears what an operator should know. */
  readonly onNotice?: (notice: ServerNotice) => void;
}

/** An open connection. */
interface Guest {
  readonly connection: MeteredConnection;
  readonly gone: Promise<void>;
}

export class ServiceServer {
  readonly #options: ServiceServerOptions;
  readonly #mostConnections: number;
  readonly #listeners: Listener[] = [];
  readonly #datagramServers: DatagramServer[] = [];
  readonly #guests = new Map<OpenConversation, Guest>();
  readonly #peers: DatagramPeers;
  readonly #ended = Promise.withResolvers<void>();
  #beingRefused = 0;
  #connections = 0;
  #peersSeen = 0;
  #refused = 0;
  #errors = 0;
  #taken = 0;
  /** What passed of those that are gone. */
  #left = { bytesIn: 0, bytesOut: 0, datagramsIn: 0, datagramsOut: 0 };
  #stopped: Promise<void> | undefined;

  constructor(options: ServiceServerOptions) {
    this.#options = options;
    this.#mostConnections = options.mostConnections ?? MOST_CONNECTIONS;
    this.#peers = new DatagramPeers({
      clock: options.clock,
      forgetUs: options.idleUs ?? FORGET_PEER_US,
      most: MOST_DATAGRAM_PEERS,
      onCame: peer => this.#onPeerCame(peer),
      onLeft: (peer, why) => this.#onPeerLeft(peer, why),
    });
    // Who does not wait for the end need not hear of a failure twice.
    this.#ended.promise.catch(() => undefined);
  }

  /** Resolves when the count is reached. Rejects where the service failed for a reason that is no peer's: a bug. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /**
   * Listens at one more address.
   * @returns URLs that clients can use, with the real port
   * @throws UsageError SW_USAGE where the service does not fit the transport; NetworkError
   */
  async listen(address: Address): Promise<readonly string[]> {
    if (address.transport !== 'udp') {
      const listener = await listenAt(address, connection => this.#onConnection(connection));
      this.#listeners.push(listener);
      return listener.urls;
    }
    const { datagram } = this.#options.service;
    if (typeof datagram !== 'function')
      throw new UsageError('SW_USAGE', `${formatAddress(address)}: ${datagram.unfit}`);
    const server = await DatagramServer.open(address, {
      answer: datagram,
      peers: this.#peers,
      onComplaint: (peer, message) => this.#complain(peer, message),
      takes: () => this.#takes(),
      onServed: () => this.#tally(),
    });
    this.#datagramServers.push(server);
    server.run().catch((error: unknown) => this.#ended.reject(error));
    return server.urls;
  }

  get snapshot(): ServerSnapshot {
    const total = { ...this.#left };
    for (const { connection } of this.#guests.values()) {
      total.bytesIn += connection.bytesIn;
      total.bytesOut += connection.bytesOut;
    }
    for (const peer of this.#peers.present) addTo(total, peer);
    const sum = (of: (server: DatagramServer) => number): number =>
      this.#datagramServers.reduce((before, server) => before + of(server), 0);
    return {
      open: this.#guests.size,
      taken: this.#taken,
      connections: this.#connections,
      peers: this.#peersSeen,
      ...total,
      refused: this.#refused,
      errors: this.#errors,
      dropped: sum(({ dropped }) => dropped),
      kernelDrops: sum(({ kernelDrops }) => kernelDrops),
    };
  }

  /**
   * Takes no new clients, gives those that there are a second to get what was said to them, and ends. Where the count was
   * reached, as long as they go on getting it: what counted should arrive. Idempotent.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    await Promise.all(this.#listeners.map(listener => listener.close()));
    for (const server of this.#datagramServers) server.close();
    this.#peers.close();
    for (const conversation of this.#guests.keys()) conversation.end();
    const gone = Promise.all([...this.#guests.values()].map(({ gone }) => gone));
    const done = new AbortController();
    this.#cutLate(done.signal).catch(() => undefined);
    await gone;
    done.abort();
  }

  /** Ends those that do not end by themselves. Rejects with the signal's reason. */
  async #cutLate(done: AbortSignal): Promise<void> {
    const { clock, count = Number.POSITIVE_INFINITY } = this.#options;
    const isPatient = this.#taken >= count;
    for (;;) {
      await sleepUntil(clock, clock.monotonicUs() + END_WITHIN_US, done);
      for (const conversation of this.#guests.keys())
        if (!isPatient || conversation.silentUs >= END_WITHIN_US) conversation.cut();
    }
  }

  #onConnection(connection: Connection): ConnectionHandlers {
    if (this.#guests.size >= this.#mostConnections) return this.#refuse(connection);
    const { handlers, open } = StreamSocket.over();
    const metered = new MeteredConnection(connection, handlers, () => conversation.onTraffic());
    const { clock, service, idleUs, lifetimeUs } = this.#options;
    const conversation: OpenConversation = new OpenConversation(metered, open(metered), {
      clock,
      service,
      idleUs,
      lifetimeUs,
      onComplaint: (peer, message) => this.#complain(peer, message),
      takes: () => this.#takes(),
    });
    this.#connections++;
    this.#notice({ type: 'connected', peer: connection.remote });
    this.#guests.set(conversation, { connection: metered, gone: this.#converse(metered, conversation) });
    return metered.handlers;
  }

  async #converse(connection: MeteredConnection, conversation: OpenConversation): Promise<void> {
    const { clock } = this.#options;
    const startedUs = clock.monotonicUs();
    try {
      const { reason, error, servedUs } = await conversation.run();
      this.#guests.delete(conversation);
      if (error !== undefined) this.#errors++;
      const { remote: peer, bytesIn, bytesOut } = connection;
      const seconds = (servedUs - startedUs) / 1e6;
      addTo(this.#left, { bytesIn, bytesOut, datagramsIn: 0, datagramsOut: 0 });
      this.#notice({
        type: 'disconnected',
        peer,
        bytesIn,
        bytesOut,
        seconds,
        reason,
        ...(error && { error: error.code }),
      });
      this.#tally();
    } catch (error) {
      this.#guests.delete(conversation);
      this.#ended.reject(error);
    }
  }

  /** Handlers of a connection that is told that there are too many, and closed. */
  #refuse(connection: Connection): ConnectionHandlers {
    const reason = `this server is full (at most ${this.#mostConnections}): try again later`;
    this.#refused++;
    this.#notice({ type: 'refused', peer: connection.remote, reason });
    const farewell = this.#options.service.farewell?.('full', reason);
    this.#beingRefused++;
    if (this.#beingRefused > MOST_BEING_REFUSED) connection.abort();
    else {
      if (farewell !== undefined) connection.send(Buffer.from(farewell));
      connection.close();
    }
    return {
      onReceive: () => undefined,
      onDrain: () => undefined,
      onEnd: () => undefined,
      onClose: () => {
        this.#beingRefused--;
      },
    };
  }

  #onPeerCame(peer: DatagramPeer): void {
    this.#peersSeen++;
    this.#notice({ type: 'connected', peer: peer.url });
  }

  #onPeerLeft(peer: DatagramPeer, why: 'silent' | 'crowded' | 'end'): void {
    addTo(this.#left, peer);
    const { idleUs = FORGET_PEER_US } = this.#options;
    const reason = {
      silent: `silent for ${formatDuration(idleUs)}`,
      crowded: 'forgotten: more peers than are remembered',
      end: 'the server ended',
    }[why];
    const { url, bytesIn, bytesOut, datagramsIn, datagramsOut } = peer;
    const seconds = (peer.lastUs - peer.sinceUs) / 1e6;
    this.#notice({
      type: 'disconnected',
      peer: url,
      bytesIn,
      bytesOut,
      datagramsIn,
      datagramsOut,
      seconds,
      reason,
    });
  }

  #complain(peer: string, message: string): void {
    this.#errors++;
    this.#notice({ type: 'error', peer, message });
  }

  #takes(): boolean {
    const { count = Number.POSITIVE_INFINITY } = this.#options;
    if (this.#taken >= count) return false;
    if (++this.#taken === count) this.#ended.resolve();
    return true;
  }

  /** A connection has ended or a datagram was served, which is what counts where the service counts nothing else. */
  #tally(): void {
    if (this.#options.service.unit === undefined) this.#takes();
  }

  #notice(notice: ServerNotice): void {
    this.#options.onNotice?.(notice);
  }
}

type Sums = { -readonly [Name in 'bytesIn' | 'bytesOut' | 'datagramsIn' | 'datagramsOut']: number };

function addTo(sums: Sums, more: Readonly<Sums>): void {
  sums.bytesIn += more.bytesIn;
  sums.bytesOut += more.bytesOut;
  sums.datagramsIn += more.datagramsIn;
  sums.datagramsOut += more.datagramsOut;
}
