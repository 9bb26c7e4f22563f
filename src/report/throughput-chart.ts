/** What one direction brought a second: on the wire, and of it what was new. */
import type { ThroughputSeries } from '../analysis/model.ts';
import { rateText, timeText } from '../analysis/words.ts';
import type { Chart } from './chart.ts';
import type { Points } from './decimate.ts';
import { areaPath, stepsPath } from './path.ts';
import { greatest } from './sequence-chart.ts';
import type { TimeAxis } from './time-axis.ts';
import { rateAxis } from './unit-axis.ts';

/** Steps that are seen as steps; the analysis counts in finer ones. */
const MOST_STEPS = 80;
const BITS = 8;
const NS_PER_SECOND = 1e9;

/** @param isReliable it is reliable UDP, whose own headers are payload of UDP */
export function throughputChart(
  series: ThroughputSeries,
  side: 0 | 1,
  time: TimeAxis,
  isReliable: boolean,
): Chart | undefined {
  const part = isReliable
    ? 'payload of UDP, headers of reliable UDP among it'
    : 'payload that came for the first time';
  const tone = side === 0 ? 'client' : 'server';
  const joined = joinedBins(series.bytes[side].length);
  const binNs = joined * series.binNs;
  const all = ratesOf(series.bytes[side], joined, binNs);
  const fresh = ratesOf(series.newBytes[side], joined, binNs);
  const [most, mostFresh] = [greatest(all), greatest(fresh)];
  if (most === 0 || all.length < 3) return undefined;
  const y = rateAxis(most);
  const axes = { x: time.scale, y: y.scale };
  const points = (rates: Float64Array): Points => ({
    // The last value reaches to the end of its stretch.
    xs: Float64Array.from({ length: rates.length + 1 }, (_, bin) => (bin * binNs) / time.each),
    ys: Float64Array.from({ length: rates.length + 1 }, (_, bin) => (rates[bin] ?? 0) / y.each),
  });
  return {
    title: isReliable ? 'Throughput' : 'Throughput and goodput',
    explanation: `Bits a second in steps of ${timeText(binNs)}: whole frames on the wire, and of them ${part}.`,
    label: `Rates of the ${tone}: at most ${rateText(most)} on the wire and ${rateText(mostFresh)} of ${isReliable ? 'payload of UDP' : 'new payload'}, in steps of ${timeText(binNs)}.`,
    x: time,
    y,
    traces: [
      { tone, kind: 'line', name: 'throughput: frames on the wire', path: stepsPath(points(all), axes) },
      {
        tone,
        kind: 'area',
        name: isReliable ? 'payload of UDP' : 'goodput: new payload',
        path: areaPath(points(fresh), axes),
      },
    ],
  };
}

/** How many bins make one step: 1, 2 or 5 times a power of ten. */
function joinedBins(count: number): number {
  for (let power = 1; ; power *= 10) {
    for (const step of [1, 2, 5]) if (count / (step * power) <= MOST_STEPS) return step * power;
  }
}

/** Bits a second in steps of `joined` bins; the last one may be longer than what is left. */
function ratesOf(bytes: Float64Array, joined: number, stepNs: number): Float64Array {
  const sums = new Float64Array(Math.ceil(bytes.length / joined));
  bytes.forEach((count, bin) => {
    sums[Math.floor(bin / joined)]! += count;
  });
  return sums.map(count => (BITS * count * NS_PER_SECOND) / stepNs);
}
