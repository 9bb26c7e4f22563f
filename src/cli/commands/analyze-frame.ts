/** `sensewire analyze FILE --frame N`: one frame in full. */

import type { AnalysedFrame } from '../../analysis/analysed-frame.ts';
import { EVENT_WORDS } from '../../analysis/explain-events.ts';
import { FrameDetails } from '../../analysis/frame-detail.ts';
import type { DetailField } from '../../analysis/frame-detail-fields.ts';
import type { DetailLayer, FrameDetail } from '../../analysis/frame-detail-model.ts';
import { counted, timeText } from '../../analysis/words.ts';
import { toHex } from '../../bytes/hex.ts';
import { UsageError } from '../../errors/errors.ts';
import type { AnalyzeFlags } from '../definitions/analyze.ts';
import { plain, printJson } from '../terminal.ts';
import { dumpLines, TONES } from './analyze-frame-dump.ts';
import { toJson } from './analyze-json.ts';
import { colour, labelled, lineWidth, wrap } from './analyze-layout.ts';
import { failOnDamage, lookAgain } from './analyze-second-look.ts';

export async function analyzeFrame(file: string, flags: AnalyzeFlags): Promise<void> {
  const wanted = flags.frame ?? 1;
  const details = new FrameDetails(wanted);
  const enough = new AbortController();
  const sink = {
    onFrame: (frame: AnalysedFrame): void => {
      details.onFrame(frame);
      if (details.detail !== undefined) enough.abort();
    },
  };
  const look = await lookAgain(file, flags, sink, enough.signal);
  const { detail, count } = details;
  if (detail === undefined) {
    failOnDamage(look);
    if (look.reading.wasStopped) return;
    throw new UsageError('SW_USAGE', `--frame ${wanted}: ${look.name} has ${counted(count, 'frame')}`);
  }
  if (flags.json === true) printJson('frame', json(detail));
  else process.stdout.write(`${text(detail, lineWidth()).join('\n')}\n`);
}

function json(detail: FrameDetail): Record<string, unknown> {
  const { sources, ...rest } = detail;
  return {
    ...toJson(rest),
    sources: sources.map(({ title, bytes }) => ({ title, hex: toHex(bytes) })),
  };
}

function text(detail: FrameDetail, width: number): string[] {
  return [
    ...headLines(detail, width),
    ...detail.layers.flatMap(layer => ['', ...layerLines(layer, detail, width)]),
    ...analysisLines(detail, width),
    ...detail.sources.flatMap((_source, index) => ['', ...dumpLines(detail, index)]),
  ];
}

const LABEL_WIDTH = 11;
/** The years that a Date can hold. */
const MOST_SECONDS = 8.64e12;

function headLines(detail: FrameDetail, width: number): string[] {
  const { frame, length, capturedLength, conversation, linkType, sinceFirstNs, sincePreviousNs, notes } =
    detail;
  const line = (label: string, value: string): string[] => {
    const [first = '', ...rest] = labelled(label, plain(value), LABEL_WIDTH, width);
    return [`${colour('cyan', first.slice(0, LABEL_WIDTH))}${first.slice(LABEL_WIDTH)}`, ...rest];
  };
  const size =
    capturedLength === length
      ? counted(length, 'byte')
      : `${counted(length, 'byte')} on the wire, ${counted(capturedLength, 'byte')} of it captured`;
  const which =
    conversation === null
      ? []
      : line(
          'in',
          `${conversation.protocol}:${conversation.stream} (--conversation explains it, --stream shows its bytes)`,
        );
  return [
    `${colour('bold', `frame ${frame}`)}  ${size}, ${linkType}`,
    '',
    ...line('time', whenText(detail)),
    ...(frame === 1
      ? []
      : line(
          'since',
          `${timeText(sincePreviousNs)} after the frame before, ${timeText(sinceFirstNs)} after the first`,
        )),
    ...which,
    ...notes.flatMap(note => line('note', note)),
  ];
}

function whenText({ time }: FrameDetail): string {
  if (time === null) return 'not recorded';
  const { seconds, nanoseconds } = time;
  if (Math.abs(seconds) > MOST_SECONDS)
    return `${seconds}.${String(nanoseconds).padStart(9, '0')} s since 1970`;
  const date = new Date(seconds * 1_000).toISOString();
  return `${date.slice(0, 10)} ${date.slice(11, 19)}.${String(nanoseconds).padStart(9, '0')} UTC`;
}

function layerLines(layer: DetailLayer, detail: FrameDetail, width: number): string[] {
  const { title, tone, summary, purpose, fields, source } = layer;
  const where =
    source === 0 ? rangeText(layer) : `${rangeText(layer)} of ${detail.sources[source]?.title ?? ''}`;
  const head = `${colour(['bold', TONES[tone]], plain(title))}${summary === '' ? '' : `  ${plain(summary)}`}`;
  return [
    head,
    ...wrap(plain(`${where}${purpose === '' ? '' : `: ${purpose}`}`), width - 2).map(line =>
      colour('dim', `  ${line}`),
    ),
    ...fields.flatMap(field => fieldLines(field, 0, width)),
  ];
}

const RANGE_WIDTH = 11;
const NAME_WIDTH = 30;
const GAP = 2;
const INDENT = 2;
/** A value leaves at least this much of a line for the next ones. */
const LEAST_TEXT_WIDTH = 20;

function fieldLines(field: DetailField, depth: number, width: number): string[] {
  const { label, value, meaning, fields } = field;
  const column = RANGE_WIDTH + NAME_WIDTH + GAP;
  const room = Math.max(width - column, LEAST_TEXT_WIDTH);
  const range = rangeDigits(field)
    .padStart(RANGE_WIDTH - GAP)
    .padEnd(RANGE_WIDTH);
  const name = `${' '.repeat(INDENT * depth)}${plain(label)}`.padEnd(NAME_WIDTH);
  const [first = '', ...more] = wrapLong(plain(value), room);
  const last = more.at(-1) ?? first;
  const told = meaning === null ? '' : plain(meaning);
  const isBeside = told !== '' && last.length + GAP + told.length <= room;
  const beside = isBeside ? `  ${colour('dim', told)}` : '';
  const lines = [first, ...more].map((line, index) => {
    const lead = index === 0 ? `${colour('dim', range)}${name}  ` : ' '.repeat(column);
    return `${lead}${line}${index === more.length ? beside : ''}`.trimEnd();
  });
  const below =
    told === '' || isBeside
      ? []
      : wrap(told, room).map(line => `${' '.repeat(column)}${colour('dim', line)}`);
  return [...lines, ...below, ...fields.flatMap(inner => fieldLines(inner, depth + 1, width))];
}

/** As `wrap`, but words that are longer than a line are cut. */
function wrapLong(value: string, width: number): string[] {
  return wrap(value, width).flatMap(line => {
    const letters = Array.from(line);
    const pieces: string[] = [];
    for (let at = 0; at < Math.max(letters.length, 1); at += width)
      pieces.push(letters.slice(at, at + width).join(''));
    return pieces;
  });
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** `14–33`; nothing for what is worked out from elsewhere. */
function rangeDigits({ start, end }: Range): string {
  if (end === 0) return '';
  return end - start <= 1 ? String(start) : `${start}–${end - 1}`;
}

function rangeText(range: Range): string {
  const { start, end } = range;
  return end - start === 1 ? `byte ${start}` : `bytes ${start} to ${end - 1} (${end - start})`;
}

function analysisLines({ analysis, events }: FrameDetail, width: number): string[] {
  if (analysis.length === 0 && events.length === 0) return [];
  const column = RANGE_WIDTH + NAME_WIDTH + GAP;
  return [
    '',
    `${colour('bold', 'TCP analysis')}`,
    ...analysis.flatMap(({ label, value, meaning }) =>
      fieldLines({ name: null, label, value, meaning, start: 0, end: 0, fields: [] }, 0, width),
    ),
    ...events.flatMap(({ kind, text: reason }) => {
      const { one, isTrouble } = EVENT_WORDS[kind];
      const name = colour(isTrouble ? 'red' : 'yellow', one.padEnd(NAME_WIDTH));
      const lines = wrap(plain(reason), Math.max(width - column, LEAST_TEXT_WIDTH));
      return lines.map((line, index) =>
        index === 0 ? `${' '.repeat(RANGE_WIDTH)}${name}  ${line}` : `${' '.repeat(column)}${line}`,
      );
    }),
  ];
}
