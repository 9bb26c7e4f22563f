/** The authentication header of IPsec (RFC 4302): what it protects follows in the clear. */
import { stepOfNextHeader } from './ip-protocol.ts';
import { LAYER } from './layers.ts';
import { STEP, type Step, type Walk } from './walk.ts';

const FIXED_LENGTH = 12;

export function authentication(walk: Walk): Step {
  walk.add(LAYER.authentication, FIXED_LENGTH);
  if (!walk.has(FIXED_LENGTH)) return STEP.done;
  const next = walk.bytes[walk.at] as number;
  const length = ((walk.bytes[walk.at + 1] as number) + 2) << 2;
  if (!walk.has(length)) return STEP.done;
  walk.endLayer(length);
  walk.at += length;
  return stepOfNextHeader(next);
}
