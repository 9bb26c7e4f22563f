/**
 * What the TCP analysis can say of a segment: one bit each, in the order of Wireshark's fields `tcp.analysis.*`.
 */

/** Bits of `TcpVerdict.events`. */
export const TCP_EVENT = {
  /** Sent before, and none of the more exact kinds; also set with `fastRetransmission` and `spuriousRetransmission`. */
  retransmission: 0x0001,
  fastRetransmission: 0x0002,
  spuriousRetransmission: 0x0004,
  outOfOrder: 0x0008,
  duplicateAck: 0x0010,
  /** A segment before this one is not in the capture. */
  lostSegment: 0x0020,
  /** It acknowledges what is not in the capture; Wireshark's `ack_lost_segment`. */
  ackedUnseen: 0x0040,
  zeroWindow: 0x0080,
  zeroWindowProbe: 0x0100,
  zeroWindowProbeAck: 0x0200,
  keepAlive: 0x0400,
  keepAliveAck: 0x0800,
  windowUpdate: 0x1000,
  windowFull: 0x2000,
  reusedPorts: 0x4000,
} as const;

export type TcpEvent = keyof typeof TCP_EVENT;

/** Bits of `tcp.completeness`: what of a conversation the capture has shown before this segment. */
export const COMPLETENESS = { syn: 0x01, synAck: 0x02, ack: 0x04, data: 0x08, fin: 0x10, rst: 0x20 } as const;
