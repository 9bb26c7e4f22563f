/**
 * What a connection is made of, and what it gives.
 */
import type { LongPacket } from './long-packets.ts';
import type { ConnectionParameters } from './parameters.ts';
import type { RepairOption } from './repair-policy.ts';

/** What both ends may choose. */
export interface ConnectionOptions {
  /** Repair symbols: `off`, `auto`, or how many a packet, 0 to 1. */
  readonly repair: RepairOption;
  /** A PING after so long a silence, for NATs; 0: never. */
  readonly keepAliveUs: number;
}

/** What a connection needs of its endpoint. */
export interface ConnectionOwner {
  readonly random: (count: number) => Uint8Array;
  /** A command was given: there may be something to send. */
  readonly touched: () => void;
}

/** A client's beginning. */
export interface ConnectStart {
  readonly localId: number;
  readonly path: string;
  readonly parameters: ConnectionParameters;
  readonly nonce: Uint8Array;
}

/** A server's: what INIT said. */
export interface AcceptStart {
  readonly localId: number;
  readonly remoteId: number;
  readonly path: string;
  readonly own: ConnectionParameters;
  readonly peer: ConnectionParameters;
  /** Of ACCEPT. */
  readonly header: Uint8Array;
}

/** Packets of the handshake that a client gets. */
export type HandshakeAnswer = Extract<LongPacket, { readonly kind: 'retry' | 'accept' | 'version' }>;

/** A datagram to send. */
export interface Transmit {
  readonly bytes: Uint8Array;
  readonly to: string;
}

/**
 * | state | until |
 * | --- | --- |
 * | connecting | ACCEPT, or nothing for 10 s |
 * | open | `close`, or CLOSE of either end |
 * | finishing | everything is acknowledged: then CLOSE goes |
 * | closing | the peer has CLOSE, or nothing for some time |
 * | closed | for ever |
 */
export type ConnectionState = 'connecting' | 'open' | 'finishing' | 'closing' | 'closed';
