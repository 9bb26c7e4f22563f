/** Datagrams of one direction: when, and how large. */
import type { DatagramSeries } from '../analysis/model.ts';
import { countText } from '../analysis/words.ts';
import type { Chart } from './chart.ts';
import { MOST_POINTS } from './limits.ts';
import { barsPath, dotsPath } from './path.ts';
import { chosen, greatest, pointsInUnits } from './sequence-chart.ts';
import type { TimeAxis } from './time-axis.ts';
import { bytesAxis } from './unit-axis.ts';

/** @param isReliable it is reliable UDP, which numbers its packets */
export function datagramChart(
  series: DatagramSeries,
  side: 0 | 1,
  time: TimeAxis,
  isReliable: boolean,
): Chart | undefined {
  const tone = side === 0 ? 'client' : 'server';
  const own = (_: number, index: number): boolean => series.sides[index] === side;
  const xs = series.timesNs.filter(own).map(ns => (ns - time.startNs) / time.each);
  const sizes = Float64Array.from(series.payloads.filter(own));
  if (xs.length < 2) return undefined;
  const y = bytesAxis(greatest(sizes));
  const axes = { x: time.scale, y: y.scale };
  const drawn = pointsInUnits(chosen({ xs, ys: sizes }, time), y);
  const zeros = new Float64Array(drawn.xs.length);
  return {
    title: 'Datagrams',
    explanation: `Each stroke is a datagram: when it was seen, and how much payload it carries. ${
      isReliable
        ? 'Tall ones between low ones carry a repair symbol, or data; low ones mostly an acknowledgement.'
        : 'UDP numbers nothing, so nobody can see here whether one is missing.'
    }`,
    label: `${countText(xs.length)} datagrams of the ${tone} over time, of at most ${countText(greatest(sizes))} bytes.`,
    x: time,
    y,
    traces: [
      {
        tone,
        kind: 'bars',
        name: 'payload',
        path: barsPath({ xs: drawn.xs, lows: zeros, highs: drawn.ys }, axes),
      },
      { tone, kind: 'dots', path: dotsPath(drawn, axes) },
    ],
    notes:
      xs.length > MOST_POINTS
        ? [`${countText(xs.length)} datagrams; of each narrow stretch of time the smallest and the largest.`]
        : [],
  };
}
