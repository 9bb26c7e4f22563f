/**
 * IPv4 options (RFC 791 section 3.1): the source route, which changes whom a packet is for, and whether options are
 * long enough for what they have to say.
 */

const END = 0;
const NO_OPERATION = 1;
const LOOSE_ROUTE = 131;
const STRICT_ROUTE = 137;
const QUICK_START = 25;
const COMMERCIAL_SECURITY = 134;
const FIXED_LENGTH = 20;

/** What `findRoute` gives where the header is cut off within the options. */
export const ROUTE_CUT_OFF = -1;

/**
 * Where in the header the option with a source route starts that is not at its end yet; its last address is whom the
 * packet is for. 0 where there is none, ROUTE_CUT_OFF where too little was captured to tell.
 *
 * @param start of the IPv4 header
 * @param end where the captured part of the header ends, at least 20 bytes behind `start`
 */
export function findRoute(bytes: Uint8Array, start: number, end: number): number {
  const headerEnd = start + (((bytes[start] as number) & 15) << 2);
  let at = start + FIXED_LENGTH;
  while (at < headerEnd) {
    if (at >= end) return ROUTE_CUT_OFF;
    const type = bytes[at] as number;
    if (type === END) return 0;
    if (type === NO_OPERATION) {
      at++;
      continue;
    }
    if (at + 1 >= headerEnd) return 0;
    if (at + 1 >= end) return ROUTE_CUT_OFF;
    const length = bytes[at + 1] as number;
    if (length < 2 || at + length > headerEnd) return 0;
    if (type === LOOSE_ROUTE || type === STRICT_ROUTE) {
      if (at + 2 >= end) return ROUTE_CUT_OFF;
      // It counts from 1, in whole addresses; beyond the option, the route is at its end.
      const pointer = bytes[at + 2] as number;
      return pointer < 4 || (pointer & 3) !== 0 || pointer > length ? 0 : at - start;
    }
    at += length;
  }
  return 0;
}

/**
 * False where an option is shorter than its type asks: tshark reads no further then. Options whose length goes beyond
 * the header end the list, and do no harm.
 *
 * @param end of the header, all of which must be there
 */
export function hasSoundOptions(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start + FIXED_LENGTH;
  while (at + 1 < end) {
    const type = bytes[at] as number;
    if (type === END) return true;
    if (type === NO_OPERATION) {
      at++;
      continue;
    }
    const length = bytes[at + 1] as number;
    if (length < 2 || at + length > end) return true;
    if (length < leastLength(type, bytes[at + 2] as number)) return false;
    // The type of a tag without its length.
    if (type === COMMERCIAL_SECURITY && length === 7 && bytes[at + 6] !== 0) return false;
    at += length;
  }
  return true;
}

function leastLength(type: number, third: number): number {
  switch (type) {
    case 7: // record route
    case 130: // security
    case 133: // extended security
    case LOOSE_ROUTE:
    case STRICT_ROUTE:
      return 3;
    case 11: // MTU probe
    case 12: // MTU reply
    case 68: // timestamp
    case 136: // stream identifier
    case 148: // router alert
      return 4;
    case COMMERCIAL_SECURITY:
      return 6;
    case QUICK_START:
      return third >>> 4 === 0 || third >>> 4 === 8 ? 8 : 3;
    case 82: // traceroute
      return 12;
    default:
      return 2;
  }
}
