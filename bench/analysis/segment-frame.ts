/**
 * Segments as Ethernet frames with IPv4 and TCP: a timestamps option in each, what else belongs there in a SYN, checksums
 * filled in.
 */
import { CLIENT, FLAGS, type Segment } from './conversation.ts';

const IP = 14;
const TCP = 34;
const OPTIONS = 54;
const SYN_OPTIONS = 20;
const OTHER_OPTIONS = 12;
const MOST_BYTES = 1_514;
const SERVER_ADDRESS = 0x0a00_0001;
/** Clients count on from it: 10.1.0.0. */
const FIRST_CLIENT = 0x0a01_0000;
const SERVER_PORT = 50_007;
const FIRST_PORT = 32_768;
/** Connections of one client address, each from a port of its own. */
const PORTS = 16_384;
const WINDOW = 502;
const SYN_WINDOW = 64_240;
/** Longer than any payload. */
const PAYLOAD = new TextEncoder().encode('t=21.375 h=48.2 p=1013.25;'.repeat(4));
/** The two locally administered Ethernet addresses differ in this last byte. */
const MACS = [1, 2] as const;

export class SegmentFrame {
  readonly bytes: Uint8Array = new Uint8Array(MOST_BYTES);
  readonly #view = new DataView(this.bytes.buffer);
  #identification = 0;

  constructor() {
    const { bytes } = this;
    bytes.set([2, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 8, 0, 0x45, 0], 0);
    // Don't fragment, 64 hops, TCP.
    bytes.set([0x40, 0, 64, 6], IP + 6);
  }

  /**
   * Writes the frame; gives its length.
   * @param connection counted from 0: it chooses address and port of the client.
   * @param milliseconds the clock of the timestamps.
   */
  write(segment: Segment, connection: number, milliseconds: number): number {
    const { side, flags, sequence, acknowledgment, payload } = segment;
    const { bytes } = this;
    const view = this.#view;
    const isSyn = flags === FLAGS.syn || flags === FLAGS.synAck;
    const options = isSyn ? SYN_OPTIONS : OTHER_OPTIONS;
    const end = OPTIONS + options + payload;
    const client = FIRST_CLIENT + Math.floor(connection / PORTS);
    const clientPort = FIRST_PORT + (connection % PORTS);
    const isClient = side === CLIENT;
    bytes[5] = MACS[isClient ? 1 : 0];
    bytes[11] = MACS[isClient ? 0 : 1];
    view.setUint16(IP + 2, end - IP);
    // Another one for each packet, or they look like the same packet captured twice.
    view.setUint16(IP + 4, this.#identification++ & 0xffff);
    view.setUint16(IP + 10, 0);
    view.setUint32(IP + 12, isClient ? client : SERVER_ADDRESS);
    view.setUint32(IP + 16, isClient ? SERVER_ADDRESS : client);
    view.setUint16(IP + 10, this.#checksum(IP, TCP, 0));
    view.setUint16(TCP, isClient ? clientPort : SERVER_PORT);
    view.setUint16(TCP + 2, isClient ? SERVER_PORT : clientPort);
    view.setUint32(TCP + 4, sequence);
    view.setUint32(TCP + 8, acknowledgment);
    view.setUint16(TCP + 12, (((OPTIONS - TCP + options) / 4) << 12) | flags);
    view.setUint16(TCP + 14, isSyn ? SYN_WINDOW : WINDOW);
    view.setUint16(TCP + 16, 0);
    this.#options(isSyn, milliseconds, flags === FLAGS.syn ? 0 : milliseconds - 1);
    // The pseudo-header: both addresses, the protocol, the length.
    const pseudo = this.#sum(IP + 12, TCP) + 6 + end - TCP;
    view.setUint16(TCP + 16, this.#checksum(TCP, end, pseudo));
    return end;
  }

  #options(isSyn: boolean, value: number, echo: number): void {
    const view = this.#view;
    let at = OPTIONS;
    if (isSyn) {
      // MSS 1,460; selective acknowledgements permitted; timestamps below; nothing; windows times 128.
      view.setUint32(at, 0x0204_05b4);
      view.setUint32(at + 4, 0x0402_080a);
      view.setUint32(at + 16, 0x0103_0307);
      at += 8;
    } else {
      view.setUint32(at, 0x0101_080a);
      at += 4;
      // The options of a SYN reach into what is payload elsewhere.
      this.bytes.set(PAYLOAD, OPTIONS + OTHER_OPTIONS);
    }
    view.setUint32(at, value);
    view.setUint32(at + 4, echo);
  }

  #sum(start: number, end: number): number {
    const { bytes } = this;
    let sum = 0;
    for (let at = start; at < end - 1; at += 2) sum += (bytes[at]! << 8) | bytes[at + 1]!;
    return (end - start) % 2 === 0 ? sum : sum + (bytes[end - 1]! << 8);
  }

  #checksum(start: number, end: number, before: number): number {
    let sum = before + this.#sum(start, end);
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
    return sum ^ 0xffff;
  }
}
