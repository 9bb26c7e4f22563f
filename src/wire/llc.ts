/** IEEE 802.2 LLC, with SNAP (RFC 1042). */
import { stepOfEtherType } from './ether-type.ts';
import { LAYER } from './layers.ts';
import { STEP, type Step, type Walk } from './walk.ts';

const SAP_SNAP = 0xaa;
const SAP_IP = 0x06;
/** Control values are two bytes, except unnumbered ones, whose two lowest bits are set. */
const UNNUMBERED = 0x03;
const UNNUMBERED_INFORMATION = 0x03;

export function llc(walk: Walk): Step {
  walk.add(LAYER.llc, 3);
  if (!walk.has(3)) return STEP.done;
  const { bytes, at } = walk;
  const destination = bytes[at] as number;
  const source = bytes[at + 1] as number;
  const control = bytes[at + 2] as number;
  const isUnnumbered = (control & UNNUMBERED) === UNNUMBERED;
  const length = isUnnumbered ? 3 : 4;
  const isInformation = isUnnumbered ? control === UNNUMBERED_INFORMATION : (control & 1) === 0;
  if (destination === SAP_SNAP && source === SAP_SNAP) {
    const next = snap(walk, length);
    return isInformation || next === STEP.done ? next : LAYER.data;
  }
  if (!walk.has(length)) return STEP.done;
  walk.endLayer(length);
  walk.at += length;
  return isInformation && destination === SAP_IP ? STEP.anyIp : LAYER.data;
}

/** Organisation and protocol after the LLC header. */
function snap(walk: Walk, start: number): Step {
  const length = start + 5;
  if (!walk.has(length)) return STEP.done;
  const organisation = walk.u32(start) >>> 8;
  const protocol = walk.u16(start + 3);
  walk.endLayer(length);
  walk.at += length;
  switch (organisation) {
    case 0x000000: // protocols by their EtherType
    case 0x0000f8: // the same, for Cisco's bridges
      return stepOfEtherType(protocol);
    case 0x0080c2: // bridged frames (RFC 2684), with their check sequence or without
      return protocol === 1 || protocol === 7 ? LAYER.ethernet : LAYER.data;
    default:
      return LAYER.data;
  }
}
