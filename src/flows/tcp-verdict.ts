/**
 * What the TCP analysis says of one segment. A single object is written again for every segment: who keeps something of it copies
 * that.
 *
 * Times between two frames are differences of seconds and of nanoseconds; the latter may be negative, so that nothing is
 * rounded however far apart the frames are.
 */

/**
 * Why events were set: numbers, copied before the segment changed anything, for `explainEvents`. Times in nanoseconds, sequence
 * numbers as on the wire. Written only for a segment that has events.
 */
export const REASON = {
  sequence: 0,
  length: 1,
  acknowledgment: 2,
  window: 3,
  /** Initial sequence numbers of this direction and of the other: what is told is relative to them. */
  base: 4,
  peerBase: 5,
  /** The next sequence number that was expected, and the frame and the time that had set it; 0: none. */
  expected: 6,
  expectedFrame: 7,
  sinceExpectedNs: 8,
  /** What the peer had acknowledged, in which frame for the first time, how often again, and how long ago the last time. */
  acknowledged: 9,
  acknowledgedFrame: 10,
  duplicates: 11,
  sinceAcknowledgedNs: 12,
  /** Up to there the peer's data are known without a gap. */
  peerKnown: 13,
  /** The window before, in bytes like `window`; −1: none. */
  previousWindow: 14,
  /** The peer's window, in bytes. */
  peerWindow: 15,
  /** Data are out of order when they come sooner than this. */
  reorderingNs: 16,
  /** With `duplicateAck`: which it is, and the frame of the first such ACK. */
  duplicateNumber: 17,
  duplicateFrame: 18,
  /** With a `retransmission` that is neither fast nor spurious: the oldest segment that waits, and how long. */
  waitingFrame: 19,
  sinceWaitingNs: 20,
} as const;

export const REASON_NUMBERS = 21;

export class TcpVerdict {
  /** `tcp.stream`; not the one that the segment was looked up in where it opens a new one. */
  conversation = 0;
  /** The conversation times 2, plus the side that sent it. */
  place = 0;
  /** Bits of TCP_EVENT. */
  events = 0;
  /** Which of the duplicates, from 1 on, and the frame with the first such ACK; only with `duplicateAck`. */
  duplicateNumber = 0;
  duplicateFrame = 0;
  /** The frame that this one acknowledges, and the time since; frame 0: none. */
  acksFrame = 0;
  ackRttSeconds = 0;
  ackRttNanoseconds = 0;
  /** From SYN to the ACK that completes the handshake; both 0: not known (yet). */
  initialRttSeconds = 0;
  initialRttNanoseconds = 0;
  /** Bytes sent and not acknowledged, after this segment; 0: not known. */
  bytesInFlight = 0;
  /** The frame that a retransmission repeats, and the time since; frame 0: none. */
  rtoFrame = 0;
  rtoSeconds = 0;
  rtoNanoseconds = 0;
  /** Wireshark keeps notes of this segment, although nothing else here says so; then it shows the initial round trip. */
  isNoted = false;
  /** Bits of COMPLETENESS, before this segment. */
  completeness = 0;
  /** The window in bytes, scaled where the shift is known. */
  windowSize = 0;
  /**
   * Initial sequence numbers of this direction and of the other, as signed 32-bit numbers: `(sequence - base) >>> 0` is
   * relative.
   */
  base = 0;
  peerBase = 0;
  /** Numbers by REASON; valid where `events` is not 0. */
  readonly reason: Float64Array;

  /** @param reason memory for it that somebody else writes, too */
  constructor(reason: Float64Array = new Float64Array(REASON_NUMBERS)) {
    this.reason = reason;
  }

  /** Nanoseconds, exact up to 104 days; where `acksFrame` is not 0. */
  get ackRttNs(): number {
    return this.ackRttSeconds * 1e9 + this.ackRttNanoseconds;
  }

  /** Nanoseconds; 0: not known (yet). */
  get initialRttNs(): number {
    return this.initialRttSeconds * 1e9 + this.initialRttNanoseconds;
  }

  /** Nanoseconds; where `rtoFrame` is not 0. */
  get rtoNs(): number {
    return this.rtoSeconds * 1e9 + this.rtoNanoseconds;
  }
}
