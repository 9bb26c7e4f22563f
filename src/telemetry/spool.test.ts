import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Spool } from './spool.ts';

describe('Spool', () => {
  const about = (number: number, count = 1) => ({ number, count, sensor: 0, givenUs: 0 });
  const message = (length: number, byte = 7): Uint8Array => new Uint8Array(length).fill(byte);

  it('gives back what it was given as frames, in as few pieces as lie together', () => {
    const spool = new Spool();
    spool.append(Uint8Array.of(1, 2), about(0));
    spool.append(Uint8Array.of(3), about(1));
    expect(spool.takeChunk(100)).toEqual(Uint8Array.of(2, 1, 2, 1, 3));
    expect(spool.takeChunk(100)).toBeUndefined();
    expect([spool.readings, spool.sentUpTo, spool.hasSent]).toEqual([2, 2, true]);
  });

  it('gives at least one frame, and no more than was asked for', () => {
    const spool = new Spool();
    for (let number = 0; number < 3; number++) spool.append(message(10), about(number));
    expect(spool.takeChunk(1)?.length).toBe(11);
    expect(spool.takeChunk(22)?.length).toBe(22);
  });

  it('does not change a piece that it gave out', () => {
    const spool = new Spool();
    spool.append(message(10, 1), about(0));
    const piece = spool.takeChunk(100) as Uint8Array;
    const before = piece.slice();
    for (let number = 1; number < 20_000; number++) {
      spool.append(message(10, 2), about(number));
      spool.shift();
    }
    expect(piece).toEqual(before);
  });

  it('holds messages of any size across its slabs', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 65_536 }), { maxLength: 10 }), sizes => {
        const spool = new Spool();
        for (const [number, size] of sizes.entries()) spool.append(message(size, number), about(number));
        let bytes = 0;
        for (let chunk = spool.takeChunk(65_536); chunk !== undefined; chunk = spool.takeChunk(65_536))
          bytes += chunk.length;
        expect(bytes).toBe(
          sizes.reduce((sum, size) => sum + size + (size < 128 ? 1 : size < 16_384 ? 2 : 3), 0),
        );
      }),
      { numRuns: 20 },
    );
  });

  it('begins again with the oldest after rewind', () => {
    const spool = new Spool();
    for (let number = 0; number < 3; number++) spool.append(message(1), about(number));
    spool.takeUnsent();
    spool.takeUnsent();
    expect(spool.oldest?.number).toBe(0);
    spool.rewind();
    expect([spool.hasSent, spool.nextUnsent?.number, spool.sentUpTo]).toEqual([false, 0, 2]);
  });

  it('takes out sent and unsent entries apart, and counts readings', () => {
    const spool = new Spool();
    for (let number = 0; number < 3; number++) spool.append(message(1), about(10 * number, 10));
    spool.takeUnsent();
    expect(spool.shiftUnsent()?.number).toBe(10);
    expect(spool.shiftSent()?.number).toBe(0);
    expect(spool.shiftSent()).toBeUndefined();
    expect(spool.readings).toBe(10);
    expect(spool.shift()?.number).toBe(20);
    expect([spool.readings, spool.oldest, spool.shift()]).toEqual([0, undefined, undefined]);
  });
});
