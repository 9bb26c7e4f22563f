import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineSplitter, MAX_LINE_BYTES } from './line-splitter.ts';

function split(chunks: readonly Uint8Array[]): (string | null)[] {
  const splitter = new LineSplitter();
  return [...chunks.flatMap(chunk => splitter.push(chunk)), ...splitter.end()];
}

describe('LineSplitter', () => {
  it('gives the same lines for any split of the input', () => {
    const cuts = fc.array(fc.nat(200), { maxLength: 8 });
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), cuts, (texts, points) => {
        const lines = texts.map(text => text.replaceAll(/[\r\n]/g, ''));
        const bytes = new TextEncoder().encode(lines.map(line => `${line}\r\n`).join(''));
        const at = [0, ...points.map(p => Math.min(p, bytes.length)).sort((a, b) => a - b), bytes.length];
        const chunks = at.slice(1).map((end, i) => bytes.subarray(at[i]!, end));
        expect(split(chunks)).toEqual(lines);
      }),
    );
  });

  it('keeps a last line without a line break', () => {
    expect(split([Buffer.from('1\n2')])).toEqual(['1', '2']);
    expect(split([Buffer.from('1\n')])).toEqual(['1']);
  });

  it('drops a line above the limit and finds the next', () => {
    const fits = 'x'.repeat(MAX_LINE_BYTES);
    expect(split([Buffer.from(`${fits}\n${fits}y\n3\n`)])).toEqual([fits, null, '3']);
    expect(split([Buffer.from(fits), Buffer.from('yy'), Buffer.from(`y\n3`)])).toEqual([null, '3']);
    expect(split([Buffer.from(`${fits}y`)])).toEqual([null]);
  });
});
