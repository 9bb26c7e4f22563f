/**
 * Checksums of a few segments and datagrams of each conversation, to tell those that the network card computes after the
 * capture (offload) from damage. The system leaves the sum of the pseudo header in the field then (RFC 9293 section 3.1), or
 * nothing that fits.
 */
import { type Packet, TRANSPORT } from '../wire/packet.ts';

/** What was found of a side's checksums: bits. */
export const CHECK = {
  good: 0x01,
  /** The sum of the pseudo header alone: the rest is left to the card. */
  partial: 0x02,
  bad: 0x04,
  /** So many were looked at: a count from here up. */
  one: 0x08,
} as const;
export const CHECKS_MASK = 0x07;
/** Enough to see a habit. A count of 31 would fill the byte. */
export const MOST_CHECKS = 8;

const IPV4_BYTES = 4;
const IPV6_BYTES = 16;
const TCP_CHECKSUM = 16;
const UDP_CHECKSUM = 6;

/** One of CHECK, or 0 where it cannot be told: cut, or not sent (UDP's 0). */
export function checkTransport(packet: Packet): number {
  const { family, transportBytes: bytes, transportEnd: end } = packet;
  const isTcp = packet.transport === TRANSPORT.tcp;
  const start = isTcp ? packet.tcp.start : packet.udp.start;
  const length = isTcp ? packet.tcp.headerLength + packet.tcp.payloadLength : packet.udp.length;
  if (family === 0 || packet.isQuoted || packet.isFragment || length === 0 || start + length > end) return 0;
  const field = u16(bytes, start + (isTcp ? TCP_CHECKSUM : UDP_CHECKSUM));
  if (!isTcp && field === 0) return 0;
  const width = family === 4 ? IPV4_BYTES : IPV6_BYTES;
  const { addressBytes } = packet;
  const pseudo =
    sum(addressBytes, packet.sourceAddress, width) +
    sum(addressBytes, packet.destinationAddress, width) +
    packet.transport +
    length;
  if (folded(pseudo + sum(bytes, start, length)) === 0xffff) return CHECK.good;
  return field === folded(pseudo) ? CHECK.partial : CHECK.bad;
}

/** 16-bit words added up; below 2^53 for any length. */
function sum(bytes: Uint8Array, start: number, length: number): number {
  let total = 0;
  const end = start + length;
  for (let at = start; at + 1 < end; at += 2) total += u16(bytes, at);
  return (length & 1) === 0 ? total : total + ((bytes[end - 1] as number) << 8);
}

function folded(value: number): number {
  let rest = value;
  while (rest > 0xffff) rest = (rest & 0xffff) + Math.floor(rest / 0x10000);
  return rest;
}

function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}
