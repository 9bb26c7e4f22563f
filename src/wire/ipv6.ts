/** IPv6 (RFC 8200): header, and what its extension headers have in common. */
import { stepOfNextHeader } from './ip-protocol.ts';
import { jumboLength } from './ipv6-options.ts';
import { LAYER } from './layers.ts';
import { STEP, type Step, type Walk } from './walk.ts';

const HEADER_LENGTH = 40;
const HOP_BY_HOP = 0;

export function ipv6(walk: Walk): Step {
  const { bytes, at, packet } = walk;
  if (at < walk.end && (bytes[at] as number) >>> 4 !== 6) {
    packet.isMalformed = true;
    return LAYER.data;
  }
  walk.addIp(LAYER.ipv6, HEADER_LENGTH);
  if (!walk.has(HEADER_LENGTH)) return STEP.done;
  const announced = walk.u16(4);
  const next = bytes[at + 6] as number;
  packet.family = 6;
  packet.addressBytes = bytes;
  packet.sourceAddress = at + 8;
  packet.destinationAddress = at + 24;
  walk.at = at + HEADER_LENGTH;
  walk.ipv6Left = announced;
  walk.limit(announced === 0 && next === HOP_BY_HOP ? jumboLength(walk) : announced);
  return stepOfNextHeader(next);
}
