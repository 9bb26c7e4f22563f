/** Ethernet II and IEEE 802.3. */
import { etherType, lengthOrType, MOST_802_3_LENGTH } from './ether-type.ts';
import { LAYER } from './layers.ts';
import { STEP, type Step, type Walk } from './walk.ts';

const HEADER_LENGTH = 14;
/** The least EtherType; numbers between it and the largest length mean nothing. */
const LEAST_TYPE = 1_536;
/** The first four of the five bytes with which the destination begins in ISL; the fifth is 0. */
const ISL_ADDRESS = 0x01000c00;
const ISL_LENGTH = 26;

export function ethernet(walk: Walk): Step {
  walk.add(LAYER.ethernet, HEADER_LENGTH);
  if (!walk.has(HEADER_LENGTH)) return STEP.done;
  const type = walk.u16(12);
  if (type >= LEAST_TYPE || type === 0) {
    walk.at += HEADER_LENGTH;
    return etherType(walk, type);
  }
  if (type <= MOST_802_3_LENGTH && walk.u32(0) === ISL_ADDRESS && walk.bytes[walk.at + 4] === 0)
    return isl(walk);
  walk.at += HEADER_LENGTH;
  return type > MOST_802_3_LENGTH ? LAYER.data : lengthOrType(walk, type);
}

/** Cisco's Inter-Switch Link: a frame within a frame, instead of a tag. The fourth byte behind the address tells its kind. */
function isl(walk: Walk): Step {
  if (!walk.has(ISL_LENGTH)) return STEP.done;
  const kind = (walk.bytes[walk.at + 5] as number) >>> 4;
  walk.endLayer(ISL_LENGTH);
  walk.at += ISL_LENGTH;
  return kind === 0 ? LAYER.ethernet : LAYER.data;
}
