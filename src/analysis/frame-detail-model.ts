/** One frame in full, as plain values: what text and JSON print. */
import type { TcpEvent } from '../flows/tcp-events.ts';
import type { CostLayer } from './cost.ts';
import type { DetailField } from './frame-detail-fields.ts';
import type { FrameRange } from './safety.ts';

/** A header, or a message in the payload. */
export interface DetailLayer {
  readonly title: string;
  /** As `frame.protocols` calls it; null where it has no name there. */
  readonly name: string | null;
  readonly purpose: string;
  readonly tone: CostLayer;
  readonly summary: string;
  /** Which bytes its places count in: an index of `FrameDetail.sources`. */
  readonly source: number;
  readonly start: number;
  readonly end: number;
  /** The same in frames: more than one where it was put together. */
  readonly places: readonly FrameRange[];
  readonly fields: readonly DetailField[];
}

/** Bytes that places count in. */
export interface DetailSource {
  /** `the frame`, `an IP packet of several fragments`, `a message of frames 5 and 6`. */
  readonly title: string;
  readonly bytes: Uint8Array;
}

export interface DetailFact {
  readonly label: string;
  readonly value: string;
  readonly meaning: string | null;
}

export interface FrameDetail {
  readonly frame: number;
  /** Since 1970; null where the record has no time. */
  readonly time: { readonly seconds: number; readonly nanoseconds: number } | null;
  readonly sinceFirstNs: number;
  readonly sincePreviousNs: number;
  readonly length: number;
  readonly capturedLength: number;
  readonly linkType: string;
  /** `tcp` and `tcp.stream`; null where it is neither. */
  readonly conversation: { readonly protocol: 'tcp' | 'udp'; readonly stream: number } | null;
  readonly sources: readonly DetailSource[];
  readonly layers: readonly DetailLayer[];
  /** What the analysis of the conversation says. */
  readonly analysis: readonly DetailFact[];
  readonly events: readonly { readonly kind: TcpEvent; readonly text: string }[];
  /** What is odd about the frame. */
  readonly notes: readonly string[];
}
