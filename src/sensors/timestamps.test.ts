import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTime } from './timestamps.ts';

const AT_US = Date.UTC(2026, 10, 20, 20, 43, 58) * 1000;

describe('parseTime', () => {
  it.each([
    ['2026-11-20T20:43:58.123456Z', AT_US + 123_456],
    ['2026-11-20 20:43:58,5', AT_US + 500_000],
    ['2026-11-20T20:43:58.123456789Z', AT_US + 123_456],
    ['2026-11-20T20:43:58', AT_US],
    ['2026-11-20T20:43Z', AT_US - 58_000_000],
    ['2026-11-20', Date.UTC(2026, 10, 20) * 1000],
    ['2026-11-20T21:43:58+01:00', AT_US],
    ['2026-11-20T15:13:58-0530', AT_US],
    ['2026-11-20T21:43:58+01', AT_US],
    ['2024-02-29', Date.UTC(2024, 1, 29) * 1000],
    ['1795207438', 1_795_207_438_000_000],
    ['1795207438.25', 1_795_207_438_250_000],
    ['1795207438250', 1_795_207_438_250_000],
    ['1795207438250001', 1_795_207_438_250_001],
    ['1795207438250001000', 1_795_207_438_250_001],
    ['1.795207438e9', 1_795_207_438_000_000],
    ['0', 0],
  ])('reads %s', (text, us) => {
    expect(parseTime(text)).toBe(us);
  });

  it.each([
    '',
    'now',
    '-1',
    '1969-12-31',
    '2026-02-29',
    '2026-13-01',
    '2026-11-20T24:00:01Z',
    '2026-11-20T20:60Z',
    '2026-11-20T20:43:58+24:00',
    '20:43',
    '9e30',
    'Infinity',
  ])('refuses %j', text => {
    expect(parseTime(text)).toBeUndefined();
  });

  it('reads back every microsecond that is written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Date.UTC(2200, 0) * 1000 }), us => {
        const iso = new Date(Math.floor(us / 1000)).toISOString().slice(0, -1);
        expect(parseTime(`${iso}${String(us % 1000).padStart(3, '0')}Z`)).toBe(us);
      }),
    );
  });

  it('gives a time or undefined for any text', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        const us = parseTime(text);
        expect(us === undefined || Number.isSafeInteger(us)).toBe(true);
      }),
    );
  });
});
