/**
 * The blocks of pcapng (draft-ietf-opsawg-pcapng), their fixed parts and the codes of their options: for the decoder and the
 * encoder.
 *
 *     type u32 | total length u32, a multiple of 4 | body | total length again
 */

/** Type and length in front, length at the end. */
export const BLOCK_FRAME_BYTES = 12;
export const BLOCK_HEADER_BYTES = 8;
export const LAST_LENGTH_BYTES = 4;
/** The section header's body begins with this, in the byte order of the section. */
export const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

export const BLOCK = {
  sectionHeader: 0x0a0d0d0a,
  interfaceDescription: 1,
  /** The obsolete Packet Block. */
  packet: 2,
  simplePacket: 3,
  nameResolution: 4,
  interfaceStatistics: 5,
  enhancedPacket: 6,
  journal: 9,
  decryptionSecrets: 10,
  systemCall: 0x204,
  systemCallFlags: 0x208,
  custom: 0x0bad,
  customNoCopy: 0x40000bad,
} as const;

/** Bytes of the body that a block must have. */
export const FIXED_BYTES = {
  /** Magic u32, version u16 u16, section length u64. */
  sectionHeader: 16,
  /** Link type u16, reserved u16, snap length u32. */
  interfaceDescription: 8,
  /** Interface, ticks high and low, captured length, length: u32. In the obsolete block: interface u16, drops u16. */
  packet: 20,
  /** Length u32. */
  simplePacket: 4,
  /** Type u16, length u16 of a first record. */
  nameResolution: 4,
  /** Interface, ticks high and low: u32. */
  interfaceStatistics: 12,
  /** Type u32, length u32. */
  decryptionSecrets: 8,
  /** Enterprise number u32. */
  custom: 4,
  /** CPU u16, nanoseconds u64, thread u64, length u32, type u16. */
  systemCall: 24,
} as const;

export const SECTION_OPTION = { hardware: 2, os: 3, application: 4 } as const;

export const INTERFACE_OPTION = {
  name: 2,
  description: 3,
  ipv4: 4,
  ipv6: 5,
  mac: 6,
  speed: 8,
  resolution: 9,
  filter: 11,
  os: 12,
  fcsLength: 13,
  offset: 14,
  hardware: 15,
} as const;

export const PACKET_OPTION = { flags: 2, dropCount: 4, packetId: 5, queue: 6, verdict: 7 } as const;

export const STATISTICS_OPTION = {
  startTime: 2,
  endTime: 3,
  received: 4,
  dropped: 5,
  accepted: 6,
  osDropped: 7,
  delivered: 8,
} as const;

export const NAME_RECORD = { end: 0, ipv4: 1, ipv6: 2 } as const;

/** "TLSK": the secrets are the text of a key log file. */
export const TLS_KEY_LOG = 0x544c534b;

/** The next multiple of four: values and packets are padded to it. */
export function padded(length: number): number {
  // By bits only where a sum stays below 2^31: a damaged length may be more.
  return length < 0x7ffffffc ? (length + 3) & ~3 : Math.ceil(length / 4) * 4;
}

/** Bytes of the body that a block must have; -1: its kind is not read here. */
export function fixedBytesOf(type: number): number {
  switch (type) {
    case BLOCK.enhancedPacket:
    case BLOCK.packet:
      return FIXED_BYTES.packet;
    case BLOCK.simplePacket:
      return FIXED_BYTES.simplePacket;
    case BLOCK.sectionHeader:
      return FIXED_BYTES.sectionHeader;
    case BLOCK.interfaceDescription:
      return FIXED_BYTES.interfaceDescription;
    case BLOCK.nameResolution:
      return FIXED_BYTES.nameResolution;
    case BLOCK.interfaceStatistics:
      return FIXED_BYTES.interfaceStatistics;
    case BLOCK.decryptionSecrets:
      return FIXED_BYTES.decryptionSecrets;
    case BLOCK.journal:
      return 0;
    case BLOCK.systemCall:
    case BLOCK.systemCallFlags:
      return FIXED_BYTES.systemCall;
    case BLOCK.custom:
    case BLOCK.customNoCopy:
      return FIXED_BYTES.custom;
    default:
      return -1;
  }
}

/** The message where the length at the end of a block is not the one at its start. */
export function lengthsDiffer(first: number, last: number): string {
  return `a block says ${first} bytes at its start and ${last} at its end`;
}
