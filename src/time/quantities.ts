/**
 * Durations, rates and sizes as people write them: `250ms`, `100Hz`, `64KiB`.
 */
import { UsageError } from '../errors/errors.ts';

// Maps, not objects: `5constructor` must find no unit.
const DURATION_UNITS_US: ReadonlyMap<string, number> = new Map([
  ['us', 1],
  ['µs', 1],
  ['ms', 1_000],
  ['s', 1_000_000],
  ['m', 60_000_000],
  ['min', 60_000_000],
  ['h', 3_600_000_000],
  ['d', 86_400_000_000],
]);

const SIZE_UNITS: ReadonlyMap<string, number> = new Map([
  ['B', 1],
  ['kB', 1_000],
  ['MB', 1_000_000],
  ['GB', 1_000_000_000],
  ['KiB', 1_024],
  ['MiB', 1_048_576],
  ['GiB', 1_073_741_824],
]);

const QUANTITY = /^([0-9]+(?:\.[0-9]+)?|\.[0-9]+)\s*([a-zA-Zµ]*)$/;

/** Splits `12.5ms` into its number and its unit, or gives undefined. */
function split(text: string): { value: number; unit: string } | undefined {
  const match = QUANTITY.exec(text.trim());
  return match ? { value: Number(match[1]), unit: match[2] ?? '' } : undefined;
}

/**
 * A duration in microseconds. Units: `us ms s m min h d`; a bare `0` is allowed.
 * @throws UsageError SW_BAD_DURATION
 */
export function parseDuration(text: string): number {
  const parts = split(text);
  const unitUs = parts && (parts.value === 0 && parts.unit === '' ? 1 : DURATION_UNITS_US.get(parts.unit));
  if (parts === undefined || unitUs === undefined) {
    throw new UsageError('SW_BAD_DURATION', `"${text}" is not a duration: write it like 250ms, 5s, 2m or 1h`);
  }
  return Math.round(parts.value * unitUs);
}

/**
 * A rate in hertz, above 0: `100Hz`, `2kHz`, a bare number of hertz, or a period (`10ms` is 100 Hz).
 * @throws UsageError SW_BAD_RATE
 */
export function parseRate(text: string): number {
  const parts = split(text);
  if (parts !== undefined && parts.value > 0) {
    if (/^(hz)?$/i.test(parts.unit)) return parts.value;
    if (/^khz$/i.test(parts.unit)) return parts.value * 1_000;
    const unitUs = DURATION_UNITS_US.get(parts.unit);
    if (unitUs !== undefined) return 1_000_000 / (parts.value * unitUs);
  }
  throw new UsageError(
    'SW_BAD_RATE',
    `"${text}" is not a rate: write it like 100Hz, 0.5Hz, 2kHz, or as a period, 10ms`,
  );
}

/**
 * A size in bytes, a whole number: `512B`, `64KiB`, `1.5MB`, or a bare number of bytes.
 * @throws UsageError SW_BAD_SIZE
 */
export function parseSize(text: string): number {
  const parts = split(text);
  const factor = parts && (parts.unit === '' ? 1 : SIZE_UNITS.get(parts.unit));
  if (parts === undefined || factor === undefined) {
    throw new UsageError('SW_BAD_SIZE', `"${text}" is not a size: write it like 512B, 64KiB or 1.5MB`);
  }
  return Math.round(parts.value * factor);
}

/** A duration for people, three significant digits: `1.25 ms`, `3 s`, `2.5 min`. */
export function formatDuration(us: number): string {
  const [unitUs, unit] =
    us < 1_000
      ? [1, 'µs']
      : us < 1_000_000
        ? [1_000, 'ms']
        : us < 120_000_000
          ? [1_000_000, 's']
          : [60_000_000, 'min'];
  return `${Number((us / unitUs).toPrecision(3))} ${unit}`;
}

/** Bytes for people, in powers of 1,024: `1.5 MiB`. */
export function formatSize(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1_024 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1_024 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}
