import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { LineInput, type LineOptions, PieceInput } from './input.ts';
import type { TalkInput } from './ports.ts';

async function all(input: TalkInput): Promise<string[]> {
  const pieces: string[] = [];
  for await (const piece of input) pieces.push(Buffer.from(piece).toString());
  return pieces;
}

function stream(...pieces: string[]): PassThrough {
  const made = new PassThrough();
  for (const piece of pieces) made.write(piece);
  made.end();
  return made;
}

const LINES: LineOptions = { eol: '\r\n', mostBytes: 100, endLeaves: true };

describe('pieces', () => {
  it('go through as they come, lines that say end too', async () => {
    const input = new PieceInput(stream('one\nend\ntwo'));
    expect((await all(input)).join('')).toBe('one\nend\ntwo');
    expect(input.left).toBe(false);
  });

  it('are cut to the size of datagrams', async () => {
    expect(await all(new PieceInput(stream('1234567'), 3))).toEqual(['123', '456', '7']);
  });
});

describe('lines', () => {
  it('get the end that was asked for', async () => {
    expect(await all(new LineInput(stream('on', 'e\ntw', 'o\r\nthree'), LINES))).toEqual([
      'one\r\n',
      'two\r\n',
      'three\r\n',
    ]);
  });

  it('stop at the word that leaves', async () => {
    const input = new LineInput(stream('one\n end \ntwo\n'), LINES);
    expect([await all(input), input.left]).toEqual([['one\r\n'], true]);
  });

  it('do not stop there where it is no such word', async () => {
    const input = new LineInput(stream('end\ntwo\n'), { ...LINES, endLeaves: false });
    expect([await all(input), input.left]).toEqual([['end\r\n', 'two\r\n'], false]);
  });
});

describe('an input', () => {
  it('ends when it is stopped while it waits, and before it began', async () => {
    const waiting = new PieceInput(new PassThrough());
    const reading = all(waiting);
    waiting.stop();
    expect(await reading).toEqual([]);
    expect(await all(waiting)).toEqual([]);
  });

  it('that fails says so', async () => {
    const broken = new PassThrough();
    broken.destroy(new Error('EIO: i/o error'));
    await expect(all(new PieceInput(broken))).rejects.toMatchObject({ code: 'SW_STORE_FAILED' });
  });
});
