import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChatMessages } from './chat-messages.ts';

/** What a client hears that sends these pieces and then nothing more. */
function hear(pieces: readonly string[]): { echo: string; bye: boolean } {
  const messages = new ChatMessages();
  let echo = '';
  for (const piece of pieces) {
    const heard = messages.push(Buffer.from(piece));
    echo += heard.echo.toString();
    if (heard.bye) return { echo, bye: true };
  }
  const { echo: rest, bye } = messages.settle();
  return { echo: echo + rest.toString(), bye };
}

describe('chat messages', () => {
  it.each([
    [['bye'], ''],
    [['bye\n'], ''],
    [['bye\r\n'], ''],
    [['bye\r'], ''],
    [['b', 'ye'], ''],
    [['by', 'e\n'], ''],
    [['hello', 'bye'], 'hello'],
    [['hello\nbye\nmore'], 'hello\n'],
    [['hello\n', 'b', 'y', 'e', '\r', '\n'], 'hello\n'],
    [['hello\nbye'], 'hello\n'],
    [['bytes\nbye\n'], 'bytes\n'],
    [['bye bye\r\nbye\r\n'], 'bye bye\r\n'],
  ])('%j say goodbye', (pieces, echo) => {
    expect(hear(pieces)).toEqual({ echo, bye: true });
  });

  it.each([
    [['goodbye']],
    [['goodbye\n']],
    [['bye bye']],
    [['bye!\n']],
    [['BYE\n']],
    [[' bye\n']],
    [['bye\r\r\n']],
    [['by']],
    [['bytes']],
    [['hello\ngood', 'bye\n']],
    [['hello\ngood', 'bye']],
    [['\n', 'b', 'y', '\n', 'e\n']],
    [['']],
  ])('%j do not', pieces => {
    expect(hear(pieces)).toEqual({ echo: pieces.join(''), bye: false });
  });

  it('hold back only what could become bye, until it settles', () => {
    const messages = new ChatMessages();
    expect(messages.push(Buffer.from('hello\nby'))).toEqual({ echo: Buffer.from('hello\n'), bye: false });
    expect(messages.isHolding).toBe(true);
    expect(messages.settle()).toEqual({ echo: Buffer.from('by'), bye: false });
    expect(messages.isHolding).toBe(false);
    expect(messages.push(Buffer.from('e\n'))).toEqual({ echo: Buffer.from('e\n'), bye: false });
  });

  it('are the same lines however the stream is cut', () => {
    const line = fc.oneof(
      fc.constantFrom('bye', 'bye\r', 'by', 'b', '', 'goodbye', 'byebye'),
      fc.string({ maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat(60)), (lines, cuts) => {
        const text = lines.map(one => `${one}\n`).join('');
        const edges = [0, ...cuts.filter(cut => cut < text.length).sort((a, b) => a - b), text.length];
        const pieces = edges.slice(1).map((edge, index) => text.slice(edges[index], edge));
        // Once a newline has come, the client is known to send lines.
        expect(hear(['\n', ...pieces])).toEqual(hear([`\n${text}`]));
      }),
    );
  });
});
