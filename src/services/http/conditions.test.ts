import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkConditions, checkIfRange } from './conditions.ts';
import { formatHttpDate } from './http-date.ts';

const MODIFIED = Date.UTC(2026, 10, 20, 12);
const NOW = MODIFIED + 3_600_000;
const STRONG = { etag: '"6-abc"', modifiedMs: MODIFIED };
const WEAK = { etag: 'W/"6-abc"', modifiedMs: MODIFIED };
const SAME = formatHttpDate(MODIFIED);
const BEFORE = formatHttpDate(MODIFIED - 1_000);
const LATER = formatHttpDate(MODIFIED + 1_000);

describe('checkConditions', () => {
  test.each([
    [{}, 'send'],
    [{ 'if-none-match': '"6-abc"' }, 'not-modified'],
    [{ 'if-none-match': 'W/"6-abc"' }, 'not-modified'],
    [{ 'if-none-match': '*' }, 'not-modified'],
    [{ 'if-none-match': '"x, y", ,"6-abc"' }, 'not-modified'],
    [{ 'if-none-match': '"other"' }, 'send'],
    [{ 'if-none-match': '6-abc' }, 'send'],
    [{ 'if-none-match': '"6-abc" and more' }, 'send'],
    [{ 'if-modified-since': SAME }, 'not-modified'],
    [{ 'if-modified-since': LATER }, 'not-modified'],
    [{ 'if-modified-since': BEFORE }, 'send'],
    [{ 'if-modified-since': 'soon' }, 'send'],
    // A tag says more than a date.
    [{ 'if-none-match': '"other"', 'if-modified-since': LATER }, 'send'],
    [{ 'if-none-match': '"6-abc"', 'if-modified-since': BEFORE }, 'not-modified'],
    [{ 'if-match': '"6-abc"' }, 'send'],
    [{ 'if-match': '*' }, 'send'],
    [{ 'if-match': 'W/"6-abc"' }, 'precondition-failed'],
    [{ 'if-match': '"other"' }, 'precondition-failed'],
    [{ 'if-match': 'nonsense' }, 'precondition-failed'],
    [{ 'if-unmodified-since': SAME }, 'send'],
    [{ 'if-unmodified-since': BEFORE }, 'precondition-failed'],
    [{ 'if-unmodified-since': 'soon' }, 'send'],
    [{ 'if-match': '"6-abc"', 'if-unmodified-since': BEFORE }, 'send'],
    [{ 'if-match': '"other"', 'if-none-match': '"6-abc"' }, 'precondition-failed'],
    [{ 'if-match': '"6-abc"', 'if-none-match': '"6-abc"' }, 'not-modified'],
  ])('%j: %s', (headers, outcome) => {
    expect(checkConditions(headers, STRONG, NOW)).toBe(outcome);
  });

  test('a weak tag is good enough to know a file again, not to change it', () => {
    expect(checkConditions({ 'if-none-match': '"6-abc"' }, WEAK, NOW)).toBe('not-modified');
    expect(checkConditions({ 'if-match': 'W/"6-abc"' }, WEAK, NOW)).toBe('precondition-failed');
  });

  test('a list of any length is read in time that grows with it', () => {
    const hard = [`"a"${' ,'.repeat(8_000)}x`, `${', '.repeat(8_000)}x`, `"a"${',\t \t'.repeat(4_000)}"`];
    const start = performance.now();
    for (const list of hard) expect(checkConditions({ 'if-none-match': list }, STRONG, NOW)).toBe('send');
    expect(performance.now() - start).toBeLessThan(1_000);
  });

  test('whatever comes ends in one of the three', () => {
    const text = fc.option(fc.oneof(fc.string(), fc.constantFrom('*', '"6-abc"', SAME)), { nil: undefined });
    fc.assert(
      fc.property(text, text, text, text, (match, none, modified, unmodified) => {
        const headers = {
          ...(match !== undefined && { 'if-match': match }),
          ...(none !== undefined && { 'if-none-match': none }),
          ...(modified !== undefined && { 'if-modified-since': modified }),
          ...(unmodified !== undefined && { 'if-unmodified-since': unmodified }),
        };
        expect(['send', 'not-modified', 'precondition-failed']).toContain(
          checkConditions(headers, STRONG, NOW),
        );
      }),
    );
  });
});

describe('checkIfRange', () => {
  test.each([
    [undefined, STRONG, true],
    ['"6-abc"', STRONG, true],
    ['"other"', STRONG, false],
    ['W/"6-abc"', STRONG, false],
    ['W/"6-abc"', WEAK, false],
    ['"6-abc"', WEAK, false],
    [SAME, STRONG, true],
    [SAME, WEAK, false],
    [LATER, STRONG, false],
    [BEFORE, STRONG, false],
    ['nonsense', STRONG, false],
  ])('%s of %j: %s', (ifRange, version, may) => {
    expect(checkIfRange(ifRange, version, NOW)).toBe(may);
  });
});
