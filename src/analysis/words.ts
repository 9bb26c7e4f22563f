/** Numbers as people read them in an analysis. */

const UNITS_NS = [
  [3_600e9, 'h'],
  [120e9, 'min', 60e9],
  [1e9, 's'],
  [1e6, 'ms'],
  [1e3, 'µs'],
] as const;
/** Up to here bytes are written out: a lab's messages are counted to the byte. */
const EXACT_BYTES = 100_000;

/** A time with three digits in the unit that fits: `38 µs`, `1.25 ms`, `2.5 min`. */
export function timeText(ns: number): string {
  if (ns < 0) return `−${timeText(-ns)}`;
  // 999.9 µs are 1 ms: rounded first, then a unit.
  const rounded = Number(ns.toPrecision(3));
  for (const [least, unit, each = least] of UNITS_NS) {
    if (rounded >= least) return `${digits(ns / each)} ${unit}`;
  }
  return rounded === 0 ? '0 s' : `${digits(rounded)} ns`;
}

/** Bytes: exact below 100,000, then with three digits in powers of 1,024. */
export function bytesText(bytes: number): string {
  if (bytes < EXACT_BYTES) return `${countText(Math.round(bytes))} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes / 1_024;
  let index = 0;
  while (value >= 1_024 && index < units.length - 1) {
    value /= 1_024;
    index++;
  }
  return `${digits(value)} ${units[index]}`;
}

/** Bits a second, in powers of 1,000 as links are sold. */
export function rateText(bitsPerSecond: number): string {
  const units = ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s', 'Tbit/s'];
  let value = Number(bitsPerSecond.toPrecision(3));
  let index = 0;
  while (value >= 1_000 && index < units.length - 1) {
    value /= 1_000;
    index++;
  }
  return `${digits(value)} ${units[index]}`;
}

/** A whole number with separators between thousands. */
export function countText(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** `1 segment`, `2,000 segments`. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${countText(count)} ${count === 1 ? noun : plural}`;
}

/** `127.0.0.1:50007`, `[::1]:50007`. */
export function endpointText({ address, port }: { readonly address: string; readonly port: number }): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** `once`, `twice`, `17 times`. */
export function timesText(count: number): string {
  return count === 1 ? 'once' : count === 2 ? 'twice' : `${countText(count)} times`;
}

export function percentText(share: number): string {
  const percent = 100 * share;
  return `${percent > 0 && percent < 0.1 ? '<0.1' : Number(percent.toFixed(percent < 10 ? 1 : 0))} %`;
}

/** Frames as a list, the rest of a long one counted: `4, 9, 12 and 3 more`. */
export function framesText(frames: readonly number[], most = 5): string {
  const shown = frames.slice(0, most).join(', ');
  return frames.length > most ? `${shown} and ${countText(frames.length - most)} more` : shown;
}

/** Three digits that count, without zeros at the end. */
function digits(value: number): string {
  return value >= 1_000 ? countText(Math.round(value)) : String(Number(value.toPrecision(3)));
}
