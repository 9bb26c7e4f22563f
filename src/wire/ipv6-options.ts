/** Hop-by-hop and destination options of IPv6 (RFC 8200 section 4.2), as far as they matter to what follows. */
import { replaceSource } from './addresses.ts';
import { stepOfNextHeader } from './ip-protocol.ts';
import { LAYER, type LayerKind } from './layers.ts';
import { STEP, type Step, type Walk } from './walk.ts';

const PAD1 = 0;
const PADN = 1;
/** RFC 2675. */
const JUMBO = 0xc2;
/** RFC 6275: the address that the sender has at home. */
const HOME_ADDRESS = 0xc9;

/** Bytes that an option has whatever length it claims, its type and length not counted. @param at where it starts */
function leastLength(bytes: Uint8Array, at: number, type: number): number {
  switch (type) {
    case 0x04: // tunnel encapsulation limit
    case 0x08: // duplicate packet detection
    case 0x8c: // line identification
      return 1;
    case 0x05: // router alert
      return 2;
    case 0xee: // depth-first forwarding
      return 3;
    case 0x63: // RPL
    case 0x30: // path MTU
    case 0x41: // minimum path MTU, experimental
    case JUMBO:
      return 4;
    case 0x26: // quick start: of functions that are not known, only the function
      return quickStartIsKnown(bytes[at + 2]) ? 6 : 1;
    case 0x07: // CALIPSO: a bitmap of so many words follows
      return 8 + 4 * (bytes[at + 6] ?? 0);
    case 0x6d: // multicast protocol for lossy networks: an identifier follows
      return 2 + (SEED_LENGTHS[(bytes[at + 2] ?? 0) >>> 6] as number);
    case 0x0f: // performance and diagnostic metrics
      return 10;
    case HOME_ADDRESS:
      return 16;
    case IN_SITU:
      return (bytes[at + 3] ?? 0) <= LAST_TRACE ? 10 : 2;
    default:
      return 0;
  }
}

/** RFC 9486; its first two types are traces, which have a header. */
const IN_SITU = 0x31;
const LAST_TRACE = 1;

const SEED_LENGTHS = [0, 2, 8, 16] as const;

function quickStartIsKnown(command = 0): boolean {
  return command >>> 4 === 0 || command >>> 4 === 8;
}

export function ipv6Options(walk: Walk, kind: LayerKind): Step {
  const { packet, bytes } = walk;
  walk.add(kind, 0);
  if (!walk.has(2)) return STEP.done;
  const { at } = walk;
  const next = bytes[at] as number;
  const length = ((bytes[at + 1] as number) + 1) << 3;
  if (!walk.has(length)) return STEP.done;
  walk.endLayer(length);
  walk.at += 2;
  while (walk.at < at + length) {
    if (!walk.has(2)) return STEP.done;
    const type = bytes[walk.at] as number;
    if (type === PAD1) {
      walk.at++;
      continue;
    }
    const claimed = bytes[walk.at + 1] as number;
    const used = type === PADN ? claimed : Math.max(claimed, leastLength(bytes, walk.at, type));
    if (!walk.has(2 + used)) return STEP.done;
    if (type === IN_SITU && claimed === 0) {
      packet.isMalformed = true;
      return STEP.done;
    }
    if (type === HOME_ADDRESS) replaceSource(packet, bytes, walk.at + 2);
    walk.at += 2 + used;
  }
  walk.at = at + length;
  walk.ipv6Left -= length;
  return stepOfNextHeader(next);
}

/** The length that a jumbo option among the hop-by-hop options here announces, or 0. */
export function jumboLength(walk: Walk): number {
  const { bytes, end } = walk;
  if (walk.at + 2 > end) return 0;
  const stop = walk.at + (((bytes[walk.at + 1] as number) + 1) << 3);
  let at = walk.at + 2;
  while (at < stop && at + 6 <= end) {
    const type = bytes[at++] as number;
    if (type === PAD1) continue;
    const length = bytes[at++] as number;
    if (type === JUMBO && length === 4) {
      const jumbo = walk.u32(at - walk.at);
      return jumbo > 0xffff ? jumbo : 0;
    }
    at += length;
  }
  return 0;
}

export function hopByHop(walk: Walk): Step {
  return ipv6Options(walk, LAYER.ipv6HopByHop);
}

export function destinationOptions(walk: Walk): Step {
  return ipv6Options(walk, LAYER.ipv6Destination);
}
