/** Headers that say little more than which protocol follows: BSD loopback, raw IP, Linux cooked capture. */
import { etherType, stepOfEtherType } from './ether-type.ts';
import { LAYER } from './layers.ts';
import { STEP, type Step, type Walk } from './walk.ts';

/** Begins PPP in HDLC framing, which some drivers pass on under other link types. */
const HDLC_START = 0xff03;

/**
 * The address family in four bytes, of the order of the machine that captured: whichever order makes a small number.
 */
export function nullLoopback(walk: Walk): Step {
  walk.add(LAYER.nullLoopback, 4);
  if (!walk.has(2)) return STEP.done;
  if (walk.u16(0) === HDLC_START) {
    walk.endLayer(0);
    return STEP.hdlcPpp;
  }
  if (!walk.has(4)) return STEP.done;
  const family = familyOf(walk.u32(0));
  walk.at += 4;
  return family > 1_500 ? stepOfEtherType(family) : stepOfFamily(family);
}

/** OpenBSD's: always in network byte order. */
export function openBsdLoopback(walk: Walk): Step {
  walk.add(LAYER.nullLoopback, 4);
  if (!walk.has(4)) return STEP.done;
  const family = walk.u32(0);
  walk.at += 4;
  return stepOfFamily(family);
}

/** Some systems write 16 bits and leave the others 0. */
function familyOf(big: number): number {
  if (big <= 0xffff) return big;
  if (big < 0x0006_0000) return big >>> 16;
  return ((big >>> 24) | ((big >>> 8) & 0xff00) | ((big << 8) & 0xff0000) | ((big << 24) & 0xff000000)) >>> 0;
}

/** Systems agree on the number of IPv4, and on nothing else. */
function stepOfFamily(family: number): Step {
  switch (family) {
    case 2:
      return STEP.anyIp;
    case 24:
    case 28:
    case 30:
      return LAYER.ipv6;
    default:
      return LAYER.data;
  }
}

/** IP, or PPP where an old driver left something in front: one byte, an address, or ten bytes of nothing before IP. */
export function raw(walk: Walk): Step {
  walk.add(LAYER.raw, 0);
  if (!walk.has(2)) return STEP.done;
  if (walk.u16(0) === HDLC_START) return STEP.hdlcPpp;
  if (!walk.has(8)) return STEP.done;
  if (walk.u16(6) === HDLC_START) {
    walk.at += 6;
    return STEP.hdlcPpp;
  }
  if (walk.u16(1) === HDLC_START) {
    walk.at += 1;
    return STEP.hdlcPpp;
  }
  if (walk.at + 10 <= walk.end && walk.u32(0) === 0 && walk.u32(4) === 0 && walk.u16(8) === 0) {
    walk.at += 10;
    return STEP.anyIp;
  }
  const version = (walk.bytes[walk.at] as number) >>> 4;
  return version === 4 ? STEP.anyIp : version === 6 ? LAYER.ipv6 : LAYER.data;
}

/** Hardware types of Linux (if_arp.h). */
const ARPHRD_IPGRE = 778;
const ARPHRD_NETLINK = 824;

export function linuxCooked(walk: Walk): Step {
  walk.add(LAYER.linuxCooked, 16);
  if (!walk.has(16)) return STEP.done;
  const hardware = walk.u16(2);
  const protocol = walk.u16(14);
  walk.at += 16;
  return cookedPayload(walk, hardware, protocol);
}

export function cookedVersion2(walk: Walk): Step {
  walk.add(LAYER.linuxCooked, 20);
  if (!walk.has(20)) return STEP.done;
  const protocol = walk.u16(0);
  const hardware = walk.u16(8);
  walk.at += 20;
  return cookedPayload(walk, hardware, protocol);
}

function cookedPayload(walk: Walk, hardware: number, protocol: number): Step {
  if (hardware === ARPHRD_NETLINK) return LAYER.data;
  if (protocol > 1_536) {
    return hardware === ARPHRD_IPGRE ? stepOfEtherType(protocol) : etherType(walk, protocol);
  }
  // Numbers of the kernel for what has no EtherType.
  switch (protocol) {
    case 3:
      return LAYER.ethernet;
    case 4:
      return LAYER.llc;
    case 7:
      return STEP.hdlcPpp;
    default:
      return LAYER.data;
  }
}
