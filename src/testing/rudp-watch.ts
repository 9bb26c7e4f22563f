/**
 * Looks at every datagram of one simulated endpoint, as a capture would: what leaves must be readable, no packet number
 * may come twice, and no address may get more than three times what came from it before it has proven itself.
 */
import { FrameReader } from '../rudp/frame-reader.ts';
import { FRAME } from '../rudp/layout.ts';
import { connectionIdOf, isLong, readLongPacket } from '../rudp/long-packets.ts';
import { expand } from '../rudp/numbers.ts';

/** RFC 9000 section 8.1. */
const AMPLIFICATION = 3;

/** Frames as docs/RELIABLE-UDP.md names them. */
const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(FRAME).map(([name, type]) => [
    type,
    name.replace(/[A-Z]/, letter => `_${letter}`).toUpperCase(),
  ]),
);

interface Address {
  bytesIn: number;
  bytesOut: number;
  isProven: boolean;
}

export class PacketWatch {
  readonly #isServer: boolean;
  readonly #reader: FrameReader = new FrameReader();
  /** The next packet number by the receiver's id. */
  readonly #numbers: Map<number, number> = new Map();
  readonly #addresses: Map<string, Address> = new Map();
  /** PATH_CHALLENGEs that went out, and where to. */
  readonly #challenges: Map<string, string> = new Map();
  /** Datagrams and frames seen leaving, by name. */
  readonly seen: Map<string, number> = new Map();

  constructor(isServer: boolean) {
    this.#isServer = isServer;
  }

  received(bytes: Uint8Array, from: string): void {
    const address = this.#addressOf(from);
    address.bytesIn += bytes.length;
    if (!isLong(bytes)) this.#findResponse(bytes, from);
    else if (!this.#isServer) this.#learnServerId(bytes);
  }

  /** @throws Error where this must not leave */
  sent(bytes: Uint8Array, to: string): void {
    if (isLong(bytes)) this.#sentLong(bytes, to);
    else this.#sentShort(bytes, to);
    const address = this.#addressOf(to);
    address.bytesOut += bytes.length;
    if (this.#isServer && !address.isProven && address.bytesOut > AMPLIFICATION * address.bytesIn) {
      throw new Error(`${address.bytesOut} bytes to ${to}, which is not proven and sent ${address.bytesIn}`);
    }
  }

  #addressOf(name: string): Address {
    let address = this.#addresses.get(name);
    if (address === undefined) {
      address = { bytesIn: 0, bytesOut: 0, isProven: false };
      this.#addresses.set(name, address);
    }
    return address;
  }

  #sentLong(bytes: Uint8Array, to: string): void {
    const packet = readLongPacket(bytes);
    this.#count(packet.kind);
    // The cookie has come back.
    if (packet.kind === 'accept') this.#addressOf(to).isProven = true;
    if (packet.kind !== 'init' || packet.cookie === undefined) return;
    this.#next(packet.clientId, packet.packetNumber as number, 8);
    this.#reader.openFrames(bytes, packet.framesStart, bytes.length, 'numbered');
    this.#readFrames(to);
  }

  #sentShort(bytes: Uint8Array, to: string): void {
    const reader = this.#reader;
    if (!reader.openShort(bytes)) throw new Error('a datagram that is no packet');
    if (reader.isNumbered) this.#next(reader.receiverId, reader.number, reader.numberBytes);
    this.#count(reader.isNumbered ? 'numbered' : 'unnumbered');
    this.#readFrames(to);
  }

  #readFrames(to: string): void {
    const reader = this.#reader;
    reader.nextOwnNumber = 0;
    while (reader.next()) {
      this.#count(NAMES.get(reader.type) as string);
      if (reader.type === FRAME.pathChallenge) this.#challenges.set(reader.nonce.join(), to);
    }
  }

  /** Each number is above the one before; it must be readable by who has all up to that one. */
  #next(id: number, truncated: number, bytes: number): void {
    const next = this.#numbers.get(id) ?? 0;
    const number = bytes === 8 ? truncated : expand(truncated, bytes, next);
    if (number < next) throw new Error(`packet number ${number} after ${next - 1}`);
    this.#numbers.set(id, number + 1);
  }

  /** ACCEPT: INIT had the client's id, from now on it is the server's. */
  #learnServerId(bytes: Uint8Array): void {
    try {
      const packet = readLongPacket(bytes);
      if (packet.kind !== 'accept' || this.#numbers.has(packet.serverId)) return;
      this.#numbers.set(packet.serverId, this.#numbers.get(packet.clientId) ?? 0);
    } catch {
      // Somebody else's.
    }
  }

  /** A right PATH_RESPONSE proves the address. */
  #findResponse(bytes: Uint8Array, from: string): void {
    const reader = this.#reader;
    if (this.#challenges.size === 0 || connectionIdOf(bytes) === undefined) return;
    try {
      if (!reader.openShort(bytes)) return;
      while (reader.next()) {
        if (reader.type !== FRAME.pathResponse) continue;
        if (this.#challenges.get(reader.nonce.join()) === from) this.#addressOf(from).isProven = true;
      }
    } catch {
      // Somebody else's.
    }
  }

  #count(what: string): void {
    this.seen.set(what, (this.seen.get(what) ?? 0) + 1);
  }
}
