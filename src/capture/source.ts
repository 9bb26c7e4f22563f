/**
 * The port of live packets: from the kernel's ring, or from tcpdump.
 *
 * After construction packets come; `ready` resolves when that is proven. `stop` proves the other end and gives the counters.
 */
import type { PacketRecord } from '../pcap/packet-record.ts';

export interface PacketSource {
  readonly method: 'ring' | 'tcpdump';
  /** LINKTYPE of all its packets; known when `ready` is. */
  readonly linkType: number;
  /** Packets that the kernel has lost so far; undefined: not known. */
  readonly drops: number | undefined;
  /** Rejects where no capture comes about. */
  readonly ready: Promise<void>;
  /** Packets wait in the kernel, which drops them when its buffer is full. */
  pause(isPaused: boolean): void;
  /**
   * From here on packets have to pass this filter; those that wait have passed the one before. Nothing is lost or comes twice.
   * @returns false where that cannot be: then the filter of the beginning stays
   */
  refilter(filter: string): boolean;
  /** Resolves when every packet until now has been given, as far as that can be known. */
  flush(): Promise<void>;
  /** Every packet until now has been given when this resolves. May be called again. */
  stop(): Promise<SourceSummary>;
}

export interface SourceSummary {
  /** Packets that passed the filter, lost ones included; undefined: not known. */
  readonly accepted: number | undefined;
  /** Packets that the kernel lost for want of room; undefined: not known. */
  readonly drops: number | undefined;
  readonly start: Proof;
  readonly end: Proof;
}

/** A packet, and what the kernel says of it beside, where it says so. */
export interface LiveRecord extends PacketRecord {
  /** False: the interface was to fill the checksum in later. */
  hasChecksum?: boolean;
  /** It stands for several segments on the wire. */
  isSegments?: boolean;
}

/**
 * How an end of the capture is known to be complete: a sentinel came through, or the kernel's counters and ours agree;
 * `none`: it is not known.
 */
export type Proof = 'sentinel' | 'counters' | 'none';

export interface SourceEvents {
  /** The record and its bytes are written again after this returns. */
  onPacket(record: LiveRecord): void;
  /** After some packets: for who writes or prints several at once. */
  onBatch(): void;
  /** Packets stop coming, and nobody asked for that. */
  onFailure(error: Error): void;
}

/** What every kind of source is told. */
export interface SourceOptions {
  readonly interface: string;
  readonly filter: string;
  readonly snapLength: number;
  readonly promiscuous: boolean;
}

/** Chooses among the packets that passed the filter, perhaps later than they come. */
export interface PacketSieve {
  /** Gives to `keep` what is wanted: this record, copies of those before it, or nothing. */
  take(record: LiveRecord, keep: (record: LiveRecord) => void): void;
  /** Gives to `keep` what has waited and is wanted now. @param isEnd nothing waits any longer */
  settle(keep: (record: LiveRecord) => void, isEnd: boolean): void;
}
