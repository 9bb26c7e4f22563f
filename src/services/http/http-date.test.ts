import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatHttpDate, parseHttpDate } from './http-date.ts';

const NOW = Date.UTC(2026, 10, 20);
/** The example of RFC 9110 section 5.6.7. */
const EXAMPLE = Date.UTC(1994, 10, 6, 8, 49, 37);

test.each([
  ['Sun, 06 Nov 1994 08:49:37 GMT', EXAMPLE],
  ['Sunday, 06-Nov-94 08:49:37 GMT', EXAMPLE],
  ['Sun Nov  6 08:49:37 1994', EXAMPLE],
  // More than 50 years ahead is in the past; up to there it is not.
  ['Sunday, 06-Nov-77 08:49:37 GMT', Date.UTC(1977, 10, 6, 8, 49, 37)],
  ['Sunday, 06-Nov-76 08:49:37 GMT', Date.UTC(2076, 10, 6, 8, 49, 37)],
  ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ['Sat, 31 Dec 2016 23:59:60 GMT', Date.UTC(2017, 0, 1)],
])('%s', (text, ms) => {
  expect(parseHttpDate(text, NOW)).toBe(ms);
});

test.each([
  '',
  '0',
  'yesterday',
  '1994-11-06T08:49:37Z',
  'Sun, 06 Nov 1994 08:49:37',
  'Sun, 06 Nov 1994 08:49:37 CET',
  'Sun, 6 Nov 1994 08:49:37 GMT',
  'Sun, 31 Feb 1994 08:49:37 GMT',
  'Sun, 00 Nov 1994 08:49:37 GMT',
  'Sun, 06 Nov 1994 24:49:37 GMT',
  'Sun, 06 Nov 1994 08:60:37 GMT',
])('"%s" is no date', text => {
  expect(parseHttpDate(text, NOW)).toBeUndefined();
});

test('reads what it writes, in whole seconds', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 253_402_300_799 }), seconds => {
      expect(parseHttpDate(formatHttpDate(seconds * 1_000), NOW)).toBe(seconds * 1_000);
    }),
  );
});

test('any text ends in a date or in none', () => {
  fc.assert(fc.property(fc.string(), text => typeof parseHttpDate(text, NOW) !== 'string'));
});
