/**
 * A peer of reliable UDP over a real socket, message by message: for what a stream on top of it cannot say or hear.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Connection } from '../rudp/connection.ts';
import type { ConnectionEvent } from '../rudp/connection-events.ts';
import { Endpoint } from '../rudp/endpoint.ts';
import { DEFAULT_PARAMETERS } from '../rudp/parameters.ts';
import { plainMac } from './rudp-world.ts';
import { SeededRandom } from './seeded-random.ts';

const UTF8 = new TextEncoder();

interface ConnectChoices {
  readonly upTo?: 'open' | 'validated';
  /** A message that goes with the handshake. */
  readonly first?: string;
}

export class RudpSocketPeer {
  readonly connection: Connection;
  /** What came so far. */
  readonly messages: string[] = [];
  readonly events: ConnectionEvent[] = [];
  readonly #socket: Socket;
  readonly #endpoint: Endpoint;
  #timer: NodeJS.Timeout | undefined;
  #changed = Promise.withResolvers<void>();

  private constructor(socket: Socket) {
    // Ids must differ from those of other peers of the same listener.
    const random = new SeededRandom(socket.address().port);
    this.#socket = socket;
    this.#endpoint = new Endpoint({
      accepts: false,
      parameters: DEFAULT_PARAMETERS,
      mostConnections: 1,
      repair: 'off',
      keepAliveUs: 0,
      random: count => Uint8Array.from({ length: count }, () => random.int(0, 255)),
      mac: data => plainMac(data, 1),
    });
    this.connection = this.#endpoint.connect('listener', this.#nowUs());
    socket.on('message', bytes => {
      this.#endpoint.receive(bytes, 'listener', this.#nowUs());
      this.#run();
    });
  }

  /** Resolves once its connection is open, or as soon as its address is proven, a round trip before. */
  static async connect(
    url: string,
    { upTo = 'open', first = '' }: ConnectChoices = {},
  ): Promise<RudpSocketPeer> {
    const { hostname, port } = new URL(url);
    const socket = createSocket('udp4');
    socket.connect(Number(port), hostname);
    await once(socket, 'connect');
    const peer = new RudpSocketPeer(socket);
    if (first !== '') peer.send(first);
    peer.#run();
    await peer.until(() => peer.events.some(({ type }) => type === upTo));
    return peer;
  }

  /** Takes messages; they go together, in as few packets as hold them. */
  send(...messages: readonly (string | { readonly channel: number; readonly text: string })[]): void {
    for (const message of messages) {
      const { channel, text } = typeof message === 'string' ? { channel: 0, text: message } : message;
      this.connection.send(UTF8.encode(text), this.#nowUs(), channel);
    }
    this.#run();
  }

  end(): void {
    this.connection.end();
    this.#run();
  }

  /** Closes when everything is acknowledged. */
  finish(): void {
    this.connection.close();
    this.#run();
  }

  abort(reason: string): void {
    this.connection.abort(2, reason, this.#nowUs());
    this.#run();
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await this.#changed.promise;
  }

  /** Leaves without a word. */
  close(): void {
    clearTimeout(this.#timer);
    this.#socket.close();
  }

  #nowUs(): number {
    return Math.round(performance.now() * 1_000);
  }

  readonly #run = (): void => {
    const nowUs = this.#nowUs();
    const endpoint = this.#endpoint;
    const { connection } = this;
    endpoint.onTimeout(nowUs);
    for (let got = connection.pollMessage(); got !== undefined; got = connection.pollMessage())
      this.messages.push(new TextDecoder().decode(got.bytes));
    for (let event = connection.pollEvent(); event !== undefined; event = connection.pollEvent())
      this.events.push(event);
    for (let sent = endpoint.pollTransmit(nowUs); sent !== undefined; sent = endpoint.pollTransmit(nowUs))
      this.#socket.send(sent.bytes);
    clearTimeout(this.#timer);
    const atUs = endpoint.timeoutAt();
    if (atUs !== undefined) this.#timer = setTimeout(this.#run, Math.max(0, Math.ceil((atUs - nowUs) / 1e3)));
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  };
}
