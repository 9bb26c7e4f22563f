/** Fewer points that look the same: of each narrow column of a plot the first, the least, the greatest and the last. */
import { type Scale, share } from './scale.ts';

const POINTS_A_COLUMN = 4;

/** Columns of numbers; index by index a point. */
export interface Points {
  readonly xs: Float64Array;
  readonly ys: Float64Array;
}

/**
 * Indexes of the points to draw, rising; all where there are not more than `most`.
 * @param x the scale of the axis, which is cut into columns
 */
export function chosenPoints({ xs, ys }: Points, x: Scale, most: number): Uint32Array {
  const count = xs.length;
  if (count <= most) return Uint32Array.from(xs, (_, index) => index);
  const columns = Math.max(1, Math.floor(most / POINTS_A_COLUMN));
  const [first, least, greatest, last] = Array.from({ length: 4 }, () =>
    new Int32Array(columns).fill(-1),
  ) as [Int32Array, Int32Array, Int32Array, Int32Array];
  for (let index = 0; index < count; index++) {
    const column = columnOf(x, xs[index]!, columns);
    const y = ys[index]!;
    if (first[column]! < 0) {
      first[column] = index;
      least[column] = index;
      greatest[column] = index;
    }
    if (y < ys[least[column]!]!) least[column] = index;
    if (y > ys[greatest[column]!]!) greatest[column] = index;
    last[column] = index;
  }
  const chosen = new Set<number>();
  for (const kept of [first, least, greatest, last]) {
    for (const index of kept) if (index >= 0) chosen.add(index);
  }
  return Uint32Array.from(chosen).sort();
}

/** Stretches along y, as the bytes of segments. */
export interface Bars {
  readonly xs: Float64Array;
  readonly lows: Float64Array;
  readonly highs: Float64Array;
}

/** At most `most` bars: those of one narrow column as one, from the lowest to the highest end. */
export function chosenBars(bars: Bars, x: Scale, most: number): Bars {
  const { xs, lows, highs } = bars;
  if (xs.length <= most) return bars;
  const joinedXs = new Float64Array(most);
  const joinedLows = new Float64Array(most).fill(Number.POSITIVE_INFINITY);
  const joinedHighs = new Float64Array(most).fill(Number.NEGATIVE_INFINITY);
  for (let index = 0; index < xs.length; index++) {
    const column = columnOf(x, xs[index]!, most);
    if (joinedHighs[column] === Number.NEGATIVE_INFINITY) joinedXs[column] = xs[index]!;
    joinedLows[column] = Math.min(joinedLows[column]!, lows[index]!);
    joinedHighs[column] = Math.max(joinedHighs[column]!, highs[index]!);
  }
  const isUsed = (_: number, column: number): boolean => joinedHighs[column] !== Number.NEGATIVE_INFINITY;
  return { xs: joinedXs.filter(isUsed), lows: joinedLows.filter(isUsed), highs: joinedHighs.filter(isUsed) };
}

/** Times may lie beyond the axis where the clock was set back. */
function columnOf(x: Scale, value: number, columns: number): number {
  return Math.min(columns - 1, Math.max(0, Math.floor(share(x, value) * columns)));
}
