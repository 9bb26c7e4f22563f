import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isText, printableShare, textRuns } from './readable-text.ts';
import { findReadable } from './readable-values.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('runs of text', () => {
  test('in binary data only those that are no accident', () => {
    const bytes = Uint8Array.of(0, 1, 0x41, 0x42, 0, ...utf8('temperature sensor'), 0xff, 0xfe);
    expect(textRuns(bytes, false)).toEqual([{ start: 5, end: 23, text: 'temperature sensor' }]);
    expect(textRuns(bytes, true).map(({ text }) => text)).toEqual(['AB', 'temperature sensor']);
  });

  test('UTF-8 counts, control characters and broken sequences do not', () => {
    expect(isText(utf8('Grüße, 21 °C €'))).toBe(true);
    expect(printableShare(Uint8Array.of(0xc3, 0xbc))).toBe(1);
    expect(printableShare(Uint8Array.of(0xc0, 0x80, 0xed, 0xa0, 0x80, 0xc2, 0x85, 0x1b))).toBe(0);
    expect(isText(utf8('abc'))).toBe(false);
  });

  test('all of any text is found again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), text => {
        const bytes = utf8(text);
        const runs = textRuns(bytes, true);
        for (const { start, end, text: found } of runs) expect(utf8(found)).toEqual(bytes.slice(start, end));
        if (printableShare(bytes) === 1) expect(runs.map(run => run.text).join('')).toBe(text);
      }),
    );
  });

  test('runs of any bytes are in order and apart', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.boolean(), (bytes, isAllText) => {
        let last = -1;
        for (const { start, end } of textRuns(bytes, isAllText)) {
          expect(start).toBeGreaterThan(last);
          expect(end).toBeGreaterThan(start);
          last = end;
        }
        expect(last).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });
});

describe('what is worth reading', () => {
  const found = (text: string): string[] =>
    findReadable(text, 20).map(({ name, text: value }) => `${name}=${value}`);

  test.each([
    [
      '{"temp": 21.4, "ok": true, "name": "x"}',
      ['temp=21.4', 'ok=true', 'text={"temp": 21.4, "ok": true, "name": "x"}'].slice(0, 2),
    ],
    ['temp=21.4 hum: 40 %', ['temp=21.4', 'hum=40 %']],
    ['21.4\n-3\n', ['number=21.4', 'number=-3']],
    ['1,2.5;3', ['numbers=1,2.5;3']],
    ['USER anna\r\nPASS geheim', ['user=anna', 'password=geheim']],
    ['Cookie: id=77; theme=dark', ['cookie=id=77; theme=dark']],
    ['Authorization: Bearer abc.def', ['HTTP authorization=Bearer abc.def']],
    ['"api_key": "s3cret"', ['api_key=s3cret']],
    ['Host: 192.168.0.1', ['text=Host: 192.168.0.1']],
    ['hi', []],
  ])('%s', (text, expected) => {
    expect(found(text)).toEqual(expected);
  });

  test('places are those of what was found, and nothing is found twice', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), text => {
        const findings = findReadable(text, 10);
        expect(findings.length).toBeLessThanOrEqual(10);
        const taken = new Set<number>();
        for (const { start, end } of findings) {
          for (let at = start; at < end; at++) {
            expect(taken.has(at)).toBe(false);
            taken.add(at);
          }
          expect(end).toBeLessThanOrEqual(text.length);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('long texts take no longer than they have to', () => {
    for (const text of [
      'a'.repeat(200_000),
      'password='.repeat(20_000),
      '"a'.repeat(100_000),
      '1.'.repeat(100_000),
    ])
      expect(findReadable(text, 8).length).toBeLessThanOrEqual(8);
  });
});
