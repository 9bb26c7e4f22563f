/**
 * Copies: a capture on several interfaces at once, or on loopback, may hold each packet twice. A copy shares the IP identification,
 * the checksum and every number of the header; a segment that was sent again hardly ever does.
 */
import { type Packet, TRANSPORT } from '../wire/packet.ts';
import { CHUNK_ROWS } from './columns-chunk.ts';

/** Copies are looked for in so many frames: who captured everything twice did so from the beginning. */
export const FRAMES_FOR_COPIES: number = CHUNK_ROWS;
/** A copy of a frame comes right after it. */
export const COPY_NS = 1_000_000;

const TCP_CHECKSUM = 16;
/** From the source address of an IPv4 header back to its identification. */
const BACK_TO_IDENTIFICATION = 8;

/** 32 bits that a copy of a frame has, too; 0: it cannot be told. */
export function fingerprintOf(packet: Packet): number {
  const { transportBytes, transportEnd, transport } = packet;
  if (packet.isQuoted || packet.isFragment) return 0;
  if (transport === TRANSPORT.udp) {
    const { checksum, payloadLength } = packet.udp;
    return Math.imul((identification(packet) << 16) | checksum, 0x9e3779b1) ^ payloadLength;
  }
  const { tcp } = packet;
  const at = tcp.start + TCP_CHECKSUM;
  const checksum = at + 2 > transportEnd ? 0 : u16(transportBytes, at);
  let hash = (identification(packet) << 16) | checksum;
  hash = Math.imul(hash ^ tcp.sequence, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 15) ^ tcp.acknowledgment, 0x85ebca77);
  return hash ^ (tcp.flags << 16) ^ tcp.payloadLength;
}

/** Of the IPv4 header; 0 for IPv6. */
function identification(packet: Packet): number {
  return packet.family === 4 ? u16(packet.addressBytes, packet.sourceAddress - BACK_TO_IDENTIFICATION) : 0;
}

function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}
