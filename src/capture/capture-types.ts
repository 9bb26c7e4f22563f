/**
 * What a live capture is told, gives and says at its end.
 */
import type { LiveRecord, PacketSieve, Proof } from './source.ts';

export interface CaptureOptions {
  /** Default `any`: every interface. */
  readonly interface?: string;
  /** In the words of pcap-filter(7); default: everything. */
  readonly filter?: string;
  /** `-`: standard output; default: no file. */
  readonly file?: string | undefined;
  /** Bytes of each packet that are kept; default: all. */
  readonly snapLength?: number;
  /** Ends by itself after so many packets. */
  readonly count?: number | undefined;
  /** Also frames for other machines, where the interface sees them. Default: false. */
  readonly promiscuous?: boolean;
  /** Chooses among what the filter lets through; default: all of it. */
  readonly sieve?: PacketSieve;
  /** Each packet that is kept. The record is written again after that. */
  readonly onPacket?: (record: LiveRecord) => void;
  /** Written into the file as the program that made it. */
  readonly application?: string;
  /** Default: the ring, and tcpdump where that cannot be. */
  readonly method?: 'ring' | 'tcpdump' | undefined;
}

export interface CaptureSummary {
  readonly method: 'ring' | 'tcpdump';
  readonly interface: string;
  readonly linkType: number;
  readonly packets: number;
  /** Bytes of the packets on the wire. */
  readonly bytes: number;
  /** Size of the file; 0 where there is none. */
  readonly fileBytes: number;
  /** From the first packet to the last one. */
  readonly seconds: number;
  /** Packets that passed the filter, lost ones included; undefined: not known. */
  readonly accepted: number | undefined;
  /** Packets that the kernel lost; undefined: not known. */
  readonly drops: number | undefined;
  readonly start: Proof;
  readonly end: Proof;
  /** Packets that were captured before the interface filled their checksum in. */
  readonly withoutChecksum: number;
  /** Packets that stand for several segments on the wire. */
  readonly segments: number;
}

export interface Capture {
  /** Resolves when packets are certainly captured. Rejects where that cannot be; then there is no file. */
  readonly ready: Promise<void>;
  /** Resolves when the capture has ended, by itself or by `stop`. Rejects where packets stopped coming or the file failed. */
  readonly ended: Promise<CaptureSummary>;
  readonly packets: number;
  readonly bytes: number;
  /** Packets that the kernel has lost so far; undefined: not known. */
  readonly drops: number | undefined;
  readonly method: 'ring' | 'tcpdump' | undefined;
  readonly linkType: number | undefined;
  /**
   * From here on the kernel lets through what passes this filter, which takes numbers, no names; packets that are on their way to
   * the program have passed the one before. False: by this method the filter stays. @throws UsageError SW_BAD_FILTER
   */
  refilter(filter: string): boolean;
  /** Resolves when every packet until now was given to the sieve and to `onPacket`; packets go on coming. */
  flush(): Promise<void>;
  /** Everything until now is captured and written when it resolves. May be called again. */
  stop(): Promise<CaptureSummary>;
}
