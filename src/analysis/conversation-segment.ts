/** One segment or datagram as the parts of a report take it. A single object is written again for each. */
export class Segment {
  frame = 0;
  row = 0;
  timeNs = 0;
  /** 0: from the client, 1: from the server. */
  side: 0 | 1 = 0;
  /** Relative; of UDP 0, as all that follows but the lengths. */
  sequence = 0;
  acknowledgment = 0;
  /** As on the wire. */
  rawSequence = 0;
  rawAcknowledgment = 0;
  payload = 0;
  /** What of the payload was not seen before. */
  newBytes = 0;
  /** Of the frame on the wire. */
  length = 0;
  window = 0;
  /** Bits of TCP_FLAG and of TCP_EVENT. */
  flags = 0;
  events = 0;
  inFlight = 0;
  /** The frame that it acknowledges, 0: none, and the time since. */
  acksFrame = 0;
  rttNs = 0;
  /** Bits of ROW_MARK. */
  marks = 0;
}
