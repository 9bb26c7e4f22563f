import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contentTypeOf } from './content-types.ts';

test.each([
  ['index.html', 'text/html; charset=utf-8'],
  ['INDEX.HTM', 'text/html; charset=utf-8'],
  ['app.min.js', 'text/javascript; charset=utf-8'],
  ['readings.csv', 'text/csv; charset=utf-8'],
  ['notes.md', 'text/markdown; charset=utf-8'],
  ['data.json', 'application/json'],
  ['photo.JPG', 'image/jpeg'],
  ['icon.svg', 'image/svg+xml'],
  ['trace.pcapng', 'application/vnd.tcpdump.pcap'],
  ['backup.tar.gz', 'application/gzip'],
  ['README', 'application/octet-stream'],
  ['.html', 'application/octet-stream'],
  ['x.', 'application/octet-stream'],
  ['x.constructor', 'application/octet-stream'],
  ['x.unknown', 'application/octet-stream'],
])('%s', (name, type) => {
  expect(contentTypeOf(name)).toBe(type);
});

test('every name has a type that is one', () => {
  fc.assert(
    fc.property(fc.string(), name => {
      expect(contentTypeOf(name)).toMatch(/^[a-z]+\/[a-z0-9.+-]+(; charset=utf-8)?$/);
    }),
  );
});
