/**
 * The Internet checksum's sum (RFC 1071), by which a UDP receiver finds damage (RFC 768).
 */

/**
 * The 16-bit ones' complement sum of the bytes as big-endian words, a lone last byte padded with zero:
 * 0 to 0xfffe, since 0xffff is the other zero of ones' complement.
 *
 * Two payloads of one length have the same sum exactly where a receiver's check cannot tell one from the other:
 * everything else that UDP sums (addresses, ports, length) is the same for both.
 */
export function onesComplementSum(bytes: Uint8Array): number {
  let sum = 0;
  const even = bytes.length & ~1;
  // At most 32,768 words of 16 bits for the largest datagram: no overflow of a whole number.
  for (let at = 0; at < even; at += 2) sum += (bytes[at]! << 8) | bytes[at + 1]!;
  if (even < bytes.length) sum += bytes[even]! << 8;
  // 2^16 = 1 (mod 0xffff): adding the carries again and again is this remainder.
  return sum % 0xffff;
}
