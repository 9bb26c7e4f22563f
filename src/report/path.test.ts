import { describe, expect, it } from 'vitest';
import { areaPath, barsPath, dotsPath, linePath, SPACE, stepsPath } from './path.ts';
import { between } from './scale.ts';

const axes = { x: between(0, 10), y: between(0, 100) };
const points = { xs: Float64Array.of(0, 5, 10), ys: Float64Array.of(0, 100, 50) };

describe('paths', () => {
  it('are dots, lines, steps and areas', () => {
    expect(dotsPath(points, axes)).toBe('M0 100000h0m50000-100000h0m50000 50000h0');
    expect(linePath(points, axes)).toBe('M0 100000h0l50000-100000l50000 50000');
    expect(stepsPath(points, axes)).toBe('M0 100000h0h50000v-100000h50000v50000');
    expect(areaPath(points, axes)).toBe('M0 100000h0h50000v-100000h50000v50000V100000H0Z');
  });

  it('are bars from end to end', () => {
    const bars = { xs: Float64Array.of(5), lows: Float64Array.of(25), highs: Float64Array.of(75) };
    expect(barsPath(bars, axes)).toBe('M50000 75000v-50000');
  });

  it('leave the picture where values lie beyond it, though not far', () => {
    const beyond = { xs: Float64Array.of(-3, 99), ys: Float64Array.of(1e12, -1e12) };
    expect(linePath(beyond, axes)).toBe(`M0 -${SPACE / 2}h0l${SPACE} ${2 * SPACE}`);
  });

  it('are empty without points', () => {
    const none = { xs: new Float64Array(0), ys: new Float64Array(0) };
    expect([dotsPath(none, axes), areaPath(none, axes)]).toEqual(['', '']);
  });
});
