/** GRE (RFC 2784, RFC 2890) and the version of PPTP (RFC 2637). */
import { stepOfEtherType } from './ether-type.ts';
import { LAYER } from './layers.ts';
import { STEP, type Step, type Walk } from './walk.ts';

const CHECKSUM = 0x8000;
const ROUTING = 0x4000;
const KEY = 0x2000;
const SEQUENCE = 0x1000;
const ACKNOWLEDGMENT = 0x0080;
const VERSION = 0x0007;

const PPP = 0x880b;

export function gre(walk: Walk): Step {
  walk.add(LAYER.gre, 4);
  if (!walk.has(4)) return STEP.done;
  const flags = walk.u16(0);
  const protocol = walk.u16(2);
  let length = 4;
  if ((flags & (CHECKSUM | ROUTING)) !== 0) length += 4;
  if ((flags & KEY) !== 0) length += 4;
  if ((flags & SEQUENCE) !== 0) length += 4;
  if (protocol === PPP && (flags & VERSION) !== 0 && (flags & ACKNOWLEDGMENT) !== 0) length += 4;
  if (!walk.has(length)) return STEP.done;
  if ((flags & ROUTING) !== 0) length = skipRoutes(walk, length);
  if (length < 0) return STEP.done;
  walk.endLayer(length);
  walk.at += length;
  // Without a sequence number there need not be a payload (PPTP only acknowledges then).
  if ((flags & SEQUENCE) === 0 && walk.at >= walk.wireEnd) return STEP.done;
  return stepOfGreProtocol(walk, protocol);
}

/** Source route entries (RFC 1701), up to one of length 0. @returns where they end, or -1 where they are cut off */
function skipRoutes(walk: Walk, start: number): number {
  let length = start;
  for (;;) {
    if (!walk.has(length + 4)) return -1;
    const family = walk.u16(length);
    const entry = walk.bytes[walk.at + length + 3] as number;
    length += 4;
    if (family === 0 && entry === 0) return length;
    if (!walk.has(length + entry)) return -1;
    length += entry;
  }
}

function stepOfGreProtocol(walk: Walk, protocol: number): Step {
  switch (protocol) {
    case 0x0800:
    case 0x86dd:
    case 0x8847:
    case 0x8848:
    case 0x0806:
    case 0x6558:
      return stepOfEtherType(protocol);
    case 0x6400:
      return LAYER.ethernet;
    case PPP:
      return STEP.hdlcPpp;
    case 0x8881: // CDMA2000, a stream of HDLC frames
    case 0x88d2:
      walk.add(LAYER.hdlcFraming, 0);
      return LAYER.data;
    case 0x883e:
      return redirected(walk);
    default:
      // Aruba's access points: a frame of theirs in each of 24 numbers.
      return (protocol & 0xf) === 0 && protocol >= 0x8200 && protocol <= 0x8370 ? LAYER.wlan : LAYER.data;
  }
}

/** WCCP: the second version has four bytes before the IP packet. */
function redirected(walk: Walk): Step {
  if (walk.at < walk.end && (walk.bytes[walk.at] as number) >>> 4 !== 4) walk.at += 4;
  return STEP.anyIp;
}
