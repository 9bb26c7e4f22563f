import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SensewireError } from '../errors/errors.ts';
import { isTrue, parseAssertion, type Value } from './assert-parser.ts';

const NAMES: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['retransmissions', 3],
  ['packets', 100],
  ['tcp[0].client.rtt.p95', 7_200_000],
  ['tcp[0].close.state', 'closed'],
  ['unknown', null],
]);

function holds(text: string): boolean {
  return isTrue(parseAssertion(text).evaluate(name => NAMES.get(name) ?? null));
}

describe('assertions', () => {
  test.each([
    ['retransmissions == 3', true],
    ['retransmissions != 3', false],
    ['retransmissions < 5 and packets >= 100', true],
    ['retransmissions > 5 or packets > 99', true],
    ['retransmissions > 5 || packets > 99 && packets < 10', false],
    ['not retransmissions > 5', true],
    ['!(retransmissions == 3)', false],
    ['retransmissions / packets <= 0.03', true],
    ['retransmissions / packets <= 3%', true],
    ['2 + 3 * 4 == 14', true],
    ['(2 + 3) * 4 == 20', true],
    ['-retransmissions + 3 == 0', true],
    ['tcp[0].client.rtt.p95 < 7.3ms', true],
    ['tcp[0].client.rtt.p95 < 7100us', false],
    ['tcp[0].close.state == "closed"', true],
    ["tcp[0].close.state != 'reset'", true],
    ['64KiB == 65536', true],
    ['1.5Mbit/s == 1500000', true],
    ['1min == 60s', true],
    ['retransmissions', true],
    ['unknown == 0', false],
    ['unknown != 0', false],
    ['unknown + 1 > 0', false],
  ])('%s: %s', (text, expected) => {
    expect(holds(text)).toBe(expected);
  });

  test('names are told in their order', () => {
    expect(parseAssertion('packets > 1 and retransmissions == 0').names).toEqual([
      'packets',
      'retransmissions',
    ]);
  });

  test.each([
    '',
    '1 +',
    '(1',
    '1 2',
    '== 3',
    'a..b == 1',
    '5 lightyears',
    'a === b',
    '"open',
    '$',
    '('.repeat(100),
  ])('refused: %j', text => {
    expect(() => parseAssertion(text)).toThrowError(expect.objectContaining({ code: 'SW_USAGE' }));
  });

  test('a mistake is shown where it is', () => {
    expect(() => parseAssertion('packets >')).toThrowError(/at character 10\n {2}packets >\n {2} {9}\^/);
  });

  test('any text is understood or refused', () => {
    const words = fc.constantFrom(
      '(',
      ')',
      'and',
      'or',
      'not',
      '==',
      '<',
      '-',
      '+',
      '1',
      '5ms',
      'packets',
      'tcp[0].x',
      '"a"',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(words).map(parts => parts.join(' ')),
        ),
        text => {
          try {
            parseAssertion(text).evaluate(() => 1);
          } catch (error) {
            expect(error).toBeInstanceOf(SensewireError);
          }
        },
      ),
    );
  });
});
