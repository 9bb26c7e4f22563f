/** Time–sequence plot of one direction (W. R. Stevens, TCP/IP Illustrated): where the stream was at each moment. */
import { countText } from '../analysis/words.ts';
import type { Chart, Mark } from './chart.ts';
import { type Bars, chosenBars, chosenPoints, type Points } from './decimate.ts';
import { MOST_MARKS, MOST_POINTS } from './limits.ts';
import { barsPath, dotsPath, linePath, stepsPath } from './path.ts';
import type { Direction, Place } from './segment-columns.ts';
import type { TimeAxis } from './time-axis.ts';
import { bytesAxis, type UnitAxis } from './unit-axis.ts';

/** A window that reaches further beyond the data would press them down. */
const WINDOW_ROOM = 1.25;

/** @param side whose data these are */
export function sequenceChart(
  direction: Direction,
  side: 'client' | 'server',
  time: TimeAxis,
): Chart | undefined {
  const { segments, acknowledged, windowEnds, repeats, gaps } = direction;
  const count = segments.xs.length;
  if (!direction.hasData) return undefined;
  const top = greatest(segments.highs);
  const y = bytesAxis(Math.max(top, Math.min(greatest(windowEnds.ys), WINDOW_ROOM * top)));
  const windowBegin = windowEnds.ys.reduce(
    (least, value) => Math.min(least, value),
    Number.POSITIVE_INFINITY,
  );
  const showsWindow = windowBegin <= y.scale.max * y.each;
  const axes = { x: time.scale, y: y.scale };
  const bars = inUnits(chosenBars(segments, time.scale, MOST_POINTS), y);
  const line = (points: Points): Points => pointsInUnits(chosen(points, time), y);
  const other = side === 'client' ? 'server' : 'client';
  const starts: Points = { xs: bars.xs, ys: bars.highs };
  return {
    title: 'Time and sequence',
    explanation: `Each stroke is a segment, from its first byte to its last; the slope is the rate. The line below says what the ${other} had acknowledged.`,
    label: `Sequence numbers of the ${side} over time: ${countText(count)} segments up to byte ${countText(top)}, ${repeats.length} sent again.`,
    x: time,
    y,
    traces: [
      ...(showsWindow
        ? [
            {
              tone: 'window',
              kind: 'dashes',
              name: `end of the ${other}’s window`,
              path: stepsPath(line(windowEnds), axes),
            } as const,
          ]
        : []),
      {
        tone: 'ack',
        kind: 'line',
        name: `acknowledged by the ${other}`,
        path: stepsPath(line(acknowledged), axes),
      },
      { tone: side, kind: 'bars', name: 'segments', path: barsPath(bars, axes) },
      // Segments of a few bytes among many would be too short to be seen.
      {
        tone: side,
        kind: count > MOST_POINTS ? 'line' : 'dots',
        path: count > MOST_POINTS ? linePath(starts, axes) : dotsPath(starts, axes),
      },
    ],
    marks: [
      ...marks(repeats, '↻', 'sent again', y),
      ...marks(gaps, '✕', 'something before it is missing', y),
    ].slice(0, MOST_MARKS),
    marksName: repeats.length > 0 ? 'sent again' : 'after a gap',
    notes: [
      ...(count > MOST_POINTS
        ? [`${countText(count)} segments, drawn as ${countText(bars.xs.length)} strokes.`]
        : []),
      ...(repeats.length + gaps.length > MOST_MARKS
        ? [`${countText(repeats.length + gaps.length)} events, the first ${MOST_MARKS} are marked.`]
        : []),
      ...(windowEnds.ys.length > 0 && !showsWindow
        ? [`The end of the ${other}’s window lies above the picture all the time.`]
        : []),
    ],
  };
}

function marks(places: readonly Place[], sign: string, what: string, { each }: UnitAxis): Mark[] {
  return places
    .slice(0, MOST_MARKS)
    .map(({ frame, x, y }) => ({ x, y: y / each, sign, text: `frame ${frame}: ${what}` }));
}

export function chosen(points: Points, time: TimeAxis): Points {
  const kept = chosenPoints(points, time.scale, MOST_POINTS);
  return {
    xs: Float64Array.from(kept, at => points.xs[at]!),
    ys: Float64Array.from(kept, at => points.ys[at]!),
  };
}

export function pointsInUnits({ xs, ys }: Points, { each }: UnitAxis): Points {
  return { xs, ys: ys.map(value => value / each) };
}

function inUnits({ xs, lows, highs }: Bars, { each }: UnitAxis): Bars {
  return { xs, lows: lows.map(value => value / each), highs: highs.map(value => value / each) };
}

/** 0 where there is none; `Math.max` cannot take a million arguments. */
export function greatest(values: Float64Array): number {
  return values.reduce((most, value) => (value > most ? value : most), 0);
}
