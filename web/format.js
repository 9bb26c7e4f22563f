// @ts-check
/**
 * Numbers and times as the page writes them.
 */

/** @type {Map<string, Intl.NumberFormat>} */
const formats = new Map();

/**
 * @param {number} decimals
 * @param {'standard' | 'compact'} [notation]
 */
function format(decimals, notation = 'standard') {
  const key = `${decimals} ${notation}`;
  let made = formats.get(key);
  if (made === undefined) {
    const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
    made = new Intl.NumberFormat('en', { notation, ...digits });
    formats.set(key, made);
  }
  return made;
}

/**
 * A count, with separators between thousands.
 * @param {number} value
 */
export function count(value) {
  return format(0).format(value);
}

/**
 * A number of a sensor; beyond a hundred million shortened, as `1.234B`.
 * @param {number} value
 * @param {number} decimals
 */
export function quantity(value, decimals) {
  const text = Math.abs(value) >= 1e8 ? format(3, 'compact').format(value) : format(decimals).format(value);
  // A minus sign, not a hyphen, and none before zero.
  return text.replace(/^-(?=[0.,]*$)/, '').replace('-', '−');
}

/**
 * Decimals that show changes within a range: three digits of it.
 * @param {number} span
 */
export function decimalsFor(span) {
  if (!(span > 0)) return 2;
  return Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(span))));
}

/**
 * A value of a sensor, without its unit.
 * @param {number | boolean | string} value
 * @param {number} decimals
 */
export function valueText(value, decimals) {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return typeof value === 'number' ? quantity(value, decimals) : value;
}

/**
 * Events a second.
 * @param {number} hz
 */
export function rateText(hz) {
  if (hz >= 10_000) return `${format(1, 'compact').format(hz)}Hz`.replace('K', ' k').replace('M', ' M');
  return `${format(hz === 0 || hz >= 9.95 ? 0 : hz >= 0.95 ? 1 : 2).format(hz)} Hz`;
}

/**
 * A short time, three digits.
 * @param {number} us
 */
export function durationText(us) {
  if (us < 1_000) return `${Number(us.toPrecision(3))} µs`;
  if (us < 1_000_000) return `${Number((us / 1_000).toPrecision(3))} ms`;
  return `${Number((us / 1_000_000).toPrecision(3))} s`;
}

/**
 * How long ago something was.
 * @param {number} ms
 */
export function agoText(ms) {
  if (ms < 1_500) return 'now';
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s ago`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min ago`;
  return `${Math.round(ms / 3_600_000)} h ago`;
}
