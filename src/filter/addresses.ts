/**
 * Addresses as filters have them: IPv4 also shortened (`net 10.1`), IPv6, and hardware addresses.
 */

/** An IPv4 address or the start of one. */
export interface Ipv4Prefix {
  /** The address, with zeroes after the parts that are given. */
  readonly value: number;
  /** 8, 16, 24 or 32: as many bits as there are parts. */
  readonly bits: number;
}

/** One to four decimal parts of 0 to 255; undefined: it is no such address. */
export function parseIpv4(text: string): Ipv4Prefix | undefined {
  const parts = text.split('.');
  if (parts.length > 4 || !parts.every(part => /^[0-9]{1,3}$/.test(part) && Number(part) <= 255))
    return undefined;
  const value = parts.reduce((sum, part, index) => sum + Number(part) * 2 ** (24 - 8 * index), 0);
  return { value, bits: 8 * parts.length };
}

/** The eight groups of an IPv6 address (RFC 4291 section 2.2, the IPv4 form included) as four 32-bit words. */
export function parseIpv6(text: string): readonly number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(half => (half === '' ? [] : groupsOf(half)));
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...(tail ?? [])];
  return [0, 2, 4, 6].map(at => (groups[at] as number) * 0x1_0000 + (groups[at + 1] as number));
}

function groupsOf(text: string): number[] | undefined {
  const parts = text.split(':');
  const groups: number[] = [];
  for (const [index, part] of parts.entries()) {
    const ipv4 = index === parts.length - 1 && part.includes('.') ? parseIpv4(part) : undefined;
    if (ipv4?.bits === 32) groups.push(Math.floor(ipv4.value / 0x1_0000), ipv4.value % 0x1_0000);
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

/** `1:2:3:4:5:6`, with `-` as well, `aabb.ccdd.eeff`, or twelve digits; undefined: it is no such address. */
export function parseHardware(text: string): readonly number[] | undefined {
  const pairs =
    /^[0-9a-f]{12}$/i.test(text) || /^[0-9a-f]{4}(\.[0-9a-f]{4}){2}$/i.test(text)
      ? text.replaceAll('.', '').match(/../g)
      : /^[0-9a-f]{1,2}(([:-])[0-9a-f]{1,2})(\2[0-9a-f]{1,2}){4}$/i.test(text)
        ? text.split(/[:-]/)
        : null;
  return pairs?.map(pair => Number.parseInt(pair, 16));
}

/** The mask of a prefix of 0 to 32 bits. */
export function maskOf(bits: number): number {
  return bits === 0 ? 0 : (0xffff_ffff << (32 - bits)) >>> 0;
}
