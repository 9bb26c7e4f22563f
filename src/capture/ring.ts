/**
 * Walks through the blocks that the kernel has filled (TPACKET_V3, struct tpacket_block_desc and tpacket3_hdr).
 *
 * One `RingPacket` is written again for every packet; its bytes are the kernel's until the block is given back.
 */
import { isLittleEndian } from './libc.ts';
import { BLOCK_BYTES, BLOCKS } from './packet-socket.ts';

/** Fields of a block's header, in words of 4 bytes from its start. */
const BLOCK_STATUS = 2;
const PACKET_COUNT = 3;
const FIRST_PACKET = 4;
/** Fields of a packet's header, in words from its start. */
const NEXT = 0;
const SECONDS = 1;
const NANOSECONDS = 2;
const CAPTURED = 3;
const LENGTH = 4;
const STATUS = 5;
/** Half words: where the link layer starts, and the header above it. */
const MAC_HALF = 12;
const NET_HALF = 13;
const VLAN_WORD = 8;
const VLAN_TYPE_HALF = 18;
/** struct sockaddr_ll behind the packet's header (48 bytes, TPACKET_ALIGN). */
const ADDRESS = 48;

/** The block belongs to the program. */
const FOR_USER = 1;
const CHECKSUM_NOT_READY = 0x08;
const VLAN_VALID = 0x10;
const VLAN_TYPE_VALID = 0x40;
/** A segment of TCP that the interface will cut, or has put together. */
const SEGMENTS = 0x100;
const DOT1Q = 0x8100;

export const NO_TAG = -1;

export class RingPacket {
  /** The packet starts at its link layer, or without one at the header above. */
  start = 0;
  capturedLength = 0;
  length = 0;
  seconds = 0;
  nanoseconds = 0;
  /** A VLAN tag that the kernel has taken out: type and number as the four bytes that they were, or NO_TAG. */
  vlanTag: number = NO_TAG;
  hasChecksum = true;
  isSegments = false;
  /** Where struct sockaddr_ll starts: what the kernel says of the packet. */
  addressStart = 0;
  /** EtherType. */
  protocol = 0;
  /** Where the header above the link layer starts. */
  payloadStart = 0;
}

export class Ring {
  readonly #bytes: Uint8Array;
  readonly #halves: Uint16Array;
  readonly #words: Int32Array;
  readonly #packet = new RingPacket();
  readonly #isLittle = isLittleEndian();
  #block = 0;

  constructor(memory: ArrayBuffer) {
    this.#bytes = new Uint8Array(memory);
    this.#halves = new Uint16Array(memory);
    this.#words = new Int32Array(memory);
  }

  /** The memory in which packets' offsets count. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Whether a block waits. */
  get isReady(): boolean {
    // The kernel writes the status last: who reads it in order sees everything before it.
    return (Atomics.load(this.#words, this.#statusAt) & FOR_USER) !== 0;
  }

  /** Gives every packet of the block that waits, and the block back to the kernel. */
  takeBlock(onPacket: (packet: RingPacket) => void): void {
    const words = this.#words;
    const start = this.#block * BLOCK_BYTES;
    const count = words[start / 4 + PACKET_COUNT] as number;
    let at = start + (words[start / 4 + FIRST_PACKET] as number);
    for (let index = 0; index < count; index++) {
      this.#read(at);
      onPacket(this.#packet);
      at += words[at / 4 + NEXT] as number;
    }
    Atomics.store(words, this.#statusAt, 0);
    this.#block = (this.#block + 1) % BLOCKS;
  }

  get #statusAt(): number {
    return (this.#block * BLOCK_BYTES) / 4 + BLOCK_STATUS;
  }

  #read(at: number): void {
    const words = this.#words;
    const halves = this.#halves;
    const packet = this.#packet;
    const word = at / 4;
    const half = at / 2;
    const status = words[word + STATUS] as number;
    packet.seconds = (words[word + SECONDS] as number) >>> 0;
    packet.nanoseconds = words[word + NANOSECONDS] as number;
    packet.capturedLength = words[word + CAPTURED] as number;
    packet.length = words[word + LENGTH] as number;
    packet.start = at + (halves[half + MAC_HALF] as number);
    packet.payloadStart = at + (halves[half + NET_HALF] as number);
    packet.vlanTag = NO_TAG;
    if ((status & VLAN_VALID) !== 0) {
      const type = (status & VLAN_TYPE_VALID) !== 0 ? (halves[half + VLAN_TYPE_HALF] as number) : DOT1Q;
      packet.vlanTag = type * 0x1_0000 + ((words[word + VLAN_WORD] as number) & 0xffff);
    }
    packet.hasChecksum = (status & CHECKSUM_NOT_READY) === 0;
    packet.isSegments = (status & SEGMENTS) !== 0;
    packet.addressStart = at + ADDRESS;
    const protocol = halves[(at + ADDRESS) / 2 + 1] as number;
    packet.protocol = this.#isLittle ? ((protocol & 0xff) << 8) | (protocol >> 8) : protocol;
  }
}
