/**
 * A timed dialogue of a client and a server of reliable UDP: at t this leaves, and it arrives or not, as the test says.
 */
import type { Connection } from '../rudp/connection.ts';
import { Endpoint } from '../rudp/endpoint.ts';
import { DEFAULT_PARAMETERS } from '../rudp/parameters.ts';
import { toldPacket } from './rudp-told.ts';
import { type EndpointChoices, plainMac } from './rudp-world.ts';
import { SeededRandom } from './seeded-random.ts';

const UTF8 = new TextEncoder();

interface Sent {
  readonly bytes: Uint8Array;
  readonly to: string;
}

/** One end, and what it has said that has neither arrived nor been lost. */
export class Party {
  readonly dialogue: RudpDialogue;
  readonly name: string;
  readonly isServer: boolean;
  readonly choices: EndpointChoices;
  endpoint: Endpoint;
  /** Where its datagrams come from. */
  address: string;
  /** Its connection: of a server the last one that came. */
  connection: Connection | undefined;
  /** Connections that came. */
  accepted = 0;
  underWay: Sent[] = [];
  /** Bytes that left, with IPv4's and UDP's heads. */
  wireBytes = 0;
  #secret = 7;

  constructor(dialogue: RudpDialogue, name: string, isServer: boolean, choices: EndpointChoices) {
    this.dialogue = dialogue;
    this.name = name;
    this.isServer = isServer;
    this.choices = choices;
    this.address = name;
    this.endpoint = this.#newEndpoint();
  }

  #newEndpoint(): Endpoint {
    const random = new SeededRandom(this.isServer ? 1 : 2);
    return new Endpoint({
      parameters: DEFAULT_PARAMETERS,
      mostConnections: 100,
      repair: 'off',
      keepAliveUs: 0,
      ...this.choices,
      accepts: this.isServer,
      random: count => Uint8Array.from({ length: count }, () => random.int(0, 255)),
      mac: data => plainMac(data, this.#secret),
    });
  }

  /** The program forgets everything; as another one that is started it has another secret. */
  restart(secret: number = this.#secret): void {
    this.#secret = secret;
    this.endpoint = this.#newEndpoint();
    this.connection = undefined;
  }

  get peer(): Party {
    const { client, server } = this.dialogue;
    return this === client ? server : client;
  }

  /** Its connection, which must be there. */
  get own(): Connection {
    if (this.connection === undefined) throw new Error(`${this.name} has no connection`);
    return this.connection;
  }

  connect(): Connection {
    this.connection = this.endpoint.connect(this.peer.address, this.dialogue.nowUs);
    return this.connection;
  }

  send(text: string, channel = 0): void {
    this.own.send(UTF8.encode(text), this.dialogue.nowUs, channel);
  }

  /** What leaves now, in words. */
  says(): string[] {
    const { nowUs } = this.dialogue;
    const { endpoint } = this;
    if ((endpoint.timeoutAt() ?? Number.POSITIVE_INFINITY) <= nowUs) endpoint.onTimeout(nowUs);
    const told: string[] = [];
    for (let sent = endpoint.pollTransmit(nowUs); sent !== undefined; sent = endpoint.pollTransmit(nowUs)) {
      this.underWay.push(sent);
      this.wireBytes += sent.bytes.length + 28;
      const to = sent.to === this.peer.address ? '' : `to ${sent.to}: `;
      told.push(`${to}${toldPacket(sent.bytes)}`);
    }
    const at = endpoint.timeoutAt();
    if (at !== undefined && at <= nowUs)
      throw new Error(`${this.name} is drained and wants to be woken at ${at}`);
    return told;
  }

  /** What it has said arrives: all of it, or the datagrams of these places. What is not named is lost. */
  arrives(...places: readonly number[]): void {
    const sent = this.underWay;
    this.underWay = [];
    for (const place of places.length === 0 ? sent.keys() : places)
      this.peer.takes(this.#at(sent, place).bytes);
  }

  #at(sent: readonly Sent[], place: number): Sent {
    const found = sent.at(place);
    if (found === undefined) throw new Error(`${this.name} said ${sent.length} things, not ${place}`);
    return found;
  }

  /** A datagram comes, by default from where the peer is. */
  takes(bytes: Uint8Array, from: string = this.peer.address): void {
    this.endpoint.receive(bytes, from, this.dialogue.nowUs);
    for (
      let came = this.endpoint.pollConnection();
      came !== undefined;
      came = this.endpoint.pollConnection()
    ) {
      this.connection = came;
      this.accepted++;
    }
  }

  /** What it has said is lost. */
  loses(): void {
    this.underWay = [];
  }

  /** Messages that the application gets, as text. */
  hears(): string[] {
    const messages: string[] = [];
    const { own } = this;
    for (let got = own.pollMessage(); got !== undefined; got = own.pollMessage())
      messages.push(new TextDecoder().decode(got.bytes));
    return messages;
  }

  /** Events, in words. */
  learns(): string[] {
    const events: string[] = [];
    const { own } = this;
    for (let event = own.pollEvent(); event !== undefined; event = own.pollEvent()) {
      if (event.type === 'closed')
        events.push(`closed ${event.code} ${event.byPeer ? 'by the peer' : 'here'}: ${event.reason}`);
      else events.push(event.type === 'moved' ? `moved to ${event.to}` : event.type);
    }
    return events;
  }
}

export class RudpDialogue {
  readonly client: Party;
  readonly server: Party;
  nowUs = 1_000_000;

  constructor(choices: EndpointChoices = {}, ofServer: EndpointChoices = choices) {
    this.client = new Party(this, 'client', false, choices);
    this.server = new Party(this, 'server', true, ofServer);
  }

  wait(us: number): void {
    this.nowUs += us;
  }

  /** Waits until a party wants to be woken: for how long that was. */
  waitFor(party: Party): number {
    const at = party.endpoint.timeoutAt();
    if (at === undefined) throw new Error(`${party.name} waits for nothing`);
    const us = at - this.nowUs;
    this.nowUs = at;
    return us;
  }

  /** A connection whose handshake is done, over a path with this round trip; the client's first message was `text`. */
  open(roundTripUs: number, text = 'hello'): void {
    const { client, server } = this;
    client.connect();
    this.#cross(client, roundTripUs);
    this.#cross(server, roundTripUs);
    client.send(text);
    this.#cross(client, roundTripUs);
    this.#cross(server, roundTripUs);
    client.says();
    server.hears();
    client.learns();
    server.learns();
  }

  /** What a party says arrives half a round trip later. */
  #cross(party: Party, roundTripUs: number): void {
    party.says();
    this.wait(roundTripUs / 2);
    party.arrives();
  }
}
