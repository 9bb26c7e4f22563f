import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseUnixTable } from './unix-table.ts';

const HEADING = 'Num       RefCount Protocol Flags    Type St Inode Path\n';

function line(type: number, state: number, inode: number, path?: string, flags = 0): string {
  const hex = (value: number, digits: number): string =>
    value.toString(16).toUpperCase().padStart(digits, '0');
  const columns = `00000000a1b2c3d4: 00000002 00000000 ${hex(flags, 8)} ${hex(type, 4)} ${hex(state, 2)} ${String(inode).padStart(5)}`;
  return `${columns}${path === undefined ? '' : ` ${path}`}\n`;
}
const listener = (type: number, inode: number, path: string): string => line(type, 1, inode, path, 0x10000);
const parse = (...lines: string[]): ReturnType<typeof parseUnixTable> =>
  parseUnixTable(HEADING + lines.join(''));

describe('the table of Unix sockets', () => {
  it('has types, states and paths', () => {
    const { sockets, unreadableLines } = parse(
      listener(1, 11, '/run/a b.sock'),
      line(1, 3, 12),
      line(2, 1, 13, '@abstract@@'),
      line(5, 3, 4_294_967_295, 'relative'),
      line(9, 1, 15),
    );
    expect(unreadableLines).toBe(0);
    expect(sockets.map(({ type, state, path, inode }) => [type, state, path, inode])).toEqual([
      ['stream', 'LISTEN', '/run/a b.sock', 11],
      ['stream', 'ESTABLISHED', '', 12],
      ['dgram', 'UNCONN', '@abstract@@', 13],
      ['seqpacket', 'ESTABLISHED', 'relative', 4_294_967_295],
      ['unknown', 'UNCONN', '', 15],
    ]);
  });

  it('has what waits to be accepted counted at its listener, wherever it is in the table', () => {
    const { sockets } = parse(
      line(1, 2, 0, '/run/x'),
      listener(1, 1, '/run/x'),
      listener(5, 2, '/run/x'),
      line(1, 2, 0, '/run/x'),
      // Being closed: nothing waits.
      line(1, 4, 0, '/run/x'),
      line(1, 3, 3, '/run/x'),
    );
    expect(sockets.map(({ inode, waiting }) => [inode, waiting])).toEqual([
      [1, 2],
      [2, 0],
      [3, undefined],
    ]);
  });

  it('has paths of several lines', () => {
    const { sockets, unreadableLines } = parse(line(1, 1, 1, '/tmp/a\nb: c\n'), line(1, 1, 2, '/tmp/d'));
    expect(unreadableLines).toBe(0);
    expect(sockets.map(({ path }) => path)).toEqual(['/tmp/a\nb: c\n', '/tmp/d']);
  });

  it('has lines of another kind, and the last one where it is cut short, counted', () => {
    expect(parse('nonsense\n', line(1, 1, 1), 'more\n', line(1, 1, 2, '/tmp/d').trimEnd())).toMatchObject({
      sockets: [{ inode: 1 }],
      unreadableLines: 3,
    });
    expect(parseUnixTable('')).toEqual({ sockets: [], unreadableLines: 0 });
  });

  it('comes out as it was, whatever the paths are', () => {
    const path = fc.string({ unit: 'grapheme', minLength: 1 }).filter(text => !text.includes('\n'));
    const entry = fc.record({
      inode: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
      path: fc.option(path, { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(entry), entries => {
        const { sockets, unreadableLines } = parse(...entries.map(one => line(1, 3, one.inode, one.path)));
        expect(unreadableLines).toBe(0);
        expect(sockets.map(one => [one.inode, one.path])).toEqual(
          entries.map(one => [one.inode, one.path ?? '']),
        );
      }),
    );
  });
});
