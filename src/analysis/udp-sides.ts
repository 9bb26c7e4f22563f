/** The two directions of a UDP conversation: sizes, rhythm, pairs of neighbours in time, silences. */
import { ROW_MARK } from './columns-chunk.ts';
import type { Segment } from './conversation-segment.ts';
import type { SegmentSink } from './conversation-walk.ts';
import type { Distribution, Endpoint, GapReport, UdpSide } from './model.ts';
import { Samples } from './samples.ts';

/** As many as one wants to read. */
const MOST_GAPS = 3;
/** A silence that is worth a word: so many times the usual distance of two datagrams. */
const GAP_FACTOR = 5;
/** Nobody waits for less; and of few datagrams nothing is usual. */
const LEAST_GAP_NS = 50_000_000;
const LEAST_DISTANCES = 8;

class DatagramSide {
  packets = 0;
  bytes = 0;
  payloadBytes = 0;
  readonly sizes = new Samples();
  readonly periods = new Samples();
  duplicates = 0;
  firstNs = 0;
  firstBytes = 0;
  lastNs = 0;

  add(segment: Segment): void {
    const { timeNs, payload } = segment;
    if (this.packets++ === 0) {
      this.firstNs = timeNs;
      this.firstBytes = payload;
    } else {
      this.periods.add(timeNs - this.lastNs);
    }
    if ((segment.marks & ROW_MARK.copy) !== 0) this.duplicates++;
    this.lastNs = timeNs;
    this.bytes += segment.length;
    this.payloadBytes += payload;
    this.sizes.add(payload);
  }

  report(endpoint: Endpoint): UdpSide {
    const span = this.lastNs - this.firstNs;
    return {
      endpoint,
      packets: this.packets,
      bytes: this.bytes,
      payloadBytes: this.payloadBytes,
      size: this.sizes.sizes(),
      periodNs: this.periods.times(),
      isRegular: this.periods.isRegular,
      duplicates: this.duplicates,
      rateBps: span > 0 ? (8e9 * (this.payloadBytes - this.firstBytes)) / span : null,
    };
  }
}

export class DatagramReader implements SegmentSink {
  readonly #sides = [new DatagramSide(), new DatagramSide()] as const;
  readonly #answers = new Samples();
  readonly #distances = new Samples();
  /** Longest first. */
  readonly #gaps: GapReport[] = [];
  #lastSide = -1;
  #lastNs = 0;
  #lastFrame = 0;
  #waits = false;
  #pairs = 0;
  cutFrames = 0;

  add(segment: Segment): void {
    const { side, timeNs, frame } = segment;
    this.#sides[side].add(segment);
    if ((segment.marks & ROW_MARK.cut) !== 0) this.cutFrames++;
    if (this.#lastSide >= 0) {
      const distance = timeNs - this.#lastNs;
      this.#distances.add(distance);
      this.#keepGap(distance);
      if (side === 1 && this.#waits) {
        this.#pairs++;
        this.#answers.add(distance);
      }
    }
    this.#waits = side === 0;
    this.#lastSide = side;
    this.#lastNs = timeNs;
    this.#lastFrame = frame;
  }

  side(side: 0 | 1, endpoint: Endpoint): UdpSide {
    return this.#sides[side].report(endpoint);
  }

  get pairs(): number {
    return this.#pairs;
  }

  /** The client's datagrams that were not followed by one of the server. */
  get unanswered(): number {
    return this.#sides[0].packets - this.#pairs;
  }

  answers(): Distribution | null {
    return this.#answers.times();
  }

  /** Only where they stand out. */
  gaps(): GapReport[] {
    if (this.#distances.count < LEAST_DISTANCES) return [];
    // Where answers follow requests, the distances are of two kinds: the longer ones are no silence either.
    const usual = Math.max(GAP_FACTOR * this.#distances.quantile(0.5), 2 * this.#distances.quantile(0.75));
    const least = Math.max(LEAST_GAP_NS, usual);
    return this.#gaps.filter(({ durationNs }) => durationNs > least);
  }

  #keepGap(durationNs: number): void {
    const gaps = this.#gaps;
    if (gaps.length === MOST_GAPS && durationNs <= gaps[MOST_GAPS - 1]!.durationNs) return;
    gaps.push({ afterFrame: this.#lastFrame, startNs: this.#lastNs, durationNs });
    gaps.sort((left, right) => right.durationNs - left.durationNs);
    if (gaps.length > MOST_GAPS) gaps.pop();
  }
}
