/** Routing headers of IPv6: the address at the end of the route is whom the packet is for. */
import { replaceDestination } from './addresses.ts';
import { stepOfNextHeader } from './ip-protocol.ts';
import { LAYER } from './layers.ts';
import { STEP, type Step, type Walk } from './walk.ts';

const SOURCE_ROUTE = 0;
const MOBILE = 2;
const RPL = 3;
const SEGMENTS = 4;
/** Compact routing headers (RFC 9631): numbers instead of addresses. */
const COMPACT_16 = 5;
const COMPACT_32 = 6;
const ADDRESS = 16;
/** Header of any type, and what stands before the addresses. */
const FIXED = 8;

export function ipv6Routing(walk: Walk): Step {
  const { bytes, at } = walk;
  walk.add(LAYER.ipv6Routing, 4);
  if (!walk.has(4)) return STEP.done;
  const next = bytes[at] as number;
  const length = ((bytes[at + 1] as number) + 1) << 3;
  const segmentsLeft = bytes[at + 3] as number;
  const needed = readRoute(walk, bytes[at + 2] as number, length, segmentsLeft > 0);
  if (needed > length) walk.packet.isMalformed = true;
  if (needed > length || !walk.has(length)) return STEP.done;
  walk.endLayer(length);
  walk.at += length;
  walk.ipv6Left -= length;
  return stepOfNextHeader(next);
}

/**
 * Takes the destination from the route where there are segments left.
 * @returns the bytes that the header needs; more than `length` where it contradicts itself
 */
function readRoute(walk: Walk, type: number, length: number, isOpen: boolean): number {
  const { packet, bytes, at } = walk;
  switch (type) {
    case SOURCE_ROUTE: {
      const count = (length - FIXED) >>> 4;
      const needed = FIXED + count * ADDRESS;
      if (count > 0 && isOpen && walk.has(needed)) replaceDestination(packet, bytes, at + needed - ADDRESS);
      return needed;
    }
    case MOBILE: {
      const needed = FIXED + ADDRESS;
      if (isOpen && needed <= length && walk.has(needed)) replaceDestination(packet, bytes, at + FIXED);
      return needed;
    }
    case SEGMENTS: {
      if (!walk.has(FIXED)) return FIXED;
      const last = bytes[at + 4] as number;
      if (last === 255) return FIXED;
      const isThere = FIXED + ADDRESS <= length && walk.has(FIXED + ADDRESS);
      if (isOpen && isThere) replaceDestination(packet, bytes, at + FIXED);
      return FIXED + (last + 1) * ADDRESS;
    }
    case COMPACT_16:
      return readSegmentNumbers(walk, length, 2);
    case COMPACT_32:
      return readSegmentNumbers(walk, length, 4);
    case RPL:
      return readCompressedRoute(walk, length, isOpen);
    default:
      return length;
  }
}

/** Numbers up to one that is 0, without which the header counts as malformed. @param size of a number in bytes */
function readSegmentNumbers(walk: Walk, length: number, size: 2 | 4): number {
  const { bytes, at } = walk;
  const current = 4 + size * ((bytes[at + 3] as number) + 1);
  if (current > length) return current;
  for (let number = 4; number < length; number += size) {
    if (!walk.has(number + size)) return length;
    if ((size === 2 ? walk.u16(number) : walk.u32(number)) === 0) return length;
  }
  return length + size;
}

/** RFC 6554: addresses without the bytes that they have in common with the destination. */
function readCompressedRoute(walk: Walk, length: number, isOpen: boolean): number {
  const { packet, bytes, at } = walk;
  if (packet.family !== 6 || !walk.has(FIXED)) return FIXED;
  const compression = bytes[at + 4] as number;
  const inner = ADDRESS - (compression >>> 4);
  const outer = ADDRESS - (compression & 15);
  const padding = (bytes[at + 5] as number) >>> 4;
  const count = length === FIXED ? 0 : Math.trunc((length - FIXED - padding - outer) / inner) + 1;
  if (count <= 0) return FIXED;
  const needed = FIXED + (count - 1) * inner + outer;
  if (!isOpen || needed > length || !walk.has(needed)) return needed;
  const address = packet.addressBytes.slice(packet.destinationAddress, packet.destinationAddress + ADDRESS);
  address.set(bytes.subarray(at + needed - outer, at + needed), ADDRESS - outer);
  replaceDestination(packet, address, 0);
  return needed;
}
