/** Round trips: how long after a segment the ACK that covers it was captured; for each side that sent segments. */
import type { Segment } from './conversation-segment.ts';
import type { SegmentSink } from './conversation-walk.ts';
import type { Distribution } from './model.ts';
import { Samples } from './samples.ts';

/** As many as a line of a screen has room for. */
const HISTOGRAM_BINS = 24;

export class RttReader implements SegmentSink {
  readonly #samples = [new Samples(), new Samples()] as const;

  add(segment: Segment): void {
    if (segment.acksFrame !== 0 && segment.rttNs >= 0)
      this.#samples[segment.side === 0 ? 1 : 0].add(segment.rttNs);
  }

  /** Of the segments that this side sent. */
  distribution(side: 0 | 1): Distribution | null {
    return this.#samples[side].times();
  }

  histogram(side: 0 | 1): number[] {
    return this.#samples[side].histogram(HISTOGRAM_BINS);
  }
}
