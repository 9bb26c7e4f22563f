import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MOST_RANGES } from './limits.ts';
import { formatContentRange, parseRanges } from './ranges.ts';

const one = (start: number, end: number): object[] => [{ start, end }];

test.each([
  [undefined, 'whole'],
  ['bytes=0-0', one(0, 1)],
  ['bytes=0-99', one(0, 100)],
  ['bytes=0-', one(0, 100)],
  ['bytes=10-19', one(10, 20)],
  ['bytes=10-1000', one(10, 100)],
  ['bytes=99-', one(99, 100)],
  ['bytes=-1', one(99, 100)],
  ['bytes=-1000', one(0, 100)],
  ['Bytes = 1-2 ,, 4-4 ', [...one(1, 3), ...one(4, 5)]],
  ['bytes=90-,0-0', [...one(90, 100), ...one(0, 1)]],
  ['bytes=0-9,500-600', one(0, 10)],
  ['bytes=0-99999999999999999999999', one(0, 100)],
  ['bytes=100-', 'none'],
  ['bytes=100-200,300-', 'none'],
  ['bytes=-0', 'none'],
  ['bytes=99999999999999999999999-', 'none'],
  ['bytes=', 'whole'],
  ['bytes=-', 'whole'],
  ['bytes=a-b', 'whole'],
  ['bytes=5-4', 'whole'],
  ['bytes=0-1,5-4', 'whole'],
  ['bytes=1-2-3', 'whole'],
  ['bytes 0-1', 'whole'],
  ['lines=0-1', 'whole'],
  // More bytes than the file has: the file is the shorter answer.
  ['bytes=0-60,40-', 'whole'],
  [`bytes=${Array.from({ length: MOST_RANGES + 1 }, (_, at) => `${at}-${at}`)}`, 'whole'],
])('%s of 100 bytes', (header, expected) => {
  expect(parseRanges(header, 100)).toEqual(expected);
});

test('an empty file is sent as it is', () => {
  for (const header of ['bytes=0-', 'bytes=-1', 'bytes=0-0']) expect(parseRanges(header, 0)).toBe('whole');
});

test('as Content-Range writes it', () => {
  expect(formatContentRange({ start: 5, end: 10 }, 100)).toBe('bytes 5-9/100');
});

test('every range is in the file, and no answer is longer than it', () => {
  const spec = fc
    .tuple(fc.option(fc.nat(300)), fc.option(fc.nat(300)))
    .map(([a, b]) => `${a ?? ''}-${b ?? ''}`);
  const header = fc.oneof(
    fc.array(spec, { maxLength: 20 }).map(specs => `bytes=${specs.join(',')}`),
    fc.string().map(text => `bytes=${text}`),
    fc.string(),
  );
  fc.assert(
    fc.property(header, fc.nat(200), (text, size) => {
      const answer = parseRanges(text, size);
      if (typeof answer === 'string') return;
      expect(answer.length).toBeGreaterThan(0);
      let bytes = 0;
      for (const { start, end } of answer) {
        expect(start).toBeGreaterThanOrEqual(0);
        expect(end).toBeGreaterThan(start);
        expect(end).toBeLessThanOrEqual(size);
        bytes += end - start;
      }
      expect(bytes).toBeLessThanOrEqual(size);
    }),
    { numRuns: 2_000 },
  );
});
