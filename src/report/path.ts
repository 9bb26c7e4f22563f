/**
 * Points as the data of an SVG path, in a square of SPACE units: the page stretches it to any size and zooms into it by its view
 * box. Relative commands, since they are half as long.
 */
import type { Bars, Points } from './decimate.ts';
import { type Scale, share } from './scale.ts';

/** Fine enough to zoom in a thousand times. */
export const SPACE = 100_000;

export interface Axes {
  readonly x: Scale;
  readonly y: Scale;
}

/** Whole units from the left and from the top. What lies above or below the picture is held just outside of it. */
export function placeOf({ x, y }: Axes, xValue: number, yValue: number): readonly [number, number] {
  const left = held(share(x, xValue), 0, 1);
  const up = held(share(y, yValue), -OUTSIDE, 1 + OUTSIDE);
  return [Math.round(left * SPACE), SPACE - Math.round(up * SPACE)];
}

const OUTSIDE = 0.5;

function held(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

/** A dot for each point: lines without length, which round or square ends make visible. */
export function dotsPath(points: Points, axes: Axes): string {
  return walk(points, axes, (dx, dy) => `m${dx}${follow(dy)}h0`);
}

/** Straight lines from point to point. */
export function linePath(points: Points, axes: Axes): string {
  return walk(points, axes, (dx, dy) => `l${dx}${follow(dy)}`);
}

/** The value of each point until the next one. */
export function stepsPath(points: Points, axes: Axes): string {
  return walk(points, axes, (dx, dy) => `${dx === 0 ? '' : `h${dx}`}${dy === 0 ? '' : `v${dy}`}`);
}

/** The same, filled down to the bottom. */
export function areaPath(points: Points, axes: Axes): string {
  if (points.xs.length === 0) return '';
  const [left] = placeOf(axes, points.xs[0]!, points.ys[0]!);
  return `${stepsPath(points, axes)}V${SPACE}H${left}Z`;
}

export function barsPath({ xs, lows, highs }: Bars, axes: Axes): string {
  let path = '';
  for (let index = 0; index < xs.length; index++) {
    const [x, low] = placeOf(axes, xs[index]!, lows[index]!);
    const [, high] = placeOf(axes, xs[index]!, highs[index]!);
    path += `M${x} ${low}v${high - low}`;
  }
  return path;
}

function walk({ xs, ys }: Points, axes: Axes, step: (dx: number, dy: number) => string): string {
  let path = '';
  let [lastX, lastY] = [0, 0];
  for (let index = 0; index < xs.length; index++) {
    const [x, y] = placeOf(axes, xs[index]!, ys[index]!);
    path += index === 0 ? `M${x} ${y}h0` : step(x - lastX, y - lastY);
    [lastX, lastY] = [x, y];
  }
  return path;
}

/** A minus sign separates numbers, too. */
function follow(value: number): string {
  return value < 0 ? `${value}` : ` ${value}`;
}
