/**
 * What a ladder shows: the frames that the analysis chose, and around the first losses the whole story of each: the segment that
 * was lost, the duplicate ACKs that said so, its repair, and the ACK that closes the gap.
 */
import { kindsOf } from '../analysis/events-report.ts';
import type { LadderStep, SegmentSeries, TcpReport, UdpReport } from '../analysis/model.ts';
import { TCP_EVENT } from '../flows/tcp-events.ts';
import { TCP_FLAG } from '../wire/tcp-header.ts';
import { MOST_REPAIRS } from './limits.ts';
import { indexOfFrame } from './segment-columns.ts';

export interface LadderRow {
  /** Undefined: a segment that is not in the capture, though it was sent. */
  readonly frame: number | undefined;
  readonly timeNs: number;
  readonly from: 'client' | 'server';
  readonly flags: readonly string[];
  readonly sequence: number;
  readonly acknowledgment: number | undefined;
  readonly payload: number;
  readonly window: number | undefined;
  readonly note: string;
  readonly preview: string | null;
  /** Something went wrong here. */
  readonly isTrouble: boolean;
  /** It did not arrive, or at least nobody acknowledged it. */
  readonly isLost: boolean;
  /** Index of the row that repairs it. */
  readonly repairedBy: number | undefined;
  /** Frames of the conversation that were left out before this one. */
  readonly leftOut: number;
}

/** One loss, by indexes into the series. */
interface Story {
  readonly side: number;
  /** The segment that was sent again; −1: it is not in the capture, and the next index shows the gap. */
  readonly original: number;
  readonly overtaker: number;
  readonly firstDuplicate: number;
  readonly repair: number;
  readonly closing: number;
}

const SENT_AGAIN: number = TCP_EVENT.retransmission;
/** Repetitions whose first sending is looked for: each look may go through the whole conversation. */
const MOST_TRIES = 4 * MOST_REPAIRS;
const FLAG_NAMES = [
  ['SYN', TCP_FLAG.syn],
  ['FIN', TCP_FLAG.fin],
  ['RST', TCP_FLAG.rst],
  ['PSH', TCP_FLAG.psh],
  ['ACK', TCP_FLAG.ack],
  ['URG', TCP_FLAG.urg],
  ['ECE', TCP_FLAG.ece],
  ['CWR', TCP_FLAG.cwr],
] as const;

export function ladderRows(report: TcpReport | UdpReport): LadderRow[] {
  const steps = new Map(report.ladder.map(step => [step.frame, step]));
  const series = report.protocol === 'tcp' ? report.series : undefined;
  if (series === undefined) return report.ladder.map(step => rowOf(step, step.leftOut));
  const stories = storiesOf(series);
  const indexes = new Set(
    report.ladder
      .map(({ frame }) => indexOfFrame(series.frames, frame))
      .filter(index => index >= 0 && !isOneDuplicateOfMany(series, index, stories)),
  );
  for (const { original, overtaker, firstDuplicate, repair, closing } of stories) {
    for (const index of [original, overtaker, firstDuplicate, repair, closing])
      if (index >= 0) indexes.add(index);
  }
  return join(
    [...indexes].sort((left, right) => left - right),
    series,
    steps,
    stories,
  );
}

/** Of duplicate ACKs the first says it; the others fill the ladder. */
function isOneDuplicateOfMany(series: SegmentSeries, index: number, stories: readonly Story[]): boolean {
  return (
    stories.length > 0 &&
    series.events[index] === TCP_EVENT.duplicateAck &&
    series.payloads[index] === 0 &&
    !stories.some(({ firstDuplicate }) => firstDuplicate === index)
  );
}

function join(
  indexes: readonly number[],
  series: SegmentSeries,
  steps: ReadonlyMap<number, LadderStep>,
  stories: readonly Story[],
): LadderRow[] {
  const rows: LadderRow[] = [];
  const rowOfIndex = new Map<number, number>();
  const ghosts = new Map<Story, number>();
  let last = -1;
  for (const index of indexes) {
    for (const story of stories) {
      if (story.original >= 0 || story.overtaker !== index) continue;
      ghosts.set(story, rows.length);
      rows.push({ ...ghostOf(series, story), leftOut: index - last - 1 });
      last = index - 1;
    }
    const step = steps.get(series.frames[index]!);
    const leftOut = index - last - 1;
    rowOfIndex.set(index, rows.length);
    const told = step === undefined ? rowFrom(series, index, leftOut) : rowOf(step, leftOut);
    rows.push({ ...told, ...noteFor(series, index, stories, told.note) });
    last = index;
  }
  return rows.map((row, at) => {
    const story = stories.find(one => (ghosts.get(one) ?? rowOfIndex.get(one.original)) === at);
    return story === undefined ? row : { ...row, repairedBy: rowOfIndex.get(story.repair) };
  });
}

/** The first segments that were sent again with data, one for each loss. */
function storiesOf(series: SegmentSeries): Story[] {
  const stories: Story[] = [];
  let tries = 0;
  for (let repair = 0; repair < series.count; repair++) {
    if ((series.events[repair]! & SENT_AGAIN) === 0 || series.payloads[repair] === 0) continue;
    if (stories.length === MOST_REPAIRS || tries++ === MOST_TRIES) break;
    const side = series.sides[repair]!;
    const sequence = series.sequences[repair]!;
    let original = -1;
    let overtaker = -1;
    for (let index = repair - 1; index >= 0 && original < 0; index--) {
      if (series.sides[index] !== side || series.payloads[index] === 0) continue;
      const before = (sequence - series.sequences[index]!) | 0;
      if (before < 0) overtaker = index;
      else if (before < series.payloads[index]!) original = index;
      else if (overtaker >= 0) break;
    }
    if (original < 0 && overtaker < 0) continue;
    const isFirst = (index: number): boolean =>
      series.sides[index] !== side && (series.events[index]! & TCP_EVENT.duplicateAck) !== 0;
    let firstDuplicate = Math.max(original, overtaker) + 1;
    while (
      firstDuplicate < repair &&
      !(isFirst(firstDuplicate) && series.acknowledgments[firstDuplicate] === sequence)
    ) {
      firstDuplicate++;
    }
    let closing = repair + 1;
    const end = sequence + series.payloads[repair]!;
    while (
      closing < series.count &&
      !(series.sides[closing] !== side && ((series.acknowledgments[closing]! - end) | 0) >= 0)
    ) {
      closing++;
    }
    stories.push({
      side,
      original,
      overtaker: original < 0 ? overtaker : -1,
      firstDuplicate: firstDuplicate < repair ? firstDuplicate : -1,
      repair,
      closing: closing < series.count ? closing : -1,
    });
  }
  return stories;
}

function noteFor(
  series: SegmentSeries,
  index: number,
  stories: readonly Story[],
  note: string,
): Partial<LadderRow> {
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
    if (closing === index)
      return { note: `has everything up to byte ${series.acknowledgments[index]! - 1}: this gap is closed` };
    if (firstDuplicate === index) {
      return {
        note: `byte ${series.acknowledgments[index]} is missing here (and again with each segment that comes)`,
        isTrouble: true,
      };
    }
  }
  return note === '' && series.payloads[index]! > 0 ? { note: `bytes ${range}` } : {};
}

function rangeOf(series: SegmentSeries, index: number): string {
  const first = series.sequences[index]!;
  return `${first} to ${first + series.payloads[index]! - 1}`;
}

function ghostOf(series: SegmentSeries, { repair, overtaker, side }: Story): Omit<LadderRow, 'leftOut'> {
  return {
    frame: undefined,
    timeNs: series.timesNs[overtaker]!,
    from: side === 0 ? 'client' : 'server',
    flags: [],
    sequence: series.sequences[repair]!,
    acknowledgment: undefined,
    payload: series.payloads[repair]!,
    window: undefined,
    note: `bytes ${rangeOf(series, repair)} were sent about here, and never seen`,
    preview: null,
    isTrouble: true,
    isLost: true,
    repairedBy: undefined,
  };
}

function rowOf(step: LadderStep, leftOut: number): LadderRow {
  const { frame, timeNs, from, flags, sequence, payload, window, note, preview, kinds } = step;
  return {
    frame,
    timeNs,
    from,
    flags,
    sequence,
    acknowledgment: flags.includes('ACK') ? step.acknowledgment : undefined,
    payload,
    window: flags.length === 0 ? undefined : window,
    note,
    preview,
    isTrouble: kinds.some(kind => kind !== 'windowUpdate' && kind !== 'keepAlive' && kind !== 'keepAliveAck'),
    isLost: false,
    repairedBy: undefined,
    leftOut,
  };
}

/** Of a frame that the analysis did not choose. */
function rowFrom(series: SegmentSeries, index: number, leftOut: number): LadderRow {
  const flags = series.flags[index]!;
  return {
    frame: series.frames[index]!,
    timeNs: series.timesNs[index]!,
    from: series.sides[index] === 0 ? 'client' : 'server',
    flags: FLAG_NAMES.filter(([, bit]) => (flags & bit) !== 0).map(([name]) => name),
    sequence: series.sequences[index]!,
    acknowledgment: (flags & TCP_FLAG.ack) === 0 ? undefined : series.acknowledgments[index]!,
    payload: series.payloads[index]!,
    window: series.windows[index]!,
    note: '',
    preview: null,
    isTrouble: kindsOf(series.events[index]!).length > 0,
    isLost: false,
    repairedBy: undefined,
    leftOut,
  };
}
