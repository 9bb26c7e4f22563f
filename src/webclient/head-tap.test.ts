import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HeadTap } from './head-tap.ts';

const HEADS = ['HTTP/1.1 103 Early Hints\r\nLink: <x>', 'HTTP/1.1 200 OK\r\nodd:   spaces \r\nX: 1'];
const STREAM = Buffer.from(`${HEADS.join('\r\n\r\n')}\r\n\r\nbody HTTP/1.1 500 No\r\n\r\nmore`);

test('gives every head as it came, however it is cut, and nothing of the body', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(STREAM.length)), cuts => {
      const heads: string[] = [];
      const tap = new HeadTap(head => heads.push(head));
      const places = [0, ...cuts.sort((one, other) => one - other), STREAM.length];
      for (const [at, place] of places.entries())
        tap.take(STREAM.subarray(place, places[at + 1] ?? STREAM.length));
      expect(heads).toEqual(HEADS);
    }),
  );
});

test('keeps no more than heads can have', () => {
  const heads: string[] = [];
  const tap = new HeadTap(head => heads.push(head));
  tap.take(Buffer.alloc(100_000, 'x'));
  tap.take(Buffer.from('\r\n\r\n'));
  expect(heads).toEqual([]);
});
