import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, formatSize, parseDuration, parseRate, parseSize } from './quantities.ts';

describe('parseDuration', () => {
  it.each([
    ['0', 0],
    ['7us', 7],
    ['7µs', 7],
    ['250ms', 250_000],
    ['1.5s', 1_500_000],
    ['.5s', 500_000],
    ['2m', 120_000_000],
    ['2min', 120_000_000],
    ['1h', 3_600_000_000],
    ['1d', 86_400_000_000],
    [' 5 s ', 5_000_000],
  ])('reads %j as %i µs', (text, us) => {
    expect(parseDuration(text)).toBe(us);
  });

  it.each(['', '5', 'ms', '-1s', '1e3s', '5 parsecs', '1s2s', 'constructor', '5constructor'])(
    'refuses %j',
    text => {
      expect(() => parseDuration(text)).toThrow(expect.objectContaining({ code: 'SW_BAD_DURATION' }));
    },
  );

  it('gives whole microseconds for every number of milliseconds', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.nat(999), (whole, thousandths) => {
        const text = `${whole}.${String(thousandths).padStart(3, '0')}ms`;
        expect(parseDuration(text)).toBe(whole * 1000 + thousandths);
      }),
    );
  });
});

describe('parseRate', () => {
  it.each([
    ['100Hz', 100],
    ['100hz', 100],
    ['100', 100],
    ['0.5Hz', 0.5],
    ['2kHz', 2000],
    ['10ms', 100],
    ['1m', 1 / 60],
  ])('reads %j as %d Hz', (text, hertz) => {
    expect(parseRate(text)).toBeCloseTo(hertz, 12);
  });

  it.each(['', '0', '0Hz', '0ms', '-1Hz', '10MHz', 'fast', 'Infinity'])('refuses %j', text => {
    expect(() => parseRate(text)).toThrow(expect.objectContaining({ code: 'SW_BAD_RATE' }));
  });
});

describe('parseSize', () => {
  it.each([
    ['512', 512],
    ['512B', 512],
    ['64KiB', 65_536],
    ['64kB', 64_000],
    ['1.5MB', 1_500_000],
    ['2MiB', 2_097_152],
    ['1GiB', 1_073_741_824],
  ])('reads %j as %i bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each(['', 'KiB', '-1B', '1kb', '1TB'])('refuses %j', text => {
    expect(() => parseSize(text)).toThrow(expect.objectContaining({ code: 'SW_BAD_SIZE' }));
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0 µs'],
    [999, '999 µs'],
    [1_250, '1.25 ms'],
    [3_000_000, '3 s'],
    [119_000_000, '119 s'],
    [150_000_000, '2.5 min'],
  ])('writes %i µs as %j', (us, text) => {
    expect(formatDuration(us)).toBe(text);
  });
});

describe('formatSize', () => {
  it.each([
    [0, '0 B'],
    [1_023, '1023 B'],
    [1_024, '1.0 KiB'],
    [1_572_864, '1.5 MiB'],
    [500 * 2 ** 20, '500 MiB'],
    [5 * 2 ** 40, '5.0 TiB'],
    [5_000 * 2 ** 40, '5000 TiB'],
  ])('says %d bytes as %s', (bytes, text) => expect(formatSize(bytes)).toBe(text));
});
