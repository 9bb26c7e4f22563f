/**
 * IP addresses as /proc/net prints them, into the text that people write.
 *
 * The kernel prints an address as 32-bit words in hexadecimal, each word as a number of the machine's own byte order
 * while it holds the address in network order: 127.0.0.1 is `0100007F` on a little-endian machine, `7F000001` on a
 * big-endian one.
 */

/** The machine's byte order, as `os.endianness()` names it. */
export type ByteOrder = 'LE' | 'BE';

const WORD_DIGITS = 8;
/** Words of 16 bits in an IPv6 address. */
const GROUPS = 8;

/** The address in 8 (IPv4) or 32 (IPv6) hexadecimal digits; undefined for anything else. */
export function decodeAddress(hex: string, byteOrder: ByteOrder): string | undefined {
  if (!/^([0-9A-F]{8}|[0-9A-F]{32})$/i.test(hex)) return undefined;
  const bytes: number[] = [];
  for (let at = 0; at < hex.length; at += WORD_DIGITS) {
    const word = [0, 2, 4, 6].map(digit => Number.parseInt(hex.slice(at + digit, at + digit + 2), 16));
    bytes.push(...(byteOrder === 'LE' ? word.reverse() : word));
  }
  return bytes.length === 4 ? bytes.join('.') : formatIpv6(bytes);
}

/**
 * The text of an IPv6 address (RFC 5952): the longest run of zero groups as `::`, the first one of equal runs. An address
 * that holds an IPv4 one ends in it: `::ffff:127.0.0.1`.
 */
function formatIpv6(bytes: readonly number[]): string {
  const groups = Array.from(
    { length: GROUPS },
    (_, index) => ((bytes[2 * index] as number) << 8) | (bytes[2 * index + 1] as number),
  );
  const zeros = longestZeros(groups);
  const isMapped = zeros.from === 0 && zeros.length === 5 && groups[5] === 0xffff;
  if (isMapped) return `::ffff:${bytes.slice(12).join('.')}`;
  const isCompatible = zeros.from === 0 && zeros.length === 6;
  if (isCompatible) return `::${bytes.slice(12).join('.')}`;
  const digits = groups.map(group => group.toString(16));
  // A single group is not shortened.
  if (zeros.length < 2) return digits.join(':');
  return `${digits.slice(0, zeros.from).join(':')}::${digits.slice(zeros.from + zeros.length).join(':')}`;
}

function longestZeros(groups: readonly number[]): { from: number; length: number } {
  let longest = { from: 0, length: 0 };
  let length = 0;
  for (const [index, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0;
    if (length > longest.length) longest = { from: index - length + 1, length };
  }
  return longest;
}
