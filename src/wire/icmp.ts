/** ICMP (RFC 792) and ICMPv6 (RFC 4443): errors quote the packet that they are about. */
import { LAYER } from './layers.ts';
import { STEP, type Step, type Walk } from './walk.ts';

const HEADER_LENGTH = 8;
/** Type, code and checksum, which all messages have. */
const COMMON_LENGTH = 4;
/** Of the quoted packet, behind its IP header: what RFC 792 asks for. */
const QUOTED_BYTES = 8;
/** Words for each router that is advertised (RFC 1256). */
const ADVERTISED_WORDS = 2;

export function icmp(walk: Walk): Step {
  walk.add(LAYER.icmp, HEADER_LENGTH);
  if (!walk.has(COMMON_LENGTH)) return STEP.done;
  const type = walk.bytes[walk.at] as number;
  switch (type) {
    case 0: // echo reply
    case 8: // echo request
      if (!walk.has(HEADER_LENGTH)) return STEP.done;
      walk.at += HEADER_LENGTH;
      return LAYER.data;
    case 9: // router advertisement
      if (!walk.has(HEADER_LENGTH)) return STEP.done;
      if (walk.bytes[walk.at + 5] === ADVERTISED_WORDS) return STEP.done;
      walk.at += HEADER_LENGTH;
      return LAYER.data;
    case 3: // destination unreachable
    case 4: // source quench
    case 11: // time exceeded
    case 12: // parameter problem
      if (!walk.has(HEADER_LENGTH)) return STEP.done;
      return quoted(walk, (walk.bytes[walk.at + 5] as number) << 2, STEP.anyIp);
    case 5: // redirect
      if (!walk.has(HEADER_LENGTH)) return STEP.done;
      return quoted(walk, QUOTED_BYTES, STEP.anyIp);
    default:
      return STEP.done;
  }
}

export function icmpv6(walk: Walk): Step {
  walk.add(LAYER.icmpv6, HEADER_LENGTH);
  if (!walk.has(COMMON_LENGTH)) return STEP.done;
  const type = walk.bytes[walk.at] as number;
  switch (type) {
    case 1: // destination unreachable
    case 2: // packet too big
    case 3: // time exceeded
    case 4: // parameter problem
      if (!walk.has(HEADER_LENGTH + 1)) return STEP.done;
      return quoted(walk, 0, LAYER.ipv6);
    case 128: // echo request
    case 129: // echo reply
    case 160: // extended echo request
      if (!walk.has(HEADER_LENGTH)) return STEP.done;
      walk.at += HEADER_LENGTH;
      return LAYER.data;
    default:
      return STEP.done;
  }
}

/**
 * @param length of what is quoted where the message tells it (RFC 4884), because extensions follow; otherwise 0. As in
 * Wireshark 4.0 it does not count the quoted IP header.
 */
function quoted(walk: Walk, length: number, next: Step): Step {
  walk.at += HEADER_LENGTH;
  if (walk.at >= walk.wireEnd) return STEP.done;
  if (length > 0 && walk.at < walk.end) walk.limit(length + (((walk.bytes[walk.at] as number) & 15) << 2));
  walk.packet.isQuoted = true;
  return next;
}
