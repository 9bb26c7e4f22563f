/** IP addresses as text, IPv6 as RFC 5952 wants it. The functions write as those of `text-bytes.ts` do. */
import { putShortHex, putSmall } from './text-bytes.ts';

const DOT = 0x2e;
const COLON = 0x3a;
const GROUPS = 8;

/** @param start where in `bytes` the 4 bytes of the address are */
export function putIpv4(out: Uint8Array, at: number, bytes: Uint8Array, start: number): number {
  let position = putSmall(out, at, bytes[start] as number);
  out[position] = DOT;
  position = putSmall(out, position + 1, bytes[start + 1] as number);
  out[position] = DOT;
  position = putSmall(out, position + 1, bytes[start + 2] as number);
  out[position] = DOT;
  return putSmall(out, position + 1, bytes[start + 3] as number);
}

/**
 * The longest run of zero groups, of two or more, becomes `::`; IPv4-mapped and compatible addresses end as IPv4.
 * @param start where in `bytes` the 16 bytes of the address are
 */
export function putIpv6(out: Uint8Array, at: number, bytes: Uint8Array, start: number): number {
  const zeros = longestZeros(bytes, start);
  const zeroStart = zeros & 15;
  const zeroEnd = zeroStart + (zeros >>> 4);
  let position = at;
  for (let group = 0; group < GROUPS; group++) {
    if (group === zeroStart && zeroEnd > zeroStart) {
      out[position++] = COLON;
      if (zeroEnd === GROUPS) out[position++] = COLON;
      group = zeroEnd - 1;
      continue;
    }
    if (group > 0) out[position++] = COLON;
    if (group === 6 && zeroStart === 0 && endsAsIpv4(bytes, start, zeroEnd)) {
      return putIpv4(out, position, bytes, start + 12);
    }
    position = putShortHex(out, position, groupAt(bytes, start, group));
  }
  return position;
}

/** Where the first longest run of zero groups starts, plus 16 times its length; 0 where no run has two. */
function longestZeros(bytes: Uint8Array, at: number): number {
  let start = 0;
  let longest = 1;
  let run = 0;
  for (let group = 0; group < GROUPS; group++) {
    run = groupAt(bytes, at, group) === 0 ? run + 1 : 0;
    if (run > longest) {
      longest = run;
      start = group - run + 1;
    }
  }
  return longest < 2 ? 0 : start | (longest << 4);
}

/** ::a.b.c.d (RFC 4291 section 2.5.5.1), ::ffff:a.b.c.d. */
function endsAsIpv4(bytes: Uint8Array, at: number, zeroEnd: number): boolean {
  return zeroEnd === 6 || (zeroEnd === 5 && groupAt(bytes, at, 5) === 0xffff);
}

function groupAt(bytes: Uint8Array, at: number, group: number): number {
  return ((bytes[at + 2 * group] as number) << 8) | (bytes[at + 2 * group + 1] as number);
}
