/** Tags: IEEE 802.1Q (VLAN), 802.1ad (the outer of two), 802.1ah (a customer's frame within a provider's). */
import { etherType, lengthOrType } from './ether-type.ts';
import { LAYER } from './layers.ts';
import { STEP, type Step, type Walk } from './walk.ts';

const TAG_LENGTH = 4;
const SERVICE_TAG = 0x88a8;
const BACKBONE_TAG = 0x88e7;
/** Behind the EtherType: a tag of 4 bytes, two addresses, type. */
const BACKBONE_LENGTH = 18;

export function vlan(walk: Walk): Step {
  walk.add(LAYER.vlan, TAG_LENGTH);
  if (!walk.has(TAG_LENGTH)) return STEP.done;
  walk.vlanId = walk.u16(0) & 0xfff;
  const type = walk.u16(2);
  walk.at += TAG_LENGTH;
  return lengthOrType(walk, type);
}

/** A second tag of the same kind, and 802.1ah behind it, count as one layer: as tshark has it. */
export function serviceVlan(walk: Walk): Step {
  walk.add(LAYER.serviceVlan, TAG_LENGTH);
  if (!walk.has(TAG_LENGTH)) return STEP.done;
  let type = walk.u16(2);
  let length = TAG_LENGTH;
  if (type === SERVICE_TAG) {
    if (!walk.has(length + TAG_LENGTH)) return STEP.done;
    type = walk.u16(length + 2);
    length += TAG_LENGTH;
  }
  if (type === BACKBONE_TAG) {
    if (!walk.has(length + BACKBONE_LENGTH)) return STEP.done;
    type = walk.u16(length + BACKBONE_LENGTH - 2);
    length += BACKBONE_LENGTH;
  }
  walk.endLayer(length);
  walk.at += length;
  return etherType(walk, type);
}

export function backboneTag(walk: Walk): Step {
  walk.add(LAYER.backboneTag, BACKBONE_LENGTH);
  if (!walk.has(BACKBONE_LENGTH)) return STEP.done;
  const type = walk.u16(16);
  walk.at += BACKBONE_LENGTH;
  return etherType(walk, type);
}
