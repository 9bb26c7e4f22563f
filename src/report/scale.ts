/** Scales of plots: from values to a share of the axis, and round numbers along it. Linear, or logarithmic to base 10. */

export interface Scale {
  readonly min: number;
  /** Above `min`. */
  readonly max: number;
  /** Then both are above 0. */
  readonly isLog: boolean;
}

export interface Tick {
  readonly value: number;
  readonly label: string;
}

/** Where a value lies: 0 at `min`, 1 at `max`; beyond them below 0 and above 1. */
export function share({ min, max, isLog }: Scale, value: number): number {
  return isLog ? Math.log(value / min) / Math.log(max / min) : (value - min) / (max - min);
}

/** From 0 to a round number that is at least `most`. */
export function fromZero(most: number, ticks = 4): Scale {
  const max = Number.isFinite(most) && most > 0 ? most : 1;
  const step = stepOf(max, ticks);
  return { min: 0, max: Math.ceil(round(max / step)) * step, isLog: false };
}

/** Exactly from `min` to `max`; a scale needs some width, so equal ends are set apart. */
export function between(min: number, max: number): Scale {
  return { min, max: max > min ? max : min + 1, isLog: false };
}

/** Whole decades around positive values. */
export function decades(min: number, max: number): Scale {
  const low = 10 ** Math.floor(round(Math.log10(min)));
  const high = 10 ** Math.ceil(round(Math.log10(max)));
  return { min: low, max: high > low ? high : 10 * low, isLog: true };
}

/**
 * Round numbers along a scale, at most `most` + 1 of them: of a linear one 1, 2 or 5 times a power of ten apart, of a logarithmic
 * one powers of ten.
 */
export function ticksOf(scale: Scale, most: number): Tick[] {
  return scale.isLog ? logTicks(scale, most) : linearTicks(scale, most);
}

function linearTicks({ min, max }: Scale, most: number): Tick[] {
  const step = stepOf(max - min, most);
  const first = Math.ceil(round(min / step));
  const last = Math.floor(round(max / step));
  const ticks: Tick[] = [];
  for (let index = first; index <= last; index++) {
    ticks.push({ value: index * step, label: tickText(index * step, step) });
  }
  return ticks;
}

function logTicks({ min, max }: Scale, most: number): Tick[] {
  const first = Math.ceil(round(Math.log10(min)));
  const last = Math.floor(round(Math.log10(max)));
  const stride = Math.max(1, Math.ceil((last - first) / most));
  const ticks: Tick[] = [];
  for (let power = first; power <= last; power += stride) {
    ticks.push({ value: 10 ** power, label: tickText(10 ** power, 10 ** power) });
  }
  return ticks;
}

/** The smallest of 1, 2 and 5 times a power of ten of which at most `most` fit into `span`. */
function stepOf(span: number, most: number): number {
  const least = span / most;
  const power = 10 ** Math.floor(Math.log10(least));
  const times = [1, 2, 5].find(each => round(least / (each * power)) <= 1) ?? 10;
  return times * power;
}

/** Without the last digits, where 0.3 is 0.30000000000000004. */
function round(value: number): number {
  return Number(value.toPrecision(12));
}

/** With as many digits after the point as the step needs, and separators between thousands. */
function tickText(value: number, step: number): string {
  const digits = Math.min(9, Math.max(0, -Math.floor(round(Math.log10(step)))));
  const [whole = '0', part] = Math.abs(value).toFixed(digits).split('.');
  const text = `${whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',')}${part === undefined ? '' : `.${part}`}`;
  return value < 0 && Number(text.replaceAll(',', '')) !== 0 ? `−${text}` : text;
}
