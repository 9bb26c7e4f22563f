import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CsvReader } from './csv-reader.ts';

function read(...pieces: string[]): string[][] {
  const reader = new CsvReader();
  return [...pieces.flatMap(piece => reader.push(piece)), ...reader.end()];
}

describe('CsvReader', () => {
  it.each([
    [
      'a,b\nc,d\n',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'a,b\r\nc,d',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    ['"a,b","c\r\nd","e""f"\n', [['a,b', 'c\r\nd', 'e"f']]],
    ['"a\r"\n', [['a\r']]],
    ['"a"\r\n', [['a']]],
    [',\n', [['', '']]],
    ['\n', [['']]],
    ['', []],
    ['a"b,c\n', [['a"b', 'c']]],
    ['"a"b,c\n', [['ab', 'c']]],
    ['"open', [['open']]],
  ])('reads %j', (text, records) => {
    expect(read(text)).toEqual(records);
  });

  it('gives back what was written, whatever the pieces', () => {
    const field = fc.oneof(fc.string(), fc.stringMatching(/^[a,"\r\n]{0,6}$/));
    const record = fc.array(field, { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(record), fc.array(fc.nat(60), { maxLength: 6 }), (records, cuts) => {
        const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
        const text = records.map(fields => `${fields.map(quote).join(',')}\r\n`).join('');
        const at = [0, ...cuts.map(cut => Math.min(cut, text.length)).sort((a, b) => a - b), text.length];
        expect(read(...at.slice(1).map((end, i) => text.slice(at[i], end)))).toEqual(records);
      }),
    );
  });

  it.each(['"', ','])('refuses a record without end, of %j', start => {
    const reader = new CsvReader();
    reader.push(start);
    const piece = start === ',' ? ','.repeat(65_536) : 'x\n'.repeat(32_768);
    expect(() => {
      for (let i = 0; i < 17; i++) reader.push(piece);
    }).toThrow(/is a quote open/);
  });
});
