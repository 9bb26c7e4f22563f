/**
 * The way through one frame: where the next header starts, how much of it was captured, and how much there was on the
 * wire. Each header has a function that takes the walk, writes into its packet, moves it on, and names the next header.
 *
 * Two ends, because a capture may hold less than a packet had: `end` is where the captured bytes end, `wireEnd` where
 * the packet ended. `end` is never beyond `wireEnd`. A header that needs bytes beyond `end` was cut short by the
 * capture; beyond `wireEnd` it is malformed.
 */
import { FragmentTable } from './fragments.ts';
import type { LayerKind } from './layers.ts';
import { Packet } from './packet.ts';

/** What comes next: a kind of layer, or one of these. */
export const STEP = {
  /** Nothing that is read here. As `LAYER.none`. */
  done: 0,
  /** IP of whatever version the first four bits say. */
  anyIp: 128,
  /** PPP that may begin with the address and control bytes of HDLC, or be Cisco HDLC. */
  hdlcPpp: 129,
  cookedVersion2: 130,
  openBsdLoopback: 131,
} as const;

export type Step = LayerKind | (typeof STEP)[keyof typeof STEP];

export class Walk {
  packet: Packet = new Packet();
  bytes: Uint8Array = new Uint8Array(0);
  /** Which source `bytes` is, as in `Packet.layerSources`. */
  source = 0;
  /** The next header. */
  at = 0;
  end = 0;
  wireEnd = 0;
  /** Of the innermost tag: fragments of two VLANs are not put together. */
  vlanId = 0;
  /** What is left of the payload that the IPv6 header announced, extension headers taken off. */
  ipv6Left = 0;
  readonly fragments: FragmentTable = new FragmentTable();

  begin(packet: Packet, bytes: Uint8Array, start: number, capturedLength: number, length: number): void {
    this.packet = packet;
    this.bytes = bytes;
    this.source = 0;
    this.at = start;
    this.wireEnd = start + length;
    this.end = start + Math.min(capturedLength, length);
    this.vlanId = 0;
    packet.bytes = bytes;
    packet.start = start;
    packet.capturedLength = capturedLength;
    packet.length = length;
    packet.isPlain = false;
    packet.hasLayers = true;
    packet.layerCount = 0;
    if (packet.reassembled.length > 0) packet.reassembled.length = 0;
    packet.isFragment = false;
    packet.isMalformed = false;
    packet.isCutShort = false;
    packet.isQuoted = false;
    packet.family = 0;
    packet.ipCount = 0;
    packet.transport = 0;
    packet.outerUdpCount = 0;
    packet.payloadStart = 0;
    packet.payloadEnd = 0;
  }

  /** Adds a layer that starts here and ends after `length` bytes, or where the captured bytes end. */
  add(kind: LayerKind, length: number): void {
    const { packet } = this;
    const index = packet.layerCount;
    packet.layerKinds[index] = kind;
    packet.layerStarts[index] = this.at;
    const end = this.at + length;
    packet.layerEnds[index] = end < this.end ? end : this.end;
    packet.layerLimits[index] = this.wireEnd;
    packet.layerSources[index] = this.source;
    packet.layerCount = index + 1;
  }

  /** Adds an IP header. */
  addIp(kind: LayerKind, length: number): void {
    const { packet } = this;
    packet.ipCount++;
    this.add(kind, length);
  }

  /** Changes where the last layer ends: a header whose length it tells itself, or that was read only in part. */
  endLayer(length: number): void {
    const { packet } = this;
    const index = packet.layerCount - 1;
    const end = (packet.layerStarts[index] as number) + length;
    packet.layerEnds[index] = end < this.end ? end : this.end;
  }

  /** True where so many bytes from here on were captured; otherwise the packet is marked. */
  has(length: number): boolean {
    if (this.at + length <= this.end) return true;
    if (this.at + length <= this.wireEnd) this.packet.isCutShort = true;
    else this.packet.isMalformed = true;
    return false;
  }

  /** The packet says that it ends so many bytes from here; it cannot say more than there is room for. */
  limit(length: number): void {
    const end = this.at + length;
    if (end >= this.wireEnd) return;
    this.wireEnd = end;
    if (end < this.end) this.end = end;
  }

  /** Walks on in other bytes: a packet put together from fragments. */
  enter(bytes: Uint8Array): void {
    this.packet.reassembled.push(bytes);
    this.source = this.packet.reassembled.length;
    this.bytes = bytes;
    this.at = 0;
    this.end = bytes.length;
    this.wireEnd = bytes.length;
  }

  u16(offset: number): number {
    const at = this.at + offset;
    return ((this.bytes[at] as number) << 8) | (this.bytes[at + 1] as number);
  }

  u32(offset: number): number {
    const { bytes } = this;
    const at = this.at + offset;
    return (
      (((bytes[at] as number) << 24) |
        ((bytes[at + 1] as number) << 16) |
        ((bytes[at + 2] as number) << 8) |
        (bytes[at + 3] as number)) >>>
      0
    );
  }
}
