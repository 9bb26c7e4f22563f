/**
 * One packet as a capture file holds it. A decoder writes a single record again for every packet and copies no bytes: who
 * keeps something of it copies that before `onPacket` returns.
 */

/** What `linkType` says of a record that is no packet: a custom block, a system call, a journal entry. Wireshark numbers those too. */
export const NOT_A_PACKET = -1;
/** What `dropCount` and `fcsLength` are where the file does not say. */
export const NOT_SAID = -1;

const NO_BYTES = new Uint8Array(0);
const NO_COMMENTS: readonly string[] = [];

/** Wireshark takes no packet for longer; more is damage, or less than what stands in front of the packet. */
const MOST_LENGTH = 0x7fffffff;

/** The length of a packet, `pseudoHeader` bytes less than the file says; as Wireshark shows it. */
export function packetLength(length: number, pseudoHeader: number): number {
  const rest = length - pseudoHeader;
  return rest < 0 || rest > MOST_LENGTH ? MOST_LENGTH : rest;
}

export class PacketRecord {
  /** What holds the packet, never a Buffer: the piece that was pushed, or a buffer of the decoder where two pieces share the packet. */
  bytes: Uint8Array = NO_BYTES;
  /** The packet is `bytes[start]` up to `bytes[start + capturedLength - 1]`. */
  start = 0;
  capturedLength = 0;
  /** Length on the wire, at most 2^31 - 1. A damaged file, or one cut by a program, may say less than `capturedLength`. */
  length = 0;
  /** Whole seconds since 1970. pcap has 0 to 2^32 - 1; pcapng has any that a double holds, also negative ones. */
  seconds = 0;
  /**
   * 0 to 999,999,999. The fraction of a damaged pcap record may be more than a second: it is then kept as 32 signed bits,
   * as Wireshark keeps it, and can be negative.
   */
  nanoseconds = 0;
  /** False for a Simple Packet Block and for a custom block: both times are 0 then. */
  hasTime = true;
  /** LINKTYPE_ number, or `NOT_A_PACKET`. */
  linkType = 0;
  /** Bytes of the frame check sequence at the end of the packet, or `NOT_SAID`. */
  fcsLength: number = NOT_SAID;
  /** Which interface of the file, counted on from section to section. */
  interfaceIndex = 0;
  /** Where the capture cuts packets, in bytes; 0: nowhere. */
  snapLength = 0;
  /** The flags word of pcapng: bits 0-1 direction, 2-4 reception, 5-8 FCS length, 16-31 link errors. 0 where there is none. */
  flags = 0;
  /** Packets lost between the one before on this interface and this one, or `NOT_SAID`. */
  dropCount: number = NOT_SAID;
  comments: readonly string[] = NO_COMMENTS;
  /** Where the packet's first byte is in the capture file, once that is inflated. */
  offset = 0;
}
