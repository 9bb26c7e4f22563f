/**
 * What an analysis says of reliable UDP beside what it says of its datagrams: plain values, as in `model.ts`. Index 0 of two sides is
 * the client, 1 the server.
 */
import type { Distribution, HandshakeFrame, SizeRange } from './model.ts';

export interface RudpReport {
  /** Connections one after the other over the same addresses; handshake and close are those of the first one. */
  readonly connections: number;
  readonly handshake: RudpHandshake;
  readonly sides: readonly [RudpSide, RudpSide];
  /** In the order of the capture; the first MOST_RUDP_EVENTS. */
  readonly events: readonly RudpEventReport[];
  readonly eventsLeftOut: number;
  /** Only those that happened. */
  readonly eventCounts: readonly RudpEventCount[];
  readonly close: RudpClose;
  /** Datagrams that are no packets, or break off. */
  readonly damaged: number;
  /** Only where series were asked for: of the client's packets, of the server's. */
  readonly roundTrips?: readonly [RoundTripSeries, RoundTripSeries] | undefined;
}

/** Round trips one by one: when the ACK came, and how long it took; of very many every second, fourth … */
export interface RoundTripSeries {
  readonly timesNs: Float64Array;
  readonly rttsNs: Float64Array;
}

export interface RudpHandshake {
  /**
   * `complete`: ACCEPT is there; `unanswered`: INIT alone; `partial`: some of it; `refused`: another version; `unseen`: the connection
   * has come here from another address, or the capture began later.
   */
  readonly state: 'complete' | 'partial' | 'unanswered' | 'refused' | 'unseen';
  /** Without a cookie, the cookie, with it, and the answer. */
  readonly init: HandshakeFrame | null;
  readonly retry: HandshakeFrame | null;
  readonly cookie: HandshakeFrame | null;
  readonly accept: HandshakeFrame | null;
  /** INITs beyond the first of each kind. */
  readonly repeated: number;
  /** From the first INIT to ACCEPT. */
  readonly totalNs: number | null;
  readonly clientId: number | null;
  readonly serverId: number | null;
  /** Messages that went with the cookie, before the answer. */
  readonly earlyMessages: number;
}

/** What an end says of itself in INIT or ACCEPT. */
export interface RudpParameters {
  readonly ackDelayMs: number;
  readonly maxData: number;
  readonly idleMs: number;
  readonly largestDatagram: number;
}

export interface RudpSide {
  readonly packets: number;
  /** Packets with a number, which the peer acknowledges. */
  readonly numbered: number;
  /** Packet numbers that later ones were acknowledged without: seen here and lost behind it; lost before it. */
  readonly lostAfter: number;
  readonly lostBefore: number;
  /** Acknowledged, though never seen: recomputed from repair symbols, or the capture has lost them. */
  readonly unseen: number;
  readonly copies: number;
  /** Messages, their bytes and sizes; what goes again does not count. */
  readonly messages: number;
  readonly messageBytes: number;
  readonly messageSize: SizeRange | null;
  /** From one packet in which messages begin to the next. */
  readonly periodNs: Distribution | null;
  readonly isRegular: boolean;
  /** Pieces of messages that are larger than a packet. */
  readonly fragments: number;
  /** Messages or pieces that went again, and their bytes. */
  readonly sentAgain: number;
  readonly sentAgainBytes: number;
  /** Messages or pieces that nobody has acknowledged at the end of the capture. */
  readonly unacknowledged: number;
  /** Packets with an ACK, those with nothing else, and how many packets they named for the first time. */
  readonly acks: number;
  readonly pureAcks: number;
  readonly acknowledged: number;
  /** How long this side held its acknowledgements back, as it says. */
  readonly ackDelayNs: Distribution | null;
  /** Packets that ask for an ACK at once. */
  readonly asks: number;
  /** Packets with a repair symbol, those with nothing else but an ACK, bytes of the symbols, packets that one covers at most. */
  readonly repairs: number;
  readonly repairsAlone: number;
  readonly repairBytes: number;
  readonly repairWindow: number;
  /** Packets of the peer that this side has recomputed from symbols. */
  readonly recomputed: number;
  readonly pings: number;
  /** Until this side's packets were acknowledged, less what the peer held back. */
  readonly rtt: Distribution | null;
  readonly rttHistogram: readonly number[];
  /** How much of what the peer takes in all (MAX_DATA) was used, at most: 0 to 1. */
  readonly limitShare: number;
  /** How often this side has raised what it takes. */
  readonly limitsRaised: number;
  readonly parameters: RudpParameters | null;
}

export type RudpEvent =
  /** A message goes again, because an ACK shows its packet missing, or because none comes. */
  | 'retransmission'
  /** A message goes again though it had arrived. */
  | 'spuriousRetransmission'
  /** An ACK shows packets missing. */
  | 'gap'
  /** The receiver has recomputed packets. */
  | 'recomputed'
  /** A packet number came twice. */
  | 'copy'
  | 'repeatedHandshake'
  /** The peer has a new address, which has to prove itself. */
  | 'pathChallenge'
  | 'reset'
  | 'damaged';

export interface RudpEventReport {
  readonly frame: number;
  readonly timeNs: number;
  readonly from: 'client' | 'server';
  readonly kind: RudpEvent;
  /** Why, with its numbers. */
  readonly reason: string;
  /** The frame that it repeats. */
  readonly relatedFrame: number | null;
}

export interface RudpEventCount {
  readonly kind: RudpEvent;
  readonly count: number;
  readonly client: number;
  readonly server: number;
}

export interface RudpClose {
  /** `closed`: CLOSE of both; `half`: of one side; `reset`: the peer knew nothing of it any more; `open`: none in the capture. */
  readonly state: 'closed' | 'half' | 'reset' | 'open';
  readonly by: 'client' | 'server' | null;
  /** Frames with the first CLOSE, the first END, of each. */
  readonly clientClose: number | null;
  readonly serverClose: number | null;
  readonly clientEnd: number | null;
  readonly serverEnd: number | null;
  readonly reset: number | null;
  /** Of the first CLOSE. */
  readonly code: number | null;
  readonly reason: string;
  /** From the first CLOSE to the last one. */
  readonly durationNs: number | null;
}

/** Readings of our telemetry in a conversation, whatever carries them. */
export interface TelemetryReport {
  /** The sender's name; null: HELLO is not in the capture. */
  readonly source: string | null;
  readonly version: number | null;
  readonly sensors: readonly string[];
  readonly readings: number;
  /** The first ones of each sensor. */
  readonly examples: readonly ReadingReport[];
}

export interface ReadingReport {
  readonly sensor: string;
  readonly number: number;
  /** As people read it: `21.4 °C`. */
  readonly text: string;
  /** Microseconds since 1970; null: not known. */
  readonly timeUs: number | null;
  readonly frame: number;
}
