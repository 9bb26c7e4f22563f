/**
 * What frames cost, byte by byte: by layer, by cause, for each message and each reading, and against the least that it could
 * have been. Types, and what follows from them; `cost-ledger.ts` counts.
 *
 * Every byte of a frame (its length on the wire, `frame.len`) belongs to exactly one layer and, with the rest of its frame,
 * to exactly one cause: both sums are the bytes of the capture.
 */

/** Layers in the order of a frame. */
export const COST_LAYERS = [
  /** Ethernet, VLAN tags, MPLS, PPP, LLC, cooked headers. */
  'link',
  /** What stands behind the end of the IP packet: a short frame is filled up to 60 bytes. */
  'padding',
  /** IPv4 without options (20 bytes), IPv6 (40), ARP, ICMP; of tunnels all of them. */
  'network',
  /** Options of IPv4, extension headers of IPv6. */
  'networkOptions',
  /** TCP without options (20 bytes), UDP (8). */
  'transport',
  'transportOptions',
  /** Headers of our own protocols: see `CostSheet.application`. Of others nothing is known: they are payload. */
  'application',
  'payload',
  /** Parts of fragmented packets whose end is not in the capture, and what no protocol here reads. */
  'other',
] as const;

export type CostLayer = (typeof COST_LAYERS)[number];

/** Why a frame was sent. Of UDP only our own protocols say so; other datagrams are data. */
export const COST_CAUSES = [
  /** Payload that goes for the first time. */
  'data',
  /** Nothing but acknowledgement: a TCP segment without payload, DELIVERED and STORED, a reliable UDP packet with ACK alone. */
  'acknowledgement',
  /** ACKs that say again what one before has said: something was missing. */
  'duplicateAcknowledgement',
  /** Payload that went before. */
  'retransmission',
  /** Repair symbols of reliable UDP. */
  'repair',
  /** SYN, SYN-ACK and the ACK that completes them; HELLO and its answers; INIT, RETRY, ACCEPT. */
  'handshake',
  /** FIN, RST and the last ACKs; BYE; CLOSE. */
  'close',
  /** Keep-alives, probes of a closed window, of the clock, of a path, and their answers. */
  'probe',
  /** Neither TCP nor UDP: ARP, ICMP, fragments. */
  'other',
] as const;

export type CostCause = (typeof COST_CAUSES)[number];

export interface CauseCost {
  readonly cause: CostCause;
  readonly frames: number;
  readonly bytes: number;
}

/** A part of `layers.application`. */
export interface ApplicationCost {
  /** What it is, as people say: `telemetry: heads of messages`. */
  readonly name: string;
  readonly bytes: number;
}

/**
 * What is on an Ethernet cable and in no capture. For frames that were never on one (loopback, raw IP, cooked captures) it is
 * what they would need there.
 */
export interface UncapturedCost {
  /** False: the frames were captured from Ethernet. */
  readonly isHypothetical: boolean;
  /** Preamble and start delimiter, 8 bytes a frame (IEEE 802.3 section 4.2.5 and 4.2.6). */
  readonly preambleBytes: number;
  /** Frame check sequence, 4 bytes a frame. */
  readonly checkBytes: number;
  /** The gap between two frames, 12 bytes at least. */
  readonly gapBytes: number;
  /** Frames below 60 bytes are filled up; the sender's capture is made before that. */
  readonly paddingBytes: number;
  /** Ethernet's 14 bytes, in place of what link header the capture has (less that; may be negative). */
  readonly headerBytes: number;
  /** Frames above 1,514 bytes: the network card cuts them later, and each piece has headers of its own that are not counted here. */
  readonly oversizedFrames: number;
}

/** What one message, or one reading, cost. */
export interface UnitCost {
  readonly count: number;
  /** All bytes of the frames, both directions, whatever their cause, divided by `count`. */
  readonly bytesEach: number;
  /** Payload alone, sent once. */
  readonly payloadEach: number;
  readonly boundEach: number;
}

/**
 * The least that the same payload could have cost in the same number of messages: each in one frame with the smallest headers
 * (link header as captured, IPv4 20 or IPv6 40, TCP 20 or UDP 8, no options) and nothing else: no handshake, no
 * acknowledgement, no repetition, no padding, no header of ours.
 */
export interface LowerBound {
  readonly bytes: number;
  /** Smallest headers of one message; a mean where conversations differ. */
  readonly headersEach: number;
  /** Payload that was sent for the first time. */
  readonly payloadBytes: number;
}

export interface CostSheet {
  readonly frames: number;
  /** On the wire, as the capture says: the sum of `frame.len`. */
  readonly bytes: number;
  /** Sum: `bytes`. */
  readonly layers: Readonly<Record<CostLayer, number>>;
  /** Those that occur, in the order of `COST_CAUSES`. Sum: `bytes`. */
  readonly causes: readonly CauseCost[];
  /** Sum: `layers.application`. Empty where no protocol of ours was recognised. */
  readonly application: readonly ApplicationCost[];
  /** Payload that went for the first time: what the conversation was for. */
  readonly newPayloadBytes: number;
  readonly uncaptured: UncapturedCost;
  /** Segments with new payload, or datagrams with payload (of reliable UDP: messages); undefined where there were none. */
  readonly messages: UnitCost | undefined;
  /** Readings of our own telemetry; undefined where there were none. */
  readonly readings: UnitCost | undefined;
  readonly bound: LowerBound;
}

/** Bytes on the wire for one byte of new payload; Infinity where there was none. */
export function overheadRatio({ bytes, newPayloadBytes }: CostSheet): number {
  return newPayloadBytes === 0 ? Infinity : bytes / newPayloadBytes;
}

/** All of the wire: what the capture has and what it never has. */
export function wireBytes({ bytes, uncaptured }: CostSheet): number {
  const { preambleBytes, checkBytes, gapBytes, paddingBytes, headerBytes } = uncaptured;
  return bytes + preambleBytes + checkBytes + gapBytes + paddingBytes + headerBytes;
}
