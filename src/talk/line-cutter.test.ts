import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineCutter } from './line-cutter.ts';

function linesOf(pieces: readonly Uint8Array[], most = 1_000): string[] {
  const cutter = new LineCutter(most);
  return [...pieces.flatMap(piece => cutter.push(piece)), ...cutter.end()].map(line =>
    Buffer.from(line).toString('latin1'),
  );
}

describe('LineCutter', () => {
  it.each([
    ['one\ntwo\n', ['one', 'two']],
    ['one\r\ntwo', ['one', 'two']],
    ['\n\n', ['', '']],
    ['a\rb\n', ['a\rb']],
    ['', []],
  ])('cuts %j', (text, lines) => {
    expect(linesOf([Buffer.from(text)])).toEqual(lines);
  });

  it('gives the same lines however the bytes are cut, and changes none of them', () => {
    const lines = fc.array(fc.uint8Array({ maxLength: 30 }).map(bytes => bytes.filter(byte => byte !== 10)));
    fc.assert(
      fc.property(lines, fc.array(fc.nat(200)), (wanted, cuts) => {
        const bytes = Buffer.concat(wanted.flatMap(line => [line, Buffer.from('\r\n')]));
        const at = [0, ...cuts.map(cut => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
        const pieces = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
        expect(linesOf(pieces)).toEqual(wanted.map(line => Buffer.from(line).toString('latin1')));
      }),
    );
  });

  it('keeps nothing of a piece that is used again', () => {
    const cutter = new LineCutter(100);
    const piece = Buffer.from('begun');
    cutter.push(piece);
    piece.fill(0);
    expect(cutter.end().map(String)).toEqual([String(Buffer.from('begun'))]);
  });

  it('takes a line of the longest length, and refuses a longer one with its number', () => {
    expect(linesOf([Buffer.from('12345\r'), Buffer.from('\n')], 5)).toEqual(['12345']);
    for (const text of ['a\n123456\n', 'a\n123456', 'a\n12345678']) {
      expect(() => linesOf([Buffer.from(text)], 5)).toThrow(
        expect.objectContaining({ code: 'SW_LIMIT', message: expect.stringContaining('line 2') }),
      );
    }
  });
});
