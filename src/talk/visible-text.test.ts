import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VisibleText, visibleText } from './visible-text.ts';

describe('visible text', () => {
  it.each([
    ['plain\ttext\n', 'plain\ttext\n'],
    ['line\r\nend', 'line\nend'],
    ['over\rwritten', 'over\\x0dwritten'],
    ['\x1b[2J\x07\x7f\u009b', '\\x1b[2J\\x07\\x7f\\x9b'],
    ['grüße \u202e!', 'grüße \\u202e!'],
  ])('of %j is %j', (text, shown) => {
    expect(visibleText(Buffer.from(text))).toBe(shown);
  });

  it('is the same however the bytes are cut', () => {
    const text = fc
      .array(fc.constantFrom('a', 'ü', '😀', '\r', '\n', '\x1b', '\t'))
      .map(list => list.join(''));
    fc.assert(
      fc.property(text, fc.nat(20), fc.nat(20), (given, one, two) => {
        const bytes = Buffer.from(given);
        const [first, second] = [Math.min(one, two), Math.max(one, two)];
        const visible = new VisibleText();
        const parts = [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)];
        expect(parts.map(part => visible.push(part)).join('') + visible.end()).toBe(visibleText(bytes));
      }),
    );
  });

  it('never holds a control character but tab and line feed', () => {
    fc.assert(
      fc.property(fc.uint8Array(), bytes => {
        expect(/[^\P{Cc}\t\n]/u.exec(visibleText(bytes))).toBeNull();
      }),
    );
  });
});
