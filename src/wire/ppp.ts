/** PPP (RFC 1661, RFC 1662), PPPoE sessions (RFC 2516), Cisco HDLC. */
import { stepOfEtherType } from './ether-type.ts';
import { LAYER } from './layers.ts';
import { STEP, type Step, type Walk } from './walk.ts';

const PPPOE_LENGTH = 6;

export function pppoeSession(walk: Walk): Step {
  walk.add(LAYER.pppoeSession, PPPOE_LENGTH);
  // With the protocol of PPP.
  if (!walk.has(PPPOE_LENGTH + 2)) return STEP.done;
  const length = walk.u16(4);
  walk.at += PPPOE_LENGTH;
  walk.limit(length);
  return LAYER.ppp;
}

const ALL_STATIONS = 0xff;

export function ppp(walk: Walk): Step {
  walk.add(LAYER.ppp, 0);
  return pppProtocol(walk, 0);
}

/** @param framing bytes before the protocol */
function pppProtocol(walk: Walk, framing: number): Step {
  const { bytes, at } = walk;
  if (!walk.has(framing + 1)) return STEP.done;
  // A number of one byte is odd (RFC 1661 section 6.5).
  const first = bytes[at + framing] as number;
  const isShort = (first & 1) === 1;
  const length = framing + (isShort ? 1 : 2);
  if (!walk.has(length)) return STEP.done;
  const protocol = isShort ? first : walk.u16(framing);
  walk.endLayer(length);
  walk.at += length;
  return stepOfPppProtocol(protocol);
}

function stepOfPppProtocol(protocol: number): Step {
  switch (protocol) {
    case 0x0021:
    case 0x0800:
      return STEP.anyIp;
    case 0x0057:
    case 0x86dd:
      return LAYER.ipv6;
    case 0x0281:
    case 0x0283:
      return LAYER.mpls;
    case 0x004b:
      return LAYER.llc;
    default:
      return LAYER.data;
  }
}

const CISCO_UNICAST = 0x0f;
const CISCO_MULTICAST = 0x8f;

/** PPP with the address and control bytes of HDLC, where they were not left out. */
export function hdlcPpp(walk: Walk): Step {
  walk.add(LAYER.ppp, 0);
  if (!walk.has(1)) return STEP.done;
  const first = walk.bytes[walk.at];
  if (first === CISCO_UNICAST || first === CISCO_MULTICAST) return LAYER.ciscoHdlc;
  return pppProtocol(walk, first === ALL_STATIONS ? 2 : 0);
}

export function ciscoHdlc(walk: Walk): Step {
  walk.add(LAYER.ciscoHdlc, 4);
  if (!walk.has(4)) return STEP.done;
  const protocol = walk.u16(2);
  walk.at += 4;
  switch (protocol) {
    case 0x0800:
    case 0x86dd:
    case 0x8847:
    case 0x8848:
    case 0x6558:
      return stepOfEtherType(protocol);
    default:
      return LAYER.data;
  }
}
