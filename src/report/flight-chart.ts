/** Bytes in flight of one direction, against the window that the other side offers: what holds the sender back. */
import { bytesText, countText } from '../analysis/words.ts';
import type { Chart } from './chart.ts';
import { MOST_POINTS } from './limits.ts';
import { areaPath, stepsPath } from './path.ts';
import type { Direction } from './segment-columns.ts';
import { chosen, greatest, pointsInUnits } from './sequence-chart.ts';
import type { TimeAxis } from './time-axis.ts';
import { bytesAxis } from './unit-axis.ts';

/** A window that reaches further above what was in flight would press that down. */
const WINDOW_ROOM = 2;

export function flightChart(
  { inFlight, windows }: Direction,
  side: 'client' | 'server',
  time: TimeAxis,
): Chart | undefined {
  const peak = greatest(inFlight.ys);
  if (peak === 0 || inFlight.xs.length < 2) return undefined;
  const other = side === 'client' ? 'server' : 'client';
  const widest = greatest(windows.ys);
  const narrowest = windows.ys.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const y = bytesAxis(
    Math.max(peak, narrowest <= WINDOW_ROOM * peak ? Math.min(widest, WINDOW_ROOM * peak) : 0),
  );
  const showsWindow = narrowest <= y.scale.max * y.each;
  const axes = { x: time.scale, y: y.scale };
  return {
    title: 'In flight, and the window',
    explanation: `Bytes that the ${side} had sent beyond what was acknowledged in order (those that SACK reported count, too). They may not exceed the window that the ${other} offers.`,
    label: `Bytes in flight of the ${side}: at most ${bytesText(peak)}; the ${other} offered ${windows.ys.length === 0 ? 'no window that was captured' : `${bytesText(narrowest)} to ${bytesText(widest)}`}.`,
    x: time,
    y,
    traces: [
      {
        tone: side,
        kind: 'area',
        name: 'in flight',
        path: areaPath(pointsInUnits(chosen(inFlight, time), y), axes),
      },
      ...(showsWindow
        ? [
            {
              tone: 'window',
              kind: 'dashes',
              name: `window of the ${other}`,
              path: stepsPath(pointsInUnits(chosen(windows, time), y), axes),
            } as const,
          ]
        : []),
    ],
    notes: [
      ...(windows.ys.length > 0 && !showsWindow
        ? [
            `The ${other}’s window, ${bytesText(narrowest)}${widest > narrowest ? ' and more' : ''}, lies above the picture: it never limits.`,
          ]
        : []),
      ...(inFlight.xs.length > MOST_POINTS
        ? [`${countText(inFlight.xs.length)} values; of each narrow stretch the least and the greatest.`]
        : []),
    ],
  };
}
