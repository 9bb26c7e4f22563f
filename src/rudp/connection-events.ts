/**
 * What a connection tells its owner, and what it counts.
 */

/** Why a connection ends: the codes of docs/RELIABLE-UDP.md section 11. */
export const CLOSE_CODE = {
  done: 0,
  protocol: 1,
  application: 2,
  idle: 3,
  noAnswer: 4,
  numbersUsedUp: 5,
  overloaded: 6,
} as const;

export type ConnectionEvent =
  /** Of a client: its address is proven, and the next INIT carries the first messages. */
  | { readonly type: 'validated' }
  /** The peer has answered: messages flow both ways. */
  | { readonly type: 'open' }
  /** The peer sends no more on channel 0; everything before was delivered. */
  | { readonly type: 'end' }
  /** `send` takes messages again. */
  | { readonly type: 'drain' }
  /** The last event. `byPeer`: the peer said so. */
  | { readonly type: 'closed'; readonly code: number; readonly reason: string; readonly byPeer: boolean }
  | { readonly type: 'moved'; readonly to: string };

/** Everything that a connection counts. */
export interface ConnectionStatistics {
  readonly messagesSent: number;
  readonly messagesDelivered: number;
  readonly packetsSent: number;
  readonly packetsReceived: number;
  /** Payloads of UDP; with IPv4 each datagram costs 28 more. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Packets that came twice. */
  readonly duplicates: number;
  /** Lost packets of the peer that were recomputed here. */
  readonly repaired: number;
  /** Lost packets of ours that the peer recomputed. */
  readonly repairedByPeer: number;
  /** Our packets declared lost; their messages went again. */
  readonly lost: number;
  /** Declared lost, but late. */
  readonly spurious: number;
  /** Probes because nothing was heard. */
  readonly probes: number;
  readonly repairSymbols: number;
  readonly rttUs: number;
  /** Share of what was sent lately that did not arrive, 0 to 1. */
  readonly loss: number;
  /** Packets that are neither acknowledged nor lost, and their bytes with IPv4's and UDP's heads. */
  readonly packetsUnderWay: number;
  readonly bytesUnderWay: number;
  /** Bytes of messages that wait to be sent. */
  readonly bytesWaiting: number;
  /** Costs of messages that came, in part or whole, and were not taken. */
  readonly bytesHeld: number;
}
