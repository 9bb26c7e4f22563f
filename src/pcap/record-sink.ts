/**
 * What a decoder gives, and to whom: packets, and what a pcapng file says of itself.
 */
import type { PacketRecord } from './packet-record.ts';

export type CaptureFormat = 'pcap' | 'pcapng';

/** Who takes the records of a capture, in the order of the file. */
export interface RecordSink {
  /** The record and its bytes are written again after this returns. */
  onPacket(record: PacketRecord): void;
  /** Every interface before its first packet; a pcap file has one, with number 0. */
  onInterface?(description: InterfaceDescription): void;
  /** The start of a section of a pcapng file: a file has one or more. */
  onSection?(section: SectionDescription): void;
  onStatistics?(statistics: InterfaceStatistics): void;
  onNames?(names: readonly ResolvedName[]): void;
  onSecrets?(secrets: DecryptionSecrets): void;
  /** Where it wants to have the pieces of the file, for `takeRecords`; undefined: nowhere. May change after every piece. */
  readonly room?: Uint8Array | undefined;
  /**
   * Takes as many as it can of the records in `bytes[start]` to `bytes[end - 1]` by itself, instead of `onPacket`: records in little
   * endian, and of pcap in the layout of today.
   * @returns the position of the first record that it did not take
   */
  takeRecords?(bytes: Uint8Array, start: number, end: number, format: CaptureFormat): number;
}

/** A time as two numbers, since a double cannot hold a date in nanoseconds. */
export interface CaptureTime {
  readonly seconds: number;
  /** 0 to 999,999,999. */
  readonly nanoseconds: number;
}

/** Section Header Block. */
export interface SectionDescription {
  /** Counted from 0. */
  readonly index: number;
  readonly byteOrder: 'little' | 'big';
  readonly hardware?: string | undefined;
  readonly os?: string | undefined;
  /** The program that wrote it. */
  readonly application?: string | undefined;
  readonly comments: readonly string[];
}

/** Interface Description Block, or what a pcap header says. */
export interface InterfaceDescription {
  /** Counted on from section to section, as `PacketRecord.interfaceIndex`. */
  readonly index: number;
  readonly linkType: number;
  /** Bytes; 0: packets are not cut. */
  readonly snapLength: number;
  /** Ticks a second of its times; exact, also for 2^-63 s. */
  readonly ticksPerSecond: bigint;
  /** Seconds to add to its times: if_tsoffset. They are added in the records already. */
  readonly offsetSeconds: number;
  /** Bytes, or `NOT_SAID`. */
  readonly fcsLength: number;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly hardware?: string | undefined;
  readonly os?: string | undefined;
  /** The capture filter as text. */
  readonly filter?: string | undefined;
  /** Bits a second. */
  readonly speed?: number | undefined;
  /** 4 bytes an address, without the netmask. */
  readonly ipv4: readonly Uint8Array[];
  /** 16 bytes an address, without the prefix length. */
  readonly ipv6: readonly Uint8Array[];
  readonly mac?: Uint8Array | undefined;
  readonly comments: readonly string[];
}

/** Interface Statistics Block. A counter that the file does not give is undefined. */
export interface InterfaceStatistics {
  /** As `PacketRecord.interfaceIndex`. */
  readonly interfaceIndex: number;
  readonly time: CaptureTime;
  readonly startTime?: CaptureTime | undefined;
  readonly endTime?: CaptureTime | undefined;
  /** isb_ifrecv: packets that the interface received. */
  readonly received?: number | undefined;
  /** isb_ifdrop: lost at the interface. */
  readonly dropped?: number | undefined;
  /** isb_filteraccept: packets that passed the filter. */
  readonly accepted?: number | undefined;
  /** isb_osdrop: lost in the system, for want of room. */
  readonly osDropped?: number | undefined;
  /** isb_usrdeliv: packets that the capturing program got. */
  readonly delivered?: number | undefined;
  readonly comments: readonly string[];
}

/** A record of a Name Resolution Block: 4 or 16 bytes of address and its names. */
export interface ResolvedName {
  readonly address: Uint8Array;
  readonly names: readonly string[];
}

/** Decryption Secrets Block. */
export interface DecryptionSecrets {
  /** 0x544c534b "TLSK": lines as of SSLKEYLOGFILE. */
  readonly type: number;
  readonly secrets: Uint8Array;
}
