/** IPv4 (RFC 791): header with options, fragments put together. */
import { fragmentKey } from './fragments.ts';
import { stepOfProtocol } from './ip-protocol.ts';
import { findRoute, hasSoundOptions } from './ipv4-options.ts';
import { LAYER } from './layers.ts';
import type { Packet } from './packet.ts';
import { STEP, type Step, type Walk } from './walk.ts';

const LEAST_LENGTH = 20;
const MORE_FRAGMENTS = 0x2000;
const OFFSET = 0x1fff;

/** IP of whatever version its first four bits say. */
export function anyIp(walk: Walk): Step {
  const version = walk.at < walk.end ? (walk.bytes[walk.at] as number) >>> 4 : 4;
  if (version === 4) return LAYER.ipv4;
  // tshark counts this as a layer of its own, which has no values.
  walk.addIp(LAYER.ipv4, 0);
  if (version === 6) return LAYER.ipv6;
  walk.packet.isMalformed = true;
  return STEP.done;
}

export function ipv4(walk: Walk): Step {
  const { bytes, at, packet } = walk;
  walk.addIp(LAYER.ipv4, 0);
  if (!walk.has(1)) return STEP.done;
  const first = bytes[at] as number;
  const headerLength = (first & 15) << 2;
  walk.endLayer(1);
  if (first >>> 4 !== 4) {
    packet.isMalformed = true;
    return first >>> 4 === 6 ? LAYER.ipv6 : STEP.done;
  }
  if (headerLength < LEAST_LENGTH) {
    packet.isMalformed = true;
    return STEP.done;
  }
  walk.endLayer(headerLength);
  if (!walk.has(4)) return STEP.done;
  let length = walk.u16(2);
  if (length < headerLength) {
    if (length > 0) {
      walk.endLayer(4);
      packet.isMalformed = true;
      return STEP.done;
    }
    // Segmentation offload: the network card would have written the length.
    length = walk.wireEnd - at;
  } else walk.limit(length);
  if (!walk.has(headerLength)) return STEP.done;

  const flags = walk.u16(6);
  const protocol = bytes[at + 9] as number;
  packet.family = 4;
  packet.addressBytes = bytes;
  packet.sourceAddress = at + 12;
  packet.destinationAddress = at + 16;
  packet.sourceIpv4 = walk.u32(12);
  if (headerLength > LEAST_LENGTH) {
    const route = findRoute(bytes, at, at + headerLength);
    if (route > 0) packet.destinationAddress = at + route + (bytes[at + route + 1] as number) - 4;
    if (!hasSoundOptions(bytes, at, at + headerLength)) {
      packet.isMalformed = true;
      return STEP.done;
    }
  }
  packet.destinationIpv4 = walk.u32(packet.destinationAddress - at);
  const identification = walk.u16(4);
  walk.at = at + headerLength;
  if ((flags & (MORE_FRAGMENTS | OFFSET)) === 0) packet.isFragment = false;
  else if (!reassemble(walk, identification ^ protocol ^ walk.vlanId, flags, length - headerLength))
    return LAYER.data;
  return walk.at >= walk.wireEnd ? STEP.done : stepOfProtocol(protocol);
}

/** True where the walk can go on: with a whole packet, or with the first part of one that cannot be put together. */
function reassemble(walk: Walk, identification: number, flags: number, length: number): boolean {
  const { packet, bytes, at } = walk;
  const offset = (flags & OFFSET) << 3;
  packet.isFragment = true;
  if (length === 0 || at + length > walk.end) return offset === 0;
  const key = keyOf(packet, identification);
  const whole = walk.fragments.add(key, bytes, at, at + length, offset, (flags & MORE_FRAGMENTS) === 0);
  if (whole === undefined) return false;
  walk.enter(whole);
  packet.isFragment = false;
  return true;
}

function keyOf(packet: Packet, identification: number): string {
  return fragmentKey(packet.addressBytes, packet.sourceAddress, packet.destinationAddress, 4, identification);
}
