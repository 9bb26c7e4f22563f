/**
 * What an analysis of a capture says: plain values, so that text, JSON and HTML say the same. JSON has the same names in snake
 * case (docs/analysis.schema.json).
 *
 * Times are nanoseconds since the first frame of the capture (exact for 104 days), durations are nanoseconds, lengths are bytes,
 * frames are counted from 1 as in Wireshark, sequence numbers are relative to the side's initial one. `null`: not known, or there
 * is none. Index 0 of two sides is the client, 1 the server.
 */
import type { TcpEvent } from '../flows/tcp-events.ts';
import type { DamageReason } from '../pcap/damage.ts';
import type { CostSheet } from './cost.ts';
import type { RudpReport, TelemetryReport } from './rudp-model.ts';
import type { SafetyVerdict } from './safety.ts';

export interface CaptureReport {
  readonly capture: CaptureFacts;
  /** As many as were asked for, in the order of their numbers; `capture.tcpConversations` says how many there are. */
  readonly tcp: readonly TcpReport[];
  readonly udp: readonly UdpReport[];
  /** Frames with neither TCP nor UDP, by what they are, most packets first. */
  readonly other: readonly OtherTraffic[];
  /** Of the whole capture. */
  readonly cost?: CostSheet | undefined;
}

export interface CaptureFacts {
  /** As the user gave it. */
  readonly name: string;
  readonly sizeBytes: number;
  readonly format: 'pcap' | 'pcapng' | null;
  readonly compression: 'gzip' | 'zstd' | null;
  /** The program that wrote it, and the system. */
  readonly application: string | null;
  readonly os: string | null;
  readonly interfaces: readonly InterfaceFacts[];
  readonly packets: number;
  /** Lengths of the frames on the wire, and what of them is in the capture. */
  readonly bytes: number;
  readonly capturedBytes: number;
  /** When the first frame with a time was captured. */
  readonly start: { readonly seconds: number; readonly nanoseconds: number } | null;
  /** From the earliest frame to the latest one. */
  readonly durationNs: number;
  readonly damage: {
    readonly reason: DamageReason;
    readonly message: string;
    readonly offset: number;
  } | null;
  /** Blocks of pcapng that are not read here. */
  readonly skippedBlocks: number;
  readonly artefacts: readonly Artefact[];
  readonly tcpConversations: number;
  readonly udpConversations: number;
  /** By whose rules TCP was analysed. */
  readonly wireshark: '4.0' | '4.4' | '4.6';
  /** The user ended the reading early. */
  readonly wasStopped: boolean;
}

export interface InterfaceFacts {
  readonly index: number;
  readonly name: string | null;
  readonly description: string | null;
  readonly linkType: number;
  readonly linkTypeName: string;
  /** 0: packets are not cut. */
  readonly snapLength: number;
  /** The capture filter. */
  readonly filter: string | null;
  readonly packets: number;
  /** What the file says was lost, wherever it says it: at the interface, in the system, between two packets. */
  readonly drops: number | null;
  readonly received: number | null;
}

/** Something that comes from how the capture was made, and would look like trouble of the network. */
export interface Artefact {
  readonly kind: ArtefactKind;
  /** What was seen, with its numbers, and what it means; a sentence or two. */
  readonly text: string;
  /** What to do about it, where something can be done. */
  readonly advice: string | null;
  /** How many frames show it, and the first that does; 0 and null where it is not about frames. */
  readonly frames: number;
  readonly firstFrame: number | null;
}

export type ArtefactKind =
  | 'segmentation-offload'
  | 'checksum-offload'
  | 'duplicates'
  | 'snap-length'
  | 'mid-connection'
  | 'kernel-drops'
  | 'time-backwards'
  | 'no-time'
  | 'fragments'
  | 'limit';

export interface Endpoint {
  /** IPv6 as RFC 5952 wants it, without brackets. */
  readonly address: string;
  readonly port: number;
}

export interface Distribution {
  readonly count: number;
  readonly minNs: number;
  readonly p50Ns: number;
  readonly p95Ns: number;
  readonly p99Ns: number;
  readonly maxNs: number;
  readonly meanNs: number;
}

export interface ConversationBase {
  /** `tcp.stream` or `udp.stream`. */
  readonly stream: number;
  readonly client: Endpoint;
  readonly server: Endpoint;
  /** Why that side is called the client. */
  readonly clientIs: 'syn' | 'syn-ack' | 'init' | 'port' | 'first-frame';
  readonly firstFrame: number;
  readonly lastFrame: number;
  readonly startNs: number;
  readonly durationNs: number;
  readonly packets: number;
  /** Whole frames on the wire. */
  readonly bytes: number;
  readonly phases: readonly Phase[];
  /** Only this many of the phases are given; the rest is counted. */
  readonly phasesLeftOut: number;
  readonly artefacts: readonly Artefact[];
  readonly cost?: CostSheet | undefined;
  readonly safety?: SafetyVerdict | undefined;
  /** Where our own telemetry was recognised. */
  readonly telemetry?: TelemetryReport | undefined;
}

export interface TcpReport extends ConversationBase {
  readonly protocol: 'tcp';
  readonly handshake: Handshake;
  readonly options: readonly OptionReport[];
  readonly sides: readonly [TcpSide, TcpSide];
  /** In the order of the capture; the first MOST_EVENTS. */
  readonly events: readonly EventReport[];
  readonly eventsLeftOut: number;
  /** How often each event happened, in both directions; only those that did. */
  readonly eventCounts: readonly EventCount[];
  readonly close: CloseReport;
  readonly missing: MissingReport;
  /** ICMP errors about it: how many, and the first frames of them. */
  readonly icmpErrors: number;
  readonly icmpFrames: readonly number[];
  /** The frames that tell the story: the first ones, those with events, the last ones. */
  readonly ladder: readonly LadderStep[];
  /** Only where they were asked for. */
  readonly series?: SegmentSeries | undefined;
  readonly throughput?: ThroughputSeries | undefined;
}

/** The frames of a handshake that are in the capture. */
export interface Handshake {
  /** `complete`: three frames; `partial`: some; `refused`: SYN answered by RST; `unanswered`: SYN alone; `unseen`: before the capture. */
  readonly state: 'complete' | 'partial' | 'refused' | 'unanswered' | 'unseen';
  readonly syn: HandshakeFrame | null;
  readonly synAck: HandshakeFrame | null;
  readonly ack: HandshakeFrame | null;
  /** SYNs and SYN+ACKs beyond the first ones. */
  readonly repeated: number;
  /** SYN to ACK, and its two halves: to the server and back, to the client and back, seen from where the capture was made. */
  readonly totalNs: number | null;
  readonly serverNs: number | null;
  readonly clientNs: number | null;
  /** Initial sequence numbers as on the wire. */
  readonly clientSequence: number | null;
  readonly serverSequence: number | null;
  /** SYN and SYN+ACK agree on explicit congestion notification (RFC 3168). */
  readonly isEcn: boolean;
}

export interface HandshakeFrame {
  readonly frame: number;
  readonly timeNs: number;
}

/** One TCP option of the handshake. */
export interface OptionReport {
  readonly name:
    | 'mss'
    | 'window-scale'
    | 'sack'
    | 'timestamps'
    | 'fast-open'
    | 'multipath'
    | 'md5'
    | 'authentication'
    | 'user-timeout'
    | 'other';
  /** Number of the option (IANA). */
  readonly kind: number;
  /** Bytes of the MSS, or the shift of the window scale; null where the option has no number or is not there. */
  readonly client: number | null;
  readonly server: number | null;
  readonly isOffered: boolean;
  readonly isAnswered: boolean;
  /** `each`: both say their own (MSS); `taken`, `refused`: offered by the client; `unasked`: by the server alone; `unknown`: a SYN is missing. */
  readonly outcome: 'each' | 'taken' | 'refused' | 'unasked' | 'unknown';
  /** What it is for, and what follows from the outcome. */
  readonly meaning: string;
}

export interface TcpSide {
  readonly endpoint: Endpoint;
  readonly packets: number;
  /** Whole frames on the wire. */
  readonly bytes: number;
  /** Segments with payload, their payload, and what of it was new: retransmissions, probes and overlaps are not. */
  readonly dataPackets: number;
  readonly payloadBytes: number;
  readonly newBytes: number;
  readonly repeatedBytes: number;
  /** Neither data nor SYN, FIN or RST. */
  readonly pureAcks: number;
  readonly pushes: number;
  /** Data segments that also acknowledge data for the first time. */
  readonly piggybackedAcks: number;
  readonly largestPayload: number;
  /** From the first to the last segment with payload of this side; null where there are not two. */
  readonly dataNs: number | null;
  /** New payload a second, and whole frames with payload a second, over `dataNs`; bits. */
  readonly goodputBps: number | null;
  readonly throughputBps: number | null;
  /** Time until this side's segments were acknowledged. */
  readonly rtt: Distribution | null;
  /** RTT in equal steps of its logarithm, for a small picture: counts from the smallest to the largest. */
  readonly rttHistogram: readonly number[];
  readonly window: WindowReport;
  readonly retransmissions: number;
  readonly lostSegments: number;
  readonly duplicateAcks: number;
}

/** The receive window that a side offers, and how its peer lived with it. */
export interface WindowReport {
  /** What this side offered: scaled where the scale is known. */
  readonly smallest: number | null;
  readonly largest: number | null;
  readonly last: number | null;
  /** False: the handshake is not in the capture, so the numbers may be too small by a power of two. */
  readonly isScaleKnown: boolean;
  readonly zeroWindows: number;
  /** How long its window was 0 in all. */
  readonly zeroNs: number;
  readonly updates: number;
  /** Segments of the peer that filled it. */
  readonly filled: number;
  /** Most bytes that this side had in flight, in which frame, and how much of the peer's window that was (0 to 1). */
  readonly peakInFlight: number;
  readonly peakFrame: number | null;
  readonly peakShare: number | null;
  /** What held this side's data back, where it sent much: the peer's window, losses, or itself (program, congestion window). */
  readonly limitedBy: 'sender' | 'window' | 'network' | null;
}

export interface EventReport {
  readonly frame: number;
  readonly timeNs: number;
  readonly from: 'client' | 'server';
  readonly kinds: readonly TcpEvent[];
  /** Which rule fired, with its numbers. */
  readonly reason: string;
  /** The frame that it repeats, or the first of the duplicates. */
  readonly relatedFrame: number | null;
}

/** One frame of a ladder. */
export interface LadderStep {
  readonly frame: number;
  readonly timeNs: number;
  readonly from: 'client' | 'server';
  /** As `SYN`, `ACK`, `PSH`; of reliable UDP its kind, number and frames, as `INIT`, `#17`, `MESSAGE`; of other UDP empty. */
  readonly flags: readonly string[];
  readonly sequence: number;
  readonly acknowledgment: number;
  readonly payload: number;
  readonly window: number;
  readonly kinds: readonly TcpEvent[];
  /** Something went wrong here. */
  readonly isTrouble: boolean;
  /** It did not arrive, as later frames show. */
  readonly isLost: boolean;
  /** Of reliable UDP: the frame whose message goes again in this one. */
  readonly repeats: number | null;
  /** The frame that it acknowledges, and the time since. */
  readonly acksFrame: number | null;
  readonly rttNs: number | null;
  /** What it is for. */
  readonly note: string;
  /** The beginning of the payload as text, what cannot be shown replaced; null: none, not kept, or told in the note. */
  readonly preview: string | null;
  /** Frames of the conversation that were left out before this one. */
  readonly leftOut: number;
}

export interface EventCount {
  readonly kind: TcpEvent;
  readonly count: number;
  readonly client: number;
  readonly server: number;
}

export interface CloseReport {
  /** `open`: no FIN or RST in the capture; `half`: one side; `reset`: RST before both were done; `refused`: RST instead of SYN+ACK. */
  readonly state: 'closed' | 'half' | 'reset' | 'refused' | 'open';
  /** Who sent the first FIN or RST. */
  readonly by: 'client' | 'server' | null;
  readonly clientFin: number | null;
  readonly serverFin: number | null;
  readonly reset: number | null;
  /** Who sent the first RST. */
  readonly resetBy: 'client' | 'server' | null;
  /** The ACK of the last FIN. */
  readonly lastAck: number | null;
  readonly timeNs: number | null;
  /** From the first FIN or RST to the last frame. */
  readonly durationNs: number | null;
  /** Data that came after the peer had closed its direction. */
  readonly bytesAfterFin: number;
}

/** What of this conversation is not in the capture. */
export interface MissingReport {
  readonly handshake: boolean;
  readonly end: boolean;
  /** Gaps in the sequence numbers that never were filled: how many, and their bytes, for each side. */
  readonly gaps: readonly [number, number];
  readonly gapBytes: readonly [number, number];
  /** Segments that acknowledge what was not captured. */
  readonly ackedUnseen: number;
  /** Frames cut by the snap length, and payload bytes that are missing therefore. */
  readonly cutFrames: number;
  readonly cutBytes: number;
  /** Only one direction is in the capture. */
  readonly oneWay: boolean;
}

/** A stretch of a conversation in which the data flow in one manner. */
export interface Phase {
  readonly kind: 'exchange' | 'messages' | 'bulk' | 'mixed';
  readonly startNs: number;
  readonly durationNs: number;
  readonly firstFrame: number;
  readonly lastFrame: number;
  /** Who begins: whose requests, messages or bulk. */
  readonly from: 'client' | 'server';
  /** Messages of who begins, and of the other side. */
  readonly count: number;
  readonly answers: number;
  /** Bytes of a message (request), and of an answer; null where there is none. */
  readonly size: SizeRange;
  readonly answerSize: SizeRange | null;
  /** Time from the beginning of a message to that of the next; null for one. */
  readonly periodNs: Distribution | null;
  /** The periods are alike: half of them within a tenth of the median. */
  readonly isRegular: boolean;
  /** From the end of a request to the beginning of its answer. */
  readonly answerNs: Distribution | null;
  readonly bytes: number;
  /** Of that what who begins has sent. */
  readonly ownBytes: number;
  /** Bits of payload a second over `durationNs`; null where that is 0. */
  readonly rateBps: number | null;
  /** Quiet time before this phase, since the one before. */
  readonly quietNs: number;
}

export interface SizeRange {
  readonly min: number;
  readonly p50: number;
  readonly max: number;
}

export interface UdpReport extends ConversationBase {
  readonly protocol: 'udp';
  readonly sides: readonly [UdpSide, UdpSide];
  /** Requests with an answer, requests without, and answers that nobody asked for: neighbours in time, since UDP itself knows no pairs. */
  readonly pairs: number;
  readonly unanswered: number;
  readonly answerNs: Distribution | null;
  /** The first frames and the last ones. */
  readonly ladder: readonly LadderStep[];
  /** The longest silences, longest first. */
  readonly gaps: readonly GapReport[];
  readonly cutFrames: number;
  /** ICMP errors about it. */
  readonly unreachable: number;
  /** Where our own reliable UDP was recognised. */
  readonly rudp?: RudpReport | undefined;
  readonly series?: DatagramSeries | undefined;
  readonly throughput?: ThroughputSeries | undefined;
}

export interface UdpSide {
  readonly endpoint: Endpoint;
  readonly packets: number;
  readonly bytes: number;
  readonly payloadBytes: number;
  readonly size: SizeRange | null;
  readonly periodNs: Distribution | null;
  readonly isRegular: boolean;
  /** The same datagram again, right after. */
  readonly duplicates: number;
  readonly rateBps: number | null;
}

export interface GapReport {
  readonly afterFrame: number;
  readonly startNs: number;
  readonly durationNs: number;
}

export interface OtherTraffic {
  /** Of the innermost layer, as people write it: `ARP`, `ICMP`, `IPv4 fragment`. */
  readonly name: string;
  readonly packets: number;
  readonly bytes: number;
  readonly firstFrame: number;
}

/** Segments of one conversation as columns, in the order of the capture: what plots and ladders need. */
export interface SegmentSeries {
  readonly count: number;
  readonly frames: Uint32Array;
  readonly timesNs: Float64Array;
  /** 0: from the client, 1: from the server. */
  readonly sides: Uint8Array;
  /** Relative. */
  readonly sequences: Uint32Array;
  readonly acknowledgments: Uint32Array;
  readonly payloads: Uint32Array;
  /** Lengths of the frames on the wire. */
  readonly lengths: Uint32Array;
  /** In bytes, scaled where the scale is known. */
  readonly windows: Uint32Array;
  /** Bits of TCP_FLAG and TCP_EVENT. */
  readonly flags: Uint16Array;
  readonly events: Uint16Array;
  /** After the segment; 0: not known. */
  readonly inFlight: Uint32Array;
  /** The frame that this one acknowledges, 0: none; the difference of their times is an RTT sample. */
  readonly acksFrames: Uint32Array;
  readonly excerpts: readonly PayloadExcerpt[];
}

export interface DatagramSeries {
  readonly count: number;
  readonly frames: Uint32Array;
  readonly timesNs: Float64Array;
  readonly sides: Uint8Array;
  readonly payloads: Uint32Array;
  readonly lengths: Uint32Array;
  readonly excerpts: readonly PayloadExcerpt[];
}

/** The first bytes of a payload; only the first frames of a conversation have one. */
export interface PayloadExcerpt {
  readonly frame: number;
  readonly bytes: Uint8Array;
}

/** Bytes in equal stretches of time, from the conversation's first frame on. */
export interface ThroughputSeries {
  readonly binNs: number;
  /** Whole frames, and new payload, of the client and of the server. */
  readonly bytes: readonly [Float64Array, Float64Array];
  readonly newBytes: readonly [Float64Array, Float64Array];
}
