/** The story of a loss in a ladder: what was lost, who said so, its repair, and the ACK that closes the gap. */
import type { SegmentSeries } from '../analysis/model.ts';
import { TCP_EVENT } from '../flows/tcp-events.ts';
import { TCP_FLAG } from '../wire/tcp-header.ts';
import { MOST_REPAIRS } from './limits.ts';

/** Indexes into the series; −1: there is none. */
export interface LossStory {
  readonly side: number;
  /** What was sent before; −1: it is not in the capture, and `overtaker` is the segment that shows the gap. */
  readonly original: number;
  readonly overtaker: number;
  readonly firstDuplicate: number;
  readonly repair: number;
  readonly closing: number;
}

/** Repetitions whose first sending is looked for: each look may go through the whole conversation. */
const MOST_TRIES = 4 * MOST_REPAIRS;

/** Of the first segments with data that were sent again. */
export function lossStories(series: SegmentSeries): LossStory[] {
  const stories: LossStory[] = [];
  let tries = 0;
  for (let repair = 0; repair < series.count; repair++) {
    if ((series.events[repair]! & TCP_EVENT.retransmission) === 0 || series.payloads[repair] === 0) continue;
    if (stories.length === MOST_REPAIRS || tries++ === MOST_TRIES) break;
    const { original, overtaker } = firstSending(series, repair);
    if (original < 0 && overtaker < 0) continue;
    const sequence = series.sequences[repair]!;
    const end = sequence + series.payloads[repair]!;
    stories.push({
      side: series.sides[repair]!,
      original,
      overtaker,
      firstDuplicate: findAck(
        series,
        Math.max(original, overtaker) + 1,
        repair,
        series.sides[repair]!,
        index =>
          (series.events[index]! & TCP_EVENT.duplicateAck) !== 0 &&
          series.acknowledgments[index] === sequence,
      ),
      repair,
      closing: findAck(
        series,
        repair + 1,
        series.count,
        series.sides[repair]!,
        index => ((series.acknowledgments[index]! - end) | 0) >= 0,
      ),
    });
  }
  return stories;
}

/** Looks back for the same bytes, or for the first segment that went past them. */
function firstSending(series: SegmentSeries, repair: number): Pick<LossStory, 'original' | 'overtaker'> {
  const side = series.sides[repair];
  const sequence = series.sequences[repair]!;
  let overtaker = -1;
  for (let index = repair - 1; index >= 0; index--) {
    if (series.sides[index] !== side || series.payloads[index] === 0) continue;
    const offset = (sequence - series.sequences[index]!) | 0;
    if (offset < 0) overtaker = index;
    else if (offset < series.payloads[index]!) return { original: index, overtaker: -1 };
    else if (overtaker >= 0) break;
  }
  return { original: -1, overtaker };
}

/** The first ACK of the other side from `from` to before `to` that fits. */
function findAck(
  { sides, flags }: SegmentSeries,
  from: number,
  to: number,
  side: number,
  fits: (index: number) => boolean,
): number {
  for (let index = from; index < to; index++) {
    if (sides[index] !== side && (flags[index]! & TCP_FLAG.ack) !== 0 && fits(index)) return index;
  }
  return -1;
}

/** What a segment of a story is in it. */
interface StoryNote {
  readonly note?: string;
  readonly isTrouble?: boolean;
  readonly isLost?: boolean;
}

/** @param note what the analysis says of the segment; empty where it did not choose it */
export function storyNote(
  series: SegmentSeries,
  index: number,
  stories: readonly LossStory[],
  note: string,
): StoryNote {
  const range = rangeOf(series, index);
  for (const { original, repair, closing, firstDuplicate } of stories) {
    if (original === index) {
      const isSpurious = (series.events[repair]! & TCP_EVENT.spuriousRetransmission) !== 0;
      return isSpurious
        ? { note: `bytes ${range}; its ACK comes late or never`, isTrouble: true }
        : {
            note: `bytes ${range}: no ACK comes, so it is lost, or its ACK is`,
            isTrouble: true,
            isLost: true,
          };
    }
    if (note !== '') continue;
    if (repair === index) {
      const isFast = (series.events[index]! & TCP_EVENT.fastRetransmission) !== 0;
      const why = isFast ? 'duplicate ACKs asked for them' : 'no ACK had come';
      return { note: `bytes ${range} again: ${why}`, isTrouble: true };
    }
    if (closing === index) {
      return { note: `has everything up to byte ${series.acknowledgments[index]! - 1}: this gap is closed` };
    }
    if (firstDuplicate === index) {
      const missing = series.acknowledgments[index]!;
      return {
        note: `byte ${missing} is missing here (and again with each segment that comes)`,
        isTrouble: true,
      };
    }
  }
  return note === '' && series.payloads[index]! > 0 ? { note: `bytes ${range}` } : {};
}

/** `1001 to 2448`: the bytes of the stream that a segment brings. */
export function rangeOf({ sequences, payloads }: SegmentSeries, index: number): string {
  const first = sequences[index]!;
  return `${first} to ${first + payloads[index]! - 1}`;
}
