/**
 * How a pcap file is laid out: its header of 24 bytes (draft-ietf-opsawg-pcap), and the layouts of records that older programs
 * wrote under the same magic number.
 *
 *      0  magic u32: a1b2c3d4 µs, a1b23c4d ns, a1b2cd34 modified; in the byte order of the whole file
 *      4  major version u16    6  minor version u16    8  two u32 that mean nothing now
 *     16  snap length u32
 *     20  link type u16 (low bits), then from the top: FCS length 4 bits, R 1 bit, P 1 bit, reserved 10 bits
 */
import { u16, u32 } from './byte-order.ts';
import type { Damage } from './damage.ts';
import { isKnownLinkType } from './link-types.ts';
import { NOT_SAID } from './packet-record.ts';

export const PCAP_HEADER_BYTES = 24;
/** Seconds, fraction, captured length, length: u32 each. */
const RECORD_HEADER_BYTES = 16;

export const PCAP_MAGIC = {
  microseconds: 0xa1b2c3d4,
  nanoseconds: 0xa1b23c4d,
  /** Of Linux kernels about 1999: more in the record headers. */
  modified: 0xa1b2cd34,
  /** Of Ixia's hardware and software: 4 bytes more after the header. */
  ixiaHardware: 0x1c0001ac,
  ixiaSoftware: 0x1c0001ab,
} as const;
type Magic = (typeof PCAP_MAGIC)[keyof typeof PCAP_MAGIC];

const MAGICS: ReadonlySet<number> = new Set(Object.values(PCAP_MAGIC));

/** Lengths of the record headers that occur under a magic number, the likeliest first. */
const STANDARD_RECORDS: readonly number[] = [RECORD_HEADER_BYTES];
/** Besides the standard one: a kernel patch of April 1999, and Nokia's firewalls. */
const MICROSECOND_RECORDS: readonly number[] = [RECORD_HEADER_BYTES, 24, 20];
/** Kernel patches of October and September 1999. */
const MODIFIED_RECORDS: readonly number[] = [24, 28];

/** Files of AIX, version 2.2, give the interface type of RFC 1573 in place of a link type, and nanoseconds. */
const AIX_LINK_TYPES: ReadonlyMap<number, number> = new Map([
  [6, 1],
  [9, 6],
  [15, 10],
  [24, 0],
]);

/** Which order the two lengths of a record have. */
export type LengthOrder = 'captured first' | 'length first' | 'shorter first';

export interface PcapLayout {
  readonly isLittle: boolean;
  readonly hasNanoseconds: boolean;
  /** Of the file header, with what follows it. */
  readonly headerLength: number;
  /** More than one where the records themselves must tell. */
  readonly recordHeaders: readonly number[];
  readonly lengthOrder: LengthOrder;
  readonly linkType: number;
  readonly snapLength: number;
  readonly fcsLength: number;
}

/** The byte order of a magic number in `bytes[start]`, or undefined where it is none of pcap's. */
export function pcapByteOrder(bytes: Uint8Array, start: number): 'little' | 'big' | undefined {
  if (MAGICS.has(u32(bytes, start, true))) return 'little';
  return MAGICS.has(u32(bytes, start, false)) ? 'big' : undefined;
}

/** Whether the captured length of a record is the second of its two lengths. */
export function swapsLengths(order: LengthOrder, first: number, second: number): boolean {
  return order === 'length first' || (order === 'shorter first' && first > second);
}

/** Reads the header at `bytes[start]`, all 24 bytes of it; `offset` is where that is in the file. */
export function readPcapHeader(bytes: Uint8Array, start: number, offset: number): PcapLayout | Damage {
  const isLittle = pcapByteOrder(bytes, start) === 'little';
  const magic = u32(bytes, start, isLittle) as Magic;
  const major = u16(bytes, start + 4, isLittle);
  const minor = u16(bytes, start + 6, isLittle);
  const network = u32(bytes, start + 20, isLittle);
  if (major < 2) {
    const message = `a pcap file of version ${major}.${minor}: expected 2.4, or another one from 2.0 on`;
    return { reason: 'version', message, offset: offset + 4 };
  }
  if ((network & 0x03ff0000) !== 0) {
    const message = `the pcap header has bits in its link type that must be 0: 0x${network.toString(16)}`;
    return { reason: 'reserved-bits', message, offset: offset + 20 };
  }
  const number = network & 0xffff;
  const mayBeAix = magic === PCAP_MAGIC.microseconds && major === 2 && minor === 2;
  const aixLinkType = mayBeAix ? AIX_LINK_TYPES.get(number) : undefined;
  const isAix = aixLinkType !== undefined;
  const linkType = aixLinkType ?? number;
  if (!isKnownLinkType(linkType)) {
    const message = `link type ${linkType} of the pcap header is not known: Wireshark 4.0 refuses the file too`;
    return { reason: 'link-type', message, offset: offset + 20 };
  }
  const isIxia = magic === PCAP_MAGIC.ixiaHardware || magic === PCAP_MAGIC.ixiaSoftware;
  return {
    isLittle,
    hasNanoseconds: magic === PCAP_MAGIC.nanoseconds || isAix,
    headerLength: PCAP_HEADER_BYTES + (isIxia ? 4 : 0),
    recordHeaders: isAix ? STANDARD_RECORDS : recordHeadersOf(magic),
    lengthOrder: lengthOrderOf(major, minor),
    linkType,
    snapLength: u32(bytes, start + 16, isLittle),
    // The P bit says that the FCS length means something. It counts words of 16 bits.
    fcsLength: (network & 0x04000000) === 0 ? NOT_SAID : 2 * (network >>> 28),
  };
}

function recordHeadersOf(magic: Magic): readonly number[] {
  if (magic === PCAP_MAGIC.microseconds) return MICROSECOND_RECORDS;
  return magic === PCAP_MAGIC.modified ? MODIFIED_RECORDS : STANDARD_RECORDS;
}

/** Before version 2.3 the lengths stood in the other order, in 2.3 in either; and tcpdump of DG/UX calls itself 543.0. */
function lengthOrderOf(major: number, minor: number): LengthOrder {
  if ((major === 2 && minor < 3) || major === 543) return 'length first';
  return major === 2 && minor === 3 ? 'shorter first' : 'captured first';
}
