/** A conversation's ladder as text: an arrow for each frame, and what the frame is for. */
import type { LadderStep } from '../../analysis/model.ts';
import { bytesText, counted, timeText } from '../../analysis/words.ts';
import { plain } from '../terminal.ts';
import { colour, wrap } from './analyze-layout.ts';

const FRAME_WIDTH = 7;
const TIME_WIDTH = 9;
/** Where notes would have less, the beginnings of payloads make room. */
const LEAST_NOTE = 28;

export function ladderLines(steps: readonly LadderStep[], width: number): string[] {
  const [first] = steps;
  if (first === undefined) return [];
  const full = steps.map(step => arrowText(step, true));
  const isNarrow = noteWidthOf(full, width) < LEAST_NOTE;
  const arrows = isNarrow ? steps.map(step => arrowText(step, false)) : full;
  const arrowWidth = longest(arrows);
  const noteWidth = noteWidthOf(arrows, width);
  const indent = ' '.repeat(FRAME_WIDTH + TIME_WIDTH + arrowWidth + 6);
  return [
    colour('dim', `${'frame'.padStart(FRAME_WIDTH)}${'time'.padStart(TIME_WIDTH)}   client ──▶   ◀── server`),
    ...steps.flatMap((step, index) => {
      const { frame, timeNs, leftOut, isTrouble } = step;
      const gap =
        leftOut === 0
          ? []
          : [
              colour(
                'dim',
                `${'…'.padStart(FRAME_WIDTH)}${' '.repeat(TIME_WIDTH + 3)}${counted(leftOut, 'frame')} more`,
              ),
            ];
      const time = timeText(timeNs - first.timeNs);
      const arrow = (arrows[index] ?? '').padEnd(arrowWidth);
      const notes = step.note === '' ? [''] : wrap(plain(step.note), noteWidth);
      const style = isTrouble ? 'red' : step.from === 'client' ? 'cyan' : 'magenta';
      return [
        ...gap,
        `${colour('dim', String(frame).padStart(FRAME_WIDTH))}${time.padStart(TIME_WIDTH)}   ${colour(style, arrow)}   ${notes[0]}`.trimEnd(),
        ...notes.slice(1).map(text => `${indent}${text}`),
      ];
    }),
  ];
}

function longest(texts: readonly string[]): number {
  return Math.max(...texts.map(text => text.length));
}

/** What is left of a line for notes. */
function noteWidthOf(arrows: readonly string[], width: number): number {
  return width - FRAME_WIDTH - TIME_WIDTH - longest(arrows) - 6;
}

/** @param hasPreview with the beginning of the payload */
function arrowText({ from, flags, payload, preview }: LadderStep, hasPreview: boolean): string {
  const what = [
    ...(flags.length > 0 ? [flags.join(' ')] : []),
    ...(payload > 0 ? [bytesText(payload)] : []),
    ...(preview === null || !hasPreview ? [] : [plain(preview)]),
  ].join(' ');
  return from === 'client' ? `──▶ ${what}` : `◀── ${what}`;
}
