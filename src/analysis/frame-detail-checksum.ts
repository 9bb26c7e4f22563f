/** The Internet checksum (RFC 1071): what it should be, over a header, or over a segment with its pseudo header. */

/** Sum of 16-bit words, the last byte filled up with 0. */
function sumWords(bytes: Uint8Array, start: number, end: number): number {
  let sum = 0;
  for (let at = start; at < end; at += 2)
    sum += ((bytes[at] as number) << 8) | (at + 1 < end ? (bytes[at + 1] as number) : 0);
  return sum;
}

function folded(sum: number): number {
  let rest = sum;
  while (rest > 0xffff) rest = (rest & 0xffff) + Math.floor(rest / 0x1_0000);
  return rest;
}

/** The checksum that bytes with one in them should have; `at` says where it stands. */
export function checksumOf(bytes: Uint8Array, start: number, end: number, at: number): number {
  return ~folded(sumWords(bytes, start, end) - wordAt(bytes, at)) & 0xffff;
}

/** What the checksum of TCP, UDP or ICMPv6 should be: over the addresses, the protocol and the length, too. */
export function transportChecksum(
  bytes: Uint8Array,
  start: number,
  end: number,
  at: number,
  addresses: Uint8Array,
  protocol: number,
): { readonly right: number; readonly begun: number } {
  const pseudo = sumWords(addresses, 0, addresses.length) + protocol + (end - start);
  return {
    right: ~folded(pseudo + sumWords(bytes, start, end) - wordAt(bytes, at)) & 0xffff,
    begun: folded(pseudo),
  };
}

function wordAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}
