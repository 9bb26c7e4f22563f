/** Fields of IPv4, IPv6 with its extension headers, GRE and ICMP. */

import { checksumOf } from './frame-detail-checksum.ts';
import { hexNumber, hexText } from './frame-detail-fields.ts';
import { bitNames, type HeaderReader } from './frame-detail-header.ts';
import { ETHER_TYPES } from './frame-detail-link.ts';
import { ICMP, ICMPV6 } from './icmp-names.ts';

/** What follows (IANA, protocol numbers). */
export const PROTOCOLS: Readonly<Record<number, string>> = {
  0: 'hop-by-hop options',
  1: 'ICMP',
  2: 'IGMP',
  4: 'IPv4',
  6: 'TCP',
  17: 'UDP',
  41: 'IPv6',
  43: 'routing',
  44: 'fragment',
  47: 'GRE',
  50: 'ESP, encrypted',
  51: 'AH',
  58: 'ICMPv6',
  59: 'nothing',
  60: 'destination options',
  89: 'OSPF',
  132: 'SCTP',
};

const CONGESTION = ['no ECN', 'ECN possible (1)', 'ECN possible (0)', 'congestion experienced'] as const;
const IPV4_BYTES = 20;

export function ipv4Fields(header: HeaderReader): void {
  const first = header.u8(0);
  header.add('ip.version', 'Version', 0, 1, () => String(first >>> 4));
  header.add(
    'ip.hdr_len',
    'Header length',
    0,
    1,
    () => `${(first & 15) * 4} bytes`,
    'in words of 4 bytes on the wire',
  );
  header.add('ip.dsfield', 'Service', 1, 1, () => serviceText(header.u8(1)), 'how it wants to be treated');
  header.number(
    'ip.len',
    'Total length',
    2,
    2,
    'this header and all within; what follows in the frame is padding',
    ' bytes',
  );
  header.hex('ip.id', 'Identification', 4, 2, 'the fragments of one packet have the same');
  const flags = header.u16(6);
  const names = bitNames(flags, [
    [0x4000, "don't fragment"],
    [0x2000, 'more fragments follow'],
  ]);
  header.add('ip.flags', 'Flags', 6, 1, () => names);
  header.add('ip.frag_offset', 'Fragment offset', 6, 2, () => `${(flags & 0x1fff) * 8} bytes`);
  header.number(
    'ip.ttl',
    'Time to live',
    8,
    1,
    'each router takes one; at 0 the packet is thrown away',
    ' hops',
  );
  header.named('ip.proto', 'Protocol', 9, 1, PROTOCOLS, 'what follows');
  header.add(
    'ip.checksum',
    'Header checksum',
    10,
    2,
    () => hexNumber(header.u16(10), 4),
    ipv4Checksum(header),
  );
  header.address('ip.src', 'Source', 12, 4);
  header.address('ip.dst', 'Destination', 16, 4);
  const options = (first & 15) * 4 - IPV4_BYTES;
  if (options > 0)
    header.add('ip.options', 'Options', IPV4_BYTES, options, () =>
      hexText(header.slice(IPV4_BYTES, options)),
    );
}

function ipv4Checksum(header: HeaderReader): string | null {
  const length = (header.u8(0) & 15) * 4;
  if (length < IPV4_BYTES || !header.has(0, length)) return null;
  const right = checksumOf(header.bytes, header.start, header.start + length, header.start + 10);
  const told = header.u16(10);
  if (told === right) return 'right';
  return told === 0
    ? 'not filled in: the network card does it'
    : `wrong, ${hexNumber(right, 4)} would be right`;
}

function serviceText(field: number): string {
  const priority = field >>> 2;
  return `${priority === 0 ? 'ordinary' : `DSCP ${priority}`}, ${CONGESTION[field & 3] as string}`;
}

export function ipv6Fields(header: HeaderReader): void {
  const word = header.u32(0);
  header.add('ipv6.version', 'Version', 0, 1, () => String(header.u8(0) >>> 4));
  header.add(
    'ipv6.tclass',
    'Service',
    0,
    2,
    () => serviceText(Math.floor(word / 0x10_0000) & 0xff),
    'how it wants to be treated',
  );
  header.add(
    'ipv6.flow',
    'Flow label',
    1,
    3,
    () => hexNumber(word % 0x10_0000, 5),
    'packets of one flow have the same',
  );
  header.number(
    'ipv6.plen',
    'Payload length',
    4,
    2,
    'what follows this header; the rest of the frame is padding',
    ' bytes',
  );
  header.named('ipv6.nxt', 'Next header', 6, 1, PROTOCOLS, 'what follows');
  header.number(
    'ipv6.hlim',
    'Hop limit',
    7,
    1,
    'each router takes one; at 0 the packet is thrown away',
    ' hops',
  );
  header.address('ipv6.src', 'Source', 8, 16);
  header.address('ipv6.dst', 'Destination', 24, 16);
}

export function ipv6ExtensionFields(header: HeaderReader): void {
  header.named('ipv6.opt.nxt', 'Next header', 0, 1, PROTOCOLS, 'what follows');
  header.add(null, 'Length', 1, 1, () => `${8 * (header.u8(1) + 1)} bytes`);
  header.add(null, 'Content', 2, Math.max(header.length - 2, 0), () =>
    hexText(header.slice(2, header.length - 2)),
  );
}

export function ipv6FragmentFields(header: HeaderReader): void {
  const offset = header.u16(2);
  header.named('ipv6.fraghdr.nxt', 'Next header', 0, 1, PROTOCOLS, 'what follows');
  header.add('ipv6.fraghdr.offset', 'Fragment offset', 2, 2, () => `${offset & 0xfff8} bytes`);
  header.add('ipv6.fraghdr.more', 'More fragments follow', 3, 1, () => ((offset & 1) === 0 ? 'no' : 'yes'));
  header.hex('ipv6.fraghdr.ident', 'Identification', 4, 4, 'the fragments of one packet have the same');
}

export function authenticationFields(header: HeaderReader): void {
  header.named('ah.next_header', 'Next header', 0, 1, PROTOCOLS, 'what follows');
  header.hex('ah.spi', 'Security parameters', 4, 4);
  header.number('ah.sequence', 'Sequence number', 8, 4);
  header.add('ah.icv', 'Check value', 12, Math.max(header.length - 12, 0), () =>
    hexText(header.slice(12, header.length - 12)),
  );
}

export function greFields(header: HeaderReader): void {
  const flags = header.u16(0);
  const names = bitNames(flags, [
    [0x8000, 'checksum'],
    [0x2000, 'key'],
    [0x1000, 'sequence number'],
  ]);
  header.add('gre.flags_and_version', 'Flags', 0, 2, () => names);
  header.named(
    'gre.proto',
    'Protocol',
    2,
    2,
    { ...ETHER_TYPES, 34827: 'PPP', 25944: 'Ethernet' },
    'what follows',
  );
  if (header.length > 4)
    header.add(null, 'Checksum, key, numbers', 4, header.length - 4, () =>
      hexText(header.slice(4, header.length - 4)),
    );
}

export function icmpFields(header: HeaderReader): void {
  const type = header.u8(0);
  header.named('icmp.type', 'Type', 0, 1, ICMP.types);
  header.named('icmp.code', 'Code', 1, 1, type === ICMP.unreachable ? ICMP.reasons : {});
  icmpRest(header, 'icmp', type === 0 || type === 8);
}

export function icmpv6Fields(header: HeaderReader): void {
  const type = header.u8(0);
  header.named('icmpv6.type', 'Type', 0, 1, ICMPV6.types);
  header.named('icmpv6.code', 'Code', 1, 1, type === ICMPV6.unreachable ? ICMPV6.reasons : {});
  icmpRest(header, 'icmpv6', type === 128 || type === 129);
}

function icmpRest(header: HeaderReader, protocol: string, isEcho: boolean): void {
  header.hex(`${protocol}.checksum`, 'Checksum', 2, 2);
  if (!isEcho) return;
  header.number(`${protocol}.${protocol === 'icmp' ? 'ident' : 'echo.identifier'}`, 'Identifier', 4, 2);
  header.number(
    `${protocol}.${protocol === 'icmp' ? 'seq' : 'echo.sequence_number'}`,
    'Sequence number',
    6,
    2,
  );
}
