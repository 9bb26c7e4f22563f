/**
 * What a server tells its operator: what happens, and the counters.
 */
import type { ErrorCode } from '../errors/codes.ts';

/** What passed over one connection, or came from and went to one UDP peer. */
export interface Passed {
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly seconds: number;
  /** Of UDP peers only. */
  readonly datagramsIn?: number;
  readonly datagramsOut?: number;
}

export type ServerNotice =
  | { readonly type: 'connected'; readonly peer: string }
  | ({
      readonly type: 'disconnected';
      readonly peer: string;
      readonly reason: string;
      /** Where the network failed it. */
      readonly error?: ErrorCode;
    } & Passed)
  | { readonly type: 'refused'; readonly peer: string; readonly reason: string }
  /** A peer did something wrong, which did not end its connection. */
  | { readonly type: 'error'; readonly peer: string; readonly message: string };

export interface ServerSnapshot {
  /** Open now. */
  readonly open: number;
  /** What `count` counts, so far. */
  readonly taken: number;
  /** Connections that were served, with those that are open. */
  readonly connections: number;
  /** UDP peers that came; one that was forgotten and comes again counts again. */
  readonly peers: number;
  readonly datagramsIn: number;
  readonly datagramsOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Connections that were one too many. */
  readonly refused: number;
  /** Connections that broke off, and what peers did wrong. */
  readonly errors: number;
  /** Datagrams that found the queue of this program full. */
  readonly dropped: number;
  /** Datagrams that found the kernel's queue full; known at the end. */
  readonly kernelDrops: number;
}
