/**
 * Conversations of TCP or of UDP, one object for each: two addresses and two ports → a number by order of appearance, as
 * `tcp.stream` and `udp.stream` count. A hash table over typed arrays: nothing is allocated for a packet. Bounded by what the
 * capture holds: 24 to 32 bytes a conversation.
 *
 * A packet's **place** is its conversation's number times 2, plus its side: 0 where the packet goes from the lower endpoint to
 * the higher one (addresses are compared first, byte by byte, then ports), 1 on the way back.
 */
import { AddressBook, doubled, mix } from './address-book.ts';

/** Words a conversation has: lower address, higher address, ports, and the marks. */
const WORDS = 4;
const MARK = { ipv6: 1, fromHigher: 2 } as const;
/** The table grows when it is half full: linear probing stays short. */
const FIRST_SLOTS = 256;

export interface ConversationEndpoint {
  readonly family: 4 | 6;
  /** 4 or 16 bytes. */
  readonly address: Uint8Array;
  readonly port: number;
}

export class Conversations {
  #records = new Int32Array((WORDS * FIRST_SLOTS) / 2);
  /** Number of the newest conversation between two endpoints plus 1; 0: empty. */
  #slots = new Int32Array(FIRST_SLOTS);
  /** Of a conversation whose ports were used again: the number of the next one; 0: none. */
  #later = new Int32Array(FIRST_SLOTS / 2);
  #count = 0;
  /** The conversation of the last packet; most often the next one's, too. */
  #latest = 0;
  readonly #ipv6 = new AddressBook();

  get count(): number {
    return this.#count;
  }

  /**
   * The place of a packet over IPv4; opens a conversation where there is none.
   * @param source and `destination`: the addresses as 32-bit numbers, signed or not
   */
  placeOfIpv4(source: number, destination: number, sourcePort: number, destinationPort: number): number {
    const from = source | 0;
    const to = destination | 0;
    const side =
      from === to ? (sourcePort > destinationPort ? 1 : 0) : source >>> 0 > destination >>> 0 ? 1 : 0;
    return side === 0
      ? this.#place(from, to, (sourcePort << 16) | destinationPort, 0, 0)
      : this.#place(to, from, (destinationPort << 16) | sourcePort, 0, 1);
  }

  /** The same for IPv6: `source` and `destination` say where the addresses start in `bytes`. */
  placeOfIpv6(
    bytes: Uint8Array,
    source: number,
    destination: number,
    sourcePort: number,
    destinationPort: number,
  ): number {
    const from = this.#ipv6.numberOf(bytes, source);
    const to = this.#ipv6.numberOf(bytes, destination);
    const order = from === to ? sourcePort - destinationPort : this.#ipv6.compare(from, to);
    return order > 0
      ? this.#place(to, from, (destinationPort << 16) | sourcePort, MARK.ipv6, 1)
      : this.#place(from, to, (sourcePort << 16) | destinationPort, MARK.ipv6, 0);
  }

  /** A new conversation between the endpoints of the one that has this place: the ports are used again. Gives the new place. */
  reopen(place: number): number {
    const at = (place >>> 1) * WORDS;
    const [low, high, ports, marks] = this.#records.subarray(at, at + WORDS) as unknown as Key;
    const slot = this.#find(low, high, ports, marks & MARK.ipv6);
    const side = place & 1;
    return this.#open(slot, low, high, ports, marks & MARK.ipv6, side);
  }

  /** The newest conversation between the same endpoints. */
  newest(conversation: number): number {
    let number = conversation;
    while (this.#later[number] !== 0) number = this.#later[number]!;
    return number;
  }

  /** 0 or 1: the side that sent the conversation's first packet. */
  firstSide(conversation: number): number {
    return (this.#records[conversation * WORDS + 3]! & MARK.fromHigher) === 0 ? 0 : 1;
  }

  /** Who sends on that side: 0 the lower endpoint, 1 the higher one. */
  endpoint(conversation: number, side: number): ConversationEndpoint {
    const at = conversation * WORDS;
    const value = this.#records[at + side]!;
    const ports = this.#records[at + 2]!;
    const port = side === 0 ? ports >>> 16 : ports & 0xffff;
    if ((this.#records[at + 3]! & MARK.ipv6) !== 0)
      return { family: 6, address: this.#ipv6.bytesOf(value), port };
    return { family: 4, address: Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value), port };
  }

  #place(low: number, high: number, ports: number, family: number, side: number): number {
    const records = this.#records;
    const latest = this.#latest * WORDS;
    if (
      records[latest + 2] === ports &&
      records[latest] === low &&
      records[latest + 1] === high &&
      this.#latest < this.#count &&
      (records[latest + 3]! & MARK.ipv6) === family
    ) {
      return this.#latest * 2 + side;
    }
    const slot = this.#find(low, high, ports, family);
    const number = this.#slots[slot]! - 1;
    if (number < 0) return this.#open(slot, low, high, ports, family, side);
    this.#latest = number;
    return number * 2 + side;
  }

  /** The slot of the newest conversation with that key, or the empty one where it belongs. */
  #find(low: number, high: number, ports: number, family: number): number {
    const slots = this.#slots;
    const records = this.#records;
    const mask = slots.length - 1;
    let slot = mix(low, high, ports) & mask;
    for (;;) {
      const number = slots[slot]! - 1;
      if (number < 0) return slot;
      const at = number * WORDS;
      if (
        records[at + 2] === ports &&
        records[at] === low &&
        records[at + 1] === high &&
        (records[at + 3]! & MARK.ipv6) === family
      ) {
        return slot;
      }
      slot = (slot + 1) & mask;
    }
  }

  #open(slot: number, low: number, high: number, ports: number, family: number, side: number): number {
    const number = this.#count++;
    this.#latest = number;
    if (WORDS * this.#count > this.#records.length) {
      this.#records = doubled(this.#records);
      this.#later = doubled(this.#later);
    }
    const earlier = this.#slots[slot]! - 1;
    if (earlier >= 0) this.#later[earlier] = number;
    this.#records.set([low, high, ports, family | (side === 0 ? 0 : MARK.fromHigher)], WORDS * number);
    this.#slots[slot] = number + 1;
    if (2 * this.#count > this.#slots.length) this.#grow();
    return number * 2 + side;
  }

  /** A later conversation with the same key takes the slot of the earlier one, as it did before. */
  #grow(): void {
    this.#slots = new Int32Array(2 * this.#slots.length);
    for (let number = 0; number < this.#count; number++) {
      const at = number * WORDS;
      const [low, high, ports, marks] = this.#records.subarray(at, at + WORDS) as unknown as Key;
      this.#slots[this.#find(low, high, ports, marks & MARK.ipv6)] = number + 1;
    }
  }
}

type Key = [low: number, high: number, ports: number, marks: number];
