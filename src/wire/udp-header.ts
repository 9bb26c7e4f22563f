/**
 * One UDP header as the dissector found it (RFC 768). A single object is written again for every datagram: who keeps
 * something of it copies that.
 */
export class UdpHeader {
  /** Where the header starts in `Packet.transportBytes`. */
  start = 0;
  sourcePort = 0;
  destinationPort = 0;
  /** The length field, header included; 0 in a jumbogram. */
  length = 0;
  checksum = 0;
  /** Payload that the packet says it has, also where the capture holds less of it. */
  payloadLength = 0;
  /** Payload bytes that are in the capture. */
  capturedPayload = 0;
}
