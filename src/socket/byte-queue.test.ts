import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteQueue } from './byte-queue.ts';

/** Few different bytes, so that a separator comes often and its beginning more often. */
const letters = (most: number): fc.Arbitrary<Buffer> =>
  fc.array(fc.constantFrom(1, 2, 3), { maxLength: most }).map(bytes => Buffer.from(bytes));
const large = fc.integer({ min: 500, max: 9_000 }).map(size => Buffer.alloc(size, 2));

type Step =
  | { readonly do: 'push'; readonly bytes: Buffer }
  | { readonly do: 'takeSome' | 'take'; readonly share: number }
  | { readonly do: 'find'; readonly needle: number }
  | { readonly do: 'clear' };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('push' as const), bytes: letters(8) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('push' as const), bytes: large }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('takeSome' as const, 'take' as const),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('find' as const), needle: fc.nat({ max: 4 }) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'clear' as const }) },
);

/** Always the same arrays: a search goes on where the one before it ended. */
const NEEDLES = [[1], [1, 1], [3, 1, 3], [1, 2, 1, 3], [2, 2, 2, 2, 2, 3]].map(bytes => Buffer.from(bytes));

describe('a byte queue', () => {
  it('gives what a plain array of bytes would, and what it gave never changes', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), steps => {
        const queue = new ByteQueue();
        let model: Buffer = Buffer.alloc(0);
        const given: [view: Buffer, copy: Buffer][] = [];
        const take = (taken: Buffer): void => {
          expect(taken).toEqual(model.subarray(0, taken.length));
          given.push([taken, Buffer.from(taken)]);
          model = model.subarray(taken.length);
        };
        for (const one of steps) {
          if (one.do === 'push') {
            queue.push(one.bytes);
            model = Buffer.concat([model, one.bytes]);
          } else if (one.do === 'takeSome') {
            const most = Math.floor(one.share * 1_000);
            const taken = queue.takeSome(most);
            expect(taken.length).toBeLessThanOrEqual(most);
            if (most > 0 && model.length > 0) expect(taken.length).toBeGreaterThan(0);
            take(taken);
          } else if (one.do === 'find') {
            const needle = NEEDLES[one.needle]!;
            expect(queue.indexOf(needle)).toBe(model.indexOf(needle));
          } else if (one.do === 'clear') {
            queue.clear();
            model = Buffer.alloc(0);
          } else {
            const count = Math.floor(one.share * model.length);
            const taken = queue.take(count);
            expect(taken).toHaveLength(count);
            take(taken);
          }
          expect(queue.size).toBe(model.length);
        }
        for (const [view, copy] of given) expect(view).toEqual(copy);
      }),
      { numRuns: 500 },
    );
  });

  it('gives a piece as it came, without a copy', () => {
    const queue = new ByteQueue();
    const piece = Buffer.alloc(2_000, 7);
    queue.push(piece);
    expect(queue.takeSome(65_536)).toBe(piece);
    queue.push(piece);
    expect(queue.take(2_000)).toBe(piece);
  });

  it('gives small pieces together, as the kernel does', () => {
    const queue = new ByteQueue();
    for (const text of ['Hello', ' ', 'World']) queue.push(Buffer.from(text));
    expect(queue.takeSome(100).toString()).toBe('Hello World');
  });

  it('finds a separator that single bytes bring', () => {
    const queue = new ByteQueue();
    const separator = Buffer.from('\r\n\r\n');
    const text = `a\r\nb\r\n\r${'x'.repeat(5_000)}\r\n\r\nrest`;
    const found = [...text].map(letter => {
      queue.push(Buffer.from(letter));
      return queue.indexOf(separator);
    });
    expect(found.findIndex(at => at >= 0)).toBe(text.indexOf('\r\n\r\n') + 3);
    expect(queue.take(queue.indexOf(separator) + 4).toString()).toBe(text.slice(0, -4));
    expect(queue.takeSome(9).toString()).toBe('rest');
  });
});
