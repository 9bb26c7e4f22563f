import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hexDump } from './hex-dump.ts';

describe('hexDump', () => {
  it('shows offset, bytes and ASCII in columns', () => {
    expect(hexDump(Buffer.from('Hello, world\n\x1b\xff', 'latin1'), '>')).toBe(
      '> 00000000  48 65 6c 6c 6f 2c 20 77  6f 72 6c 64 0a 1b ff     |Hello, world...|\n',
    );
    expect(hexDump(Buffer.alloc(17), '<', 0x10)).toBe(
      '< 00000010  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n' +
        '< 00000020  00                                                |.|\n',
    );
    expect(hexDump(new Uint8Array(), '<')).toBe('');
  });

  it('loses no byte', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), bytes => {
        const columns = hexDump(bytes, '<')
          .split('\n')
          .map(line => line.slice(12, 62).replaceAll(' ', ''));
        expect(columns.join('')).toBe(Buffer.from(bytes).toString('hex'));
      }),
    );
  });
});
