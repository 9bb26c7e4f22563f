/** Ethernet's configuration test protocol: messages that ask to be sent on, and the answer in the last of them. */
import { LAYER } from './layers.ts';
import { STEP, type Step, type Walk } from './walk.ts';

/** Functions, in little-endian order like all its numbers. */
const REPLY = 1;
const FORWARD = 2;
/** Function and address. */
const FORWARD_LENGTH = 8;

export function loopbackTest(walk: Walk): Step {
  walk.add(LAYER.loopbackTest, 4);
  let length = 2;
  for (;;) {
    if (!walk.has(length + 2)) return STEP.done;
    const code = walk.u16(length);
    const function_ = ((code & 0xff) << 8) | (code >>> 8);
    if (function_ !== FORWARD) {
      length += function_ === REPLY ? 4 : 2;
      break;
    }
    length += FORWARD_LENGTH;
  }
  if (!walk.has(length)) return STEP.done;
  walk.endLayer(length);
  walk.at += length;
  return LAYER.data;
}
