/** Counters of the two directions of a TCP connection. */
import { TCP_FLAG } from '../wire/tcp-header.ts';
import type { Segment } from './conversation-segment.ts';
import type { SegmentSink } from './conversation-walk.ts';

const SYN_FIN_RST: number = TCP_FLAG.syn | TCP_FLAG.fin | TCP_FLAG.rst;

export class SideCounters {
  packets = 0;
  bytes = 0;
  dataPackets = 0;
  /** Frames with payload, whole. */
  dataFrameBytes = 0;
  payloadBytes = 0;
  newBytes = 0;
  pureAcks = 0;
  pushes = 0;
  piggybackedAcks = 0;
  largestPayload = 0;
  firstDataNs = 0;
  lastDataNs = 0;
  /** Of the first segment with payload: it counts from there, so it is not part of the rate. */
  firstNewBytes = 0;
  firstFrameBytes = 0;

  add(segment: Segment): void {
    const { flags, payload, length } = segment;
    this.packets++;
    this.bytes += length;
    if ((flags & TCP_FLAG.psh) !== 0) this.pushes++;
    if (payload === 0) {
      if ((flags & SYN_FIN_RST) === 0) this.pureAcks++;
      return;
    }
    if (this.dataPackets++ === 0) {
      this.firstDataNs = segment.timeNs;
      this.firstNewBytes = segment.newBytes;
      this.firstFrameBytes = length;
    }
    this.lastDataNs = segment.timeNs;
    this.dataFrameBytes += length;
    this.payloadBytes += payload;
    this.newBytes += segment.newBytes;
    if (segment.acksFrame !== 0) this.piggybackedAcks++;
    if (payload > this.largestPayload) this.largestPayload = payload;
  }

  get dataNs(): number | null {
    const span = this.lastDataNs - this.firstDataNs;
    return this.dataPackets > 1 && span > 0 ? span : null;
  }

  /** Bits a second from the first segment with payload to the last one, whose bytes took that time. */
  rate(bytes: number, firstBytes: number): number | null {
    const span = this.dataNs;
    return span === null ? null : (8e9 * (bytes - firstBytes)) / span;
  }
}

export class SideReader implements SegmentSink {
  readonly sides: readonly [SideCounters, SideCounters] = [new SideCounters(), new SideCounters()];

  add(segment: Segment): void {
    this.sides[segment.side].add(segment);
  }
}
