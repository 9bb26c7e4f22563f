/**
 * What a ladder shows: the frames that the analysis chose, and around the first losses the whole story of each: the segment that
 * was lost, the duplicate ACKs that said so, its repair, and the ACK that closes the gap.
 */
import { kindsOf } from '../analysis/events-report.ts';
import type { LadderStep, SegmentSeries, TcpReport, UdpReport } from '../analysis/model.ts';
import { TCP_EVENT } from '../flows/tcp-events.ts';
import { TCP_FLAG } from '../wire/tcp-header.ts';
import { type LossStory, lossStories, rangeOf, storyNote } from './loss-story.ts';
import { indexOfFrame } from './segment-columns.ts';

export interface LadderRow {
  /** Undefined: a segment that is not in the capture, though it was sent. */
  readonly frame: number | undefined;
  readonly timeNs: number;
  readonly from: 'client' | 'server';
  readonly flags: readonly string[];
  /** Of TCP, as the numbers below. */
  readonly sequence: number | undefined;
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
  if (series === undefined) return rowsOf(report);
  const stories = lossStories(series);
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

/** The frames that the analysis chose; of reliable UDP joined to those that bring their messages again. */
function rowsOf({ ladder, protocol }: TcpReport | UdpReport): LadderRow[] {
  return ladder.map(step => {
    const repair = step.isLost ? ladder.findIndex(({ repeats }) => repeats === step.frame) : -1;
    const row = rowOf(step, step.leftOut, protocol === 'tcp');
    return repair < 0 ? row : { ...row, repairedBy: repair };
  });
}

/** Of duplicate ACKs the first says it; the others fill the ladder. */
function isOneDuplicateOfMany(series: SegmentSeries, index: number, stories: readonly LossStory[]): boolean {
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
  stories: readonly LossStory[],
): LadderRow[] {
  const rows: LadderRow[] = [];
  const rowOfIndex = new Map<number, number>();
  const ghosts = new Map<LossStory, number>();
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
    const told = step === undefined ? rowFrom(series, index, leftOut) : rowOf(step, leftOut, true);
    rows.push({ ...told, ...storyNote(series, index, stories, told.note) });
    last = index;
  }
  return rows.map((row, at) => {
    const story = stories.find(one => (ghosts.get(one) ?? rowOfIndex.get(one.original)) === at);
    return story === undefined ? row : { ...row, repairedBy: rowOfIndex.get(story.repair) };
  });
}

function ghostOf(series: SegmentSeries, { repair, overtaker, side }: LossStory): Omit<LadderRow, 'leftOut'> {
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

function rowOf(step: LadderStep, leftOut: number, isTcp: boolean): LadderRow {
  const { frame, timeNs, from, flags, sequence, payload, window, note, preview, isTrouble, isLost } = step;
  return {
    frame,
    timeNs,
    from,
    flags,
    sequence: isTcp ? sequence : undefined,
    acknowledgment: isTcp && flags.includes('ACK') ? step.acknowledgment : undefined,
    payload,
    window: isTcp ? window : undefined,
    note,
    preview,
    isTrouble,
    isLost,
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
