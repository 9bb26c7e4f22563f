import { expect, test } from 'vitest';
import { bytesText, counted, framesText, percentText, rateText, timesText, timeText } from './words.ts';

test('times have three digits in the unit that fits', () => {
  expect([0, 7, 38_000, 1_250_000, 2.5e9, 119e9, 150e9, 7_200e9, -1_000].map(timeText)).toEqual([
    '0 s',
    '7 ns',
    '38 µs',
    '1.25 ms',
    '2.5 s',
    '119 s',
    '2.5 min',
    '2 h',
    '−1 µs',
  ]);
});

test('a time just below a unit is not rounded out of its own', () => {
  expect([999_950, 999.9, 999_999_999].map(timeText)).toEqual(['1 ms', '1 µs', '1 s']);
});

test('bytes are exact as long as somebody counts them', () => {
  expect([0, 1_460, 99_999, 100_000, 1_048_576, 5e9].map(bytesText)).toEqual([
    '0 B',
    '1,460 B',
    '99,999 B',
    '97.7 KiB',
    '1 MiB',
    '4.66 GiB',
  ]);
});

test('rates, counts, shares', () => {
  expect([8_008_000, 999_999, 12].map(rateText)).toEqual(['8.01 Mbit/s', '1 Mbit/s', '12 bit/s']);
  expect([counted(1, 'frame'), counted(2_000, 'frame')]).toEqual(['1 frame', '2,000 frames']);
  expect([1, 2, 17].map(timesText)).toEqual(['once', 'twice', '17 times']);
  expect([0, 0.0001, 0.031, 0.5].map(percentText)).toEqual(['0 %', '<0.1 %', '3.1 %', '50 %']);
  expect(framesText([4, 9, 12], 2)).toBe('4, 9 and 1 more');
});
