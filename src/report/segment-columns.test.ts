import { expect, it } from 'vitest';
import type { SegmentSeries } from '../analysis/model.ts';
import { lossyCapture } from '../testing/report-example.ts';
import { type Direction, directionOf } from './segment-columns.ts';
import { timeAxis } from './time-axis.ts';

function direction(side: 0 | 1): Direction {
  const [report] = lossyCapture().report().tcp;
  return directionOf(
    report?.series as SegmentSeries,
    side,
    timeAxis(report?.startNs ?? 0, report?.durationNs ?? 0),
  );
}

it('a direction has its segments, what was acknowledged of them, and what was in flight', () => {
  const { segments, acknowledged, inFlight, repeats, hasData, rtts } = direction(0);
  // SYN, ten segments, one again, FIN.
  expect(segments.xs).toHaveLength(13);
  expect([segments.lows[1], segments.highs[1]]).toEqual([1, 1_001]);
  expect(acknowledged.ys.at(-1)).toBe(10_002);
  expect(Math.max(...inFlight.ys)).toBe(8_000);
  expect(inFlight.ys.at(-1)).toBe(0);
  expect(repeats).toMatchObject([{ frame: 24, y: 2_001 }]);
  expect(rtts.ys.length).toBeGreaterThan(2);
  expect(hasData).toBe(true);
});

it('a direction without data is said to have none', () => {
  expect(direction(1)).toMatchObject({ hasData: false, repeats: [] });
});

it('sequence numbers go on beyond 32 bits, and begin below 0 where one comes late', () => {
  const numbers = [0xffff_fff0, 0xffff_fff8, 0, 0xffff_fff8];
  const count = numbers.length;
  const words = (value = 0): Uint32Array => new Uint32Array(count).fill(value);
  const series: SegmentSeries = {
    count,
    frames: Uint32Array.from(numbers, (_, index) => index + 1),
    timesNs: Float64Array.from(numbers, (_, index) => index),
    sides: new Uint8Array(count),
    sequences: Uint32Array.from(numbers),
    acknowledgments: words(),
    payloads: words(8),
    lengths: words(62),
    windows: words(),
    flags: new Uint16Array(count).fill(0x10),
    events: new Uint16Array(count),
    inFlight: words(),
    acksFrames: words(),
    excerpts: [],
  };
  const { segments } = directionOf(series, 0, timeAxis(0, 10));
  expect([...segments.lows]).toEqual([-16, -8, 0, -8]);
});
