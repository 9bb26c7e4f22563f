/** MPLS label stacks (RFC 3032). */
import { LAYER } from './layers.ts';
import { STEP, type Step, type Walk } from './walk.ts';

const ENTRY_LENGTH = 4;
/** RFC 5586: what follows is no packet of the customer's. */
const LABEL_GENERIC_CHANNEL = 13;

export function mpls(walk: Walk): Step {
  walk.add(LAYER.mpls, ENTRY_LENGTH);
  let label = -1;
  let isBottom = false;
  let length = 0;
  while (!isBottom && walk.at < walk.wireEnd) {
    if (!walk.has(ENTRY_LENGTH)) return STEP.done;
    const entry = walk.u32(0);
    label = entry >>> 12;
    isBottom = (entry & 0x100) !== 0;
    length += ENTRY_LENGTH;
    walk.at += ENTRY_LENGTH;
  }
  walk.endLayer(length);
  if (!walk.has(1)) return STEP.done;
  if (label === LABEL_GENERIC_CHANNEL) return LAYER.data;
  // No label says what follows: the version of an IP packet does, because other payloads begin otherwise (RFC 4928).
  const version = (walk.bytes[walk.at] as number) >>> 4;
  return version === 4 ? STEP.anyIp : version === 6 ? LAYER.ipv6 : LAYER.data;
}
