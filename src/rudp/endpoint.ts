/**
 * One UDP socket's worth of reliable UDP, without I/O: tells connections apart, and answers who has none.
 *
 * The contract is the connections': *command* (`connect`), *take* (`receive`, `onTimeout`), then drain what it *gives*:
 * `pollConnection` for new connections, `pollActive` for those that have messages or events, and `pollTransmit` until it
 * is empty; then wait until `timeoutAt`. Addresses are opaque texts. Nothing is kept of a client before its cookie has come
 * back, and no answer to a stranger has three times the bytes that came.
 */
import { Queue } from '../collections/queue.ts';
import { FormatError } from '../errors/errors.ts';
import { Connection } from './connection.ts';
import type { ConnectionOptions, Transmit } from './connection-types.ts';
import { COOKIE_LIFE_US, Cookies, equal, type Mac } from './cookies.ts';
import { Deadlines } from './deadlines.ts';
import { NONCE_BYTES, TOKEN_BYTES, VERSION } from './layout.ts';
import {
  connectionIdOf,
  type Init,
  isLong,
  type Reset,
  readLongPacket,
  writeAccept,
  writeReset,
  writeRetry,
  writeVersionList,
} from './long-packets.ts';
import type { ConnectionParameters } from './parameters.ts';

/** Answers to strangers that wait to be sent; more are dropped, and they ask again. */
const MOST_ANSWERS = 1_024;
/** RESETs a second: more would serve nobody but an attacker. */
const RESETS_A_SECOND = 100;
/** A RESET is shorter than what it answers, so that two endpoints cannot answer each other for ever. */
const RESET_BYTES = 5 + TOKEN_BYTES;

/** A cookie is good for 10 s and counts whole seconds: after this no INIT of a client can come back. */
const REMEMBERED_US = 2 * COOKIE_LIFE_US;
/** Clients remembered for each connection that may be open: those that come and go again within that time. */
const CLIENTS_REMEMBERED = 4;

export interface EndpointOptions extends ConnectionOptions {
  /** Whether clients may connect. */
  readonly accepts: boolean;
  readonly parameters: ConnectionParameters;
  readonly mostConnections: number;
  /** So many random bytes: ids, nonces. */
  readonly random: (count: number) => Uint8Array;
  /** HMAC-SHA256 under a secret of this endpoint, which nobody else on the machine may know. */
  readonly mac: Mac;
}

/** What an endpoint drops or refuses. */
export interface EndpointCounters {
  /** Datagrams that are no packets of this protocol. */
  malformed: number;
  /** Packets for connections that are not there. */
  unknown: number;
  /** INITs with a wrong or old cookie. */
  badCookies: number;
  /** INITs beyond `mostConnections`, and of clients that come too late. */
  refused: number;
  /** Answers to strangers that were not sent: too many at once. */
  unanswered: number;
}

export class Endpoint {
  readonly counters: EndpointCounters = {
    malformed: 0,
    unknown: 0,
    badCookies: 0,
    refused: 0,
    unanswered: 0,
  };
  readonly #options: EndpointOptions;
  readonly #cookies: Cookies;
  readonly #connections = new Map<number, Connection>();
  /** Of a server: id and nonce of each client that was accepted lately, the oldest first, to know a repeated INIT. */
  readonly #clients = new Map<string, { readonly localId: number; readonly untilUs: number }>();
  /** Of a client: connections by the server's id, which RESET names. */
  readonly #byRemoteId = new Map<number, Connection>();
  readonly #deadlines = new Deadlines<Connection>();
  readonly #answers = new Queue<Transmit>();
  readonly #fresh = new Queue<Connection>();
  readonly #active = new Set<Connection>();
  readonly #sending = new Set<Connection>();
  #accepts: boolean;
  #resetSecond = 0;
  #resets = 0;

  constructor(options: EndpointOptions) {
    this.#options = options;
    this.#accepts = options.accepts;
    this.#cookies = new Cookies(options.mac);
  }

  // Look.

  get connections(): number {
    return this.#connections.size;
  }

  timeoutAt(): number | undefined {
    return this.#deadlines.firstUs;
  }

  // Command.

  /** Begins a connection to an address. */
  connect(to: string, nowUs: number): Connection {
    const { random } = this.#options;
    const id = this.#newId();
    const connection = Connection.connect(
      { localId: id, path: to, parameters: this.#options.parameters, nonce: random(NONCE_BYTES) },
      this.#options,
      { random, touched: () => this.#touch(connection) },
      nowUs,
    );
    this.#connections.set(id, connection);
    this.#touch(connection);
    return connection;
  }

  /** Clients that come from now on are not answered. */
  stopAccepting(): void {
    this.#accepts = false;
  }

  // Take.

  /** @param datagram the endpoint's from now on: large messages stay in it, and it is not to be written to again. */
  receive(datagram: Uint8Array, from: string, nowUs: number): void {
    if (isLong(datagram)) {
      this.#receiveLong(datagram, from, nowUs);
      return;
    }
    const id = connectionIdOf(datagram);
    const connection = id === undefined ? undefined : this.#connections.get(id);
    if (connection === undefined) {
      this.counters.unknown++;
      if (id !== undefined) this.#answerReset(id, datagram.length, from, nowUs);
      return;
    }
    if (!connection.receive(datagram, from, nowUs)) this.counters.malformed++;
    this.#touch(connection);
  }

  onTimeout(nowUs: number): void {
    for (let due = this.#deadlines.takeDue(nowUs); due !== undefined; due = this.#deadlines.takeDue(nowUs)) {
      due.onTimeout(nowUs);
      this.#touch(due);
    }
  }

  // Give.

  /** A connection that a client has opened. */
  pollConnection(): Connection | undefined {
    return this.#fresh.shift();
  }

  /** A connection that may have messages or events. */
  pollActive(): Connection | undefined {
    for (const connection of this.#active) {
      this.#active.delete(connection);
      return connection;
    }
    return undefined;
  }

  pollTransmit(nowUs: number): Transmit | undefined {
    const answer = this.#answers.shift();
    if (answer !== undefined) return answer;
    for (const connection of this.#sending) {
      const transmit = connection.pollTransmit(nowUs);
      if (transmit !== undefined) return transmit;
      this.#sending.delete(connection);
      if (connection.state === 'closed') {
        // Its last event may not have been taken.
        this.#active.add(connection);
        this.#remove(connection);
      } else this.#deadlines.set(connection, connection.timeoutAt());
    }
    return undefined;
  }

  #touch(connection: Connection): void {
    this.#active.add(connection);
    this.#sending.add(connection);
  }

  #remove(connection: Connection): void {
    this.#deadlines.set(connection, undefined);
    this.#connections.delete(connection.localId);
    if (this.#byRemoteId.get(connection.remoteId) === connection)
      this.#byRemoteId.delete(connection.remoteId);
  }

  #newId(): number {
    for (;;) {
      const bytes = this.#options.random(4);
      const id = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
      if (!this.#connections.has(id)) return id;
    }
  }

  #receiveLong(datagram: Uint8Array, from: string, nowUs: number): void {
    let packet: ReturnType<typeof readLongPacket>;
    try {
      packet = readLongPacket(datagram);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      this.counters.malformed++;
      return;
    }
    switch (packet.kind) {
      case 'init':
        this.#receiveInit(packet, datagram, from, nowUs);
        return;
      case 'otherVersion':
        if (!this.#accepts) return;
        this.#answer(
          writeVersionList({ clientId: packet.clientId, nonce: packet.nonce, versions: [VERSION] }),
          datagram.length,
          from,
        );
        return;
      case 'reset':
        this.#receiveReset(packet, from, nowUs);
        return;
      case 'retry':
      case 'accept':
      case 'version': {
        const connection = this.#connections.get(packet.clientId);
        if (connection === undefined) this.counters.unknown++;
        else {
          connection.receiveHandshake(packet, datagram, from, nowUs);
          if (connection.resetToken !== undefined) this.#byRemoteId.set(connection.remoteId, connection);
          this.#touch(connection);
        }
      }
    }
  }

  #receiveReset({ receiverId, resetToken }: Reset, from: string, nowUs: number): void {
    const connection = this.#byRemoteId.get(receiverId);
    const isProven = connection?.resetToken !== undefined && equal(connection.resetToken, resetToken);
    if (!isProven) this.counters.unknown++;
    if (connection === undefined) return;
    if (isProven) connection.receiveReset();
    else connection.receiveDoubtfulReset(from, nowUs);
    this.#touch(connection);
  }

  #receiveInit(
    init: Init & { readonly framesStart: number },
    datagram: Uint8Array,
    from: string,
    nowUs: number,
  ): void {
    const { clientId, nonce, cookie, packetNumber } = init;
    const key = `${clientId} ${nonce.join()}`;
    const localId = this.#clients.get(key)?.localId;
    const known = localId === undefined ? undefined : this.#connections.get(localId);
    const isProven =
      cookie !== undefined &&
      (known?.path === from || this.#cookies.check(cookie, from, clientId, nonce, nowUs));
    if (!isProven) {
      this.#askToReturn(init, datagram.length, from, nowUs);
      return;
    }
    // Its ACCEPT was lost; or the connection has ended, and nothing is to be made of it again.
    const connection = localId === undefined ? this.#accept(init, key, from, nowUs) : known;
    if (connection === undefined) return;
    connection.receiveInit(datagram, init.framesStart, packetNumber ?? 0, from, nowUs);
    this.#touch(connection);
  }

  /** RETRY: nothing is known of the client, and it has to show a cookie that was made for its address. */
  #askToReturn({ clientId, nonce, cookie }: Init, bytes: number, from: string, nowUs: number): void {
    if (!this.#accepts) {
      this.counters.unknown++;
      return;
    }
    if (cookie !== undefined) this.counters.badCookies++;
    const made = this.#cookies.make(from, clientId, nonce, nowUs);
    this.#answer(writeRetry({ clientId, nonce, cookie: made }), bytes, from);
  }

  /** Makes a client's connection; undefined where there are too many. */
  #accept({ clientId, parameters }: Init, key: string, from: string, nowUs: number): Connection | undefined {
    this.#sweep(nowUs);
    const { random, parameters: own, mostConnections } = this.#options;
    const isFull =
      this.#connections.size >= mostConnections || this.#clients.size >= CLIENTS_REMEMBERED * mostConnections;
    if (!this.#accepts || isFull) {
      this.counters.refused++;
      return undefined;
    }
    const id = this.#newId();
    this.#clients.set(key, { localId: id, untilUs: nowUs + REMEMBERED_US });
    const header = writeAccept({
      clientId,
      serverId: id,
      resetToken: this.#cookies.resetToken(id),
      parameters: own,
    });
    const connection: Connection = Connection.accept(
      { localId: id, remoteId: clientId, path: from, own, peer: parameters, header },
      this.#options,
      { random, touched: () => this.#touch(connection) },
      nowUs,
    );
    this.#connections.set(id, connection);
    this.#fresh.push(connection);
    return connection;
  }

  /** Forgets clients whose cookies are too old to be repeated: the oldest are the first. */
  #sweep(nowUs: number): void {
    for (const [key, { untilUs }] of this.#clients) {
      if (nowUs <= untilUs) return;
      this.#clients.delete(key);
    }
  }

  #answerReset(id: number, bytes: number, from: string, nowUs: number): void {
    if (!this.#accepts || bytes <= RESET_BYTES) return;
    const second = Math.floor(nowUs / 1e6);
    if (second !== this.#resetSecond) [this.#resetSecond, this.#resets] = [second, 0];
    if (++this.#resets > RESETS_A_SECOND) return;
    this.#answer(writeReset({ receiverId: id, resetToken: this.#cookies.resetToken(id) }), bytes, from);
  }

  /** An answer to somebody who has proven nothing: never three times what came. */
  #answer(bytes: Uint8Array, received: number, to: string): void {
    if (bytes.length >= 3 * received || this.#answers.length >= MOST_ANSWERS) {
      this.counters.unanswered++;
      return;
    }
    this.#answers.push({ bytes, to });
  }
}
