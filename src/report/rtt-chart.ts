/** Round-trip times of both directions, as they were measured one by one. */
import { countText, timeText } from '../analysis/words.ts';
import type { Axis, Chart, Trace } from './chart.ts';
import type { Points } from './decimate.ts';
import { MOST_POINTS } from './limits.ts';
import { dotsPath } from './path.ts';
import { decades, fromZero } from './scale.ts';
import type { Direction } from './segment-columns.ts';
import { chosen, greatest } from './sequence-chart.ts';
import { type TimeAxis, unitFor } from './time-axis.ts';

/** So few dots need not be small. */
const SPARSE = 150;
/** With so wide a range the small ones would all lie on the ground. */
const WIDE_RANGE = 30;

/** Times of the plot, and round trips in nanoseconds. */
type WithRtts = Pick<Direction, 'rtts'>;

export function rttChart(directions: readonly [WithRtts, WithRtts], time: TimeAxis): Chart | undefined {
  const samples = directions.map(({ rtts }) => rtts) as [Points, Points];
  const count = samples[0].xs.length + samples[1].xs.length;
  if (count < 2) return undefined;
  const most = Math.max(...samples.map(({ ys }) => greatest(ys)));
  const least = Math.max(
    1,
    Math.min(...samples.map(({ ys }) => ys.reduce((low, value) => Math.min(low, value), most))),
  );
  const [unit, each] = unitFor(Math.max(most / 2, 1_000));
  const isWide = most > WIDE_RANGE * least;
  const y: Axis = { unit, scale: isWide ? decades(least / each, most / each) : fromZero(most / each) };
  const axes = { x: time.scale, y: y.scale };
  const trace = (side: 0 | 1, tone: 'client' | 'server'): Trace[] => {
    const { xs, ys } = samples[side];
    if (xs.length === 0) return [];
    const drawn = chosen({ xs, ys: ys.map(ns => Math.max(ns, 1) / each) }, time);
    return [
      {
        tone,
        kind: 'dots',
        name: `until the ${tone}'s data were acknowledged`,
        path: dotsPath(drawn, axes),
        isSparse: count <= SPARSE,
      },
    ];
  };
  return {
    title: 'Round-trip time',
    explanation: `How long it took until the ACK came, seen from where the capture was made${isWide ? '; the scale is logarithmic' : ''}.`,
    label: `Round-trip times: ${countText(count)} of them, from ${timeText(least)} to ${timeText(most)}.`,
    x: time,
    y,
    traces: [...trace(0, 'client'), ...trace(1, 'server')],
    notes:
      count > MOST_POINTS
        ? [`${countText(count)} values; of each narrow stretch the least and the greatest.`]
        : [],
  };
}
