import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WINDOW_READINGS } from './limits.ts';
import { SequenceWindow } from './sequence-window.ts';

describe('SequenceWindow', () => {
  it('agrees with a set of numbers, for any arrivals near each other', () => {
    const arrivals = fc.array(fc.tuple(fc.nat(200), fc.integer({ min: 1, max: 20 })), { maxLength: 60 });
    fc.assert(
      fc.property(arrivals, fc.nat(50), (runs, first) => {
        const window = new SequenceWindow('datagram', first, 0);
        const seen = new Set<number>();
        for (const [number, count] of runs) {
          const next = window.next;
          const expected = Array.from({ length: count }, (_, index) => number + index).map(each =>
            each >= next ? 'new' : each < first ? 'stale' : seen.has(each) ? 'repeated' : 'overtaken',
          );
          const got = window.take(number, count).flatMap(run => Array<string>(run.count).fill(run.arrival));
          expect(got).toEqual(expected);
          for (let index = 0; index < count; index++) if (number + index >= first) seen.add(number + index);
          expect(window.missing).toBe(window.next - first - seen.size);
        }
      }),
    );
  });

  it('gives runs that follow each other', () => {
    const window = new SequenceWindow('datagram', 0, 0);
    window.take(2, 2);
    expect(window.take(0, 6)).toEqual([
      { arrival: 'overtaken', number: 0, count: 2 },
      { arrival: 'repeated', number: 2, count: 2 },
      { arrival: 'new', number: 4, count: 2 },
    ]);
    expect(window.missing).toBe(0);
  });

  it('tells late from repeated 65,536 readings back, and no further', () => {
    const window = new SequenceWindow('datagram', 0, 0);
    window.take(1, 1);
    window.take(WINDOW_READINGS, 1);
    expect(window.take(1, 1)[0]?.arrival).toBe('repeated');
    expect(window.take(2, 1)[0]?.arrival).toBe('overtaken');
    window.take(WINDOW_READINGS + 5, 1);
    expect(window.take(5, 1)[0]?.arrival).toBe('stale');
    expect(window.take(6, 1)[0]?.arrival).toBe('overtaken');
  });

  it('forgets what was there before a jump of more than its length', () => {
    const window = new SequenceWindow('datagram', 0, 0);
    window.take(0, 4_096);
    window.take(10 * WINDOW_READINGS, 1);
    expect(window.take(9 * WINDOW_READINGS + 1, 4_096)).toEqual([
      { arrival: 'overtaken', number: 9 * WINDOW_READINGS + 1, count: 4_096 },
    ]);
    expect(window.missing).toBe(10 * WINDOW_READINGS - 2 * 4_096);
  });

  it('counts what is skipped as missing, and goes on from a baseline', () => {
    const window = new SequenceWindow('stream', 10, 3);
    window.skipTo(12);
    window.skipTo(11);
    expect([window.next, window.missing]).toEqual([12, 5]);
  });

  it('knows in a stream only new ones and repetitions', () => {
    const window = new SequenceWindow('stream', 10, 0);
    window.take(15, 1);
    expect(window.take(12, 6)).toEqual([
      { arrival: 'repeated', number: 12, count: 4 },
      { arrival: 'new', number: 16, count: 2 },
    ]);
    expect(window.missing).toBe(5);
  });
});
