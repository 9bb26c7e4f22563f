/** The fragment header of IPv6 (RFC 8200 section 4.5). */
import { fragmentKey } from './fragments.ts';
import { stepOfNextHeader } from './ip-protocol.ts';
import { LAYER } from './layers.ts';
import { STEP, type Step, type Walk } from './walk.ts';

const HEADER_LENGTH = 8;
const MORE_FRAGMENTS = 1;
const OFFSET = 0xfff8;

export function ipv6Fragment(walk: Walk): Step {
  const { bytes, packet } = walk;
  walk.add(LAYER.ipv6Fragment, HEADER_LENGTH);
  if (!walk.has(HEADER_LENGTH)) return STEP.done;
  const next = bytes[walk.at] as number;
  const flags = walk.u16(2);
  const identification = walk.u32(4);
  walk.at += HEADER_LENGTH;
  walk.ipv6Left -= HEADER_LENGTH;
  const length = walk.ipv6Left;
  // An atomic fragment (RFC 6946) is whole already; and where lengths leave nothing, so is this.
  if ((flags & (OFFSET | MORE_FRAGMENTS)) === 0 || length === 0) return stepOfNextHeader(next);
  packet.isFragment = true;
  const { at } = walk;
  if (length < 0 || at + length > walk.end) return LAYER.data;
  const { addressBytes, sourceAddress, destinationAddress } = packet;
  const key = fragmentKey(addressBytes, sourceAddress, destinationAddress, 16, identification);
  const isLast = (flags & MORE_FRAGMENTS) === 0;
  const whole = walk.fragments.add(key, bytes, at, at + length, flags & OFFSET, isLast);
  if (whole === undefined) return LAYER.data;
  walk.enter(whole);
  walk.ipv6Left = 0;
  packet.isFragment = false;
  return stepOfNextHeader(next);
}
