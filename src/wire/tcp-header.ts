/**
 * One TCP header as the dissector found it (RFC 9293 section 3.1). A single object is written again for every segment: who
 * keeps something of it copies that.
 */

/** Bits of `flags`; the values of the header's own flag bits (RFC 9293, RFC 3168, RFC 9768). */
export const TCP_FLAG = {
  fin: 0x001,
  syn: 0x002,
  rst: 0x004,
  psh: 0x008,
  ack: 0x010,
  urg: 0x020,
  ece: 0x040,
  cwr: 0x080,
  ae: 0x100,
} as const;

/** A header has room for so many SACK blocks (40 bytes of options). */
export const MOST_SACK_BLOCKS = 4;

export class TcpHeader {
  /** Where the header starts in the frame's bytes. */
  start = 0;
  sourcePort = 0;
  destinationPort = 0;
  /** Sequence and acknowledgment numbers as on the wire, 0 to 2^32 - 1. */
  sequence = 0;
  acknowledgment = 0;
  /** Data offset times 4: 0 to 60; less than 20 is malformed. */
  headerLength = 0;
  /** The 12 bits beside the data offset, reserved ones included, as `tcp.flags` shows them. */
  flags = 0;
  /** The raw 16 bits. */
  window = 0;
  urgentPointer = 0;
  /** Payload that the packet says it has, also where the capture holds less of it; Wireshark's `tcp.len`. */
  payloadLength = 0;
  /** Payload bytes that are in the capture. */
  capturedPayload = 0;
  /** Maximum segment size option; -1 where there is none. */
  mss = -1;
  /** Shift of the window scale option, as sent; -1 where there is none. */
  windowScale = -1;
  sackPermitted = false;
  sackCount = 0;
  /** Left and right edges in turn, `sackCount` pairs. */
  readonly sackEdges: Uint32Array = new Uint32Array(2 * MOST_SACK_BLOCKS);
  /** How many Multipath TCP options (RFC 8684) there are. */
  multipathCount = 0;
  hasTimestamp = false;
  timestampValue = 0;
  timestampEcho = 0;
  /** The options are malformed: they are read up to there. */
  badOptions = false;
  /** The header, its options included, is there to its end; otherwise Wireshark prints nothing of its analysis. */
  isWhole = true;
  /** Not a fragment, not within an ICMP error, and a whole header: Wireshark analyses only those. */
  isAnalysed = true;
}
