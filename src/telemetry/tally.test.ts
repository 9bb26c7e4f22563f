import { describe, expect, it } from 'vitest';
import { Tally } from './tally.ts';

describe('Tally', () => {
  it('adds up what acknowledgements say, less what is missing', () => {
    const tally = new Tally();
    tally.take({ upTo: 10, missing: 2 });
    tally.take({ upTo: 10, missing: 1 });
    tally.take({ upTo: 20, missing: 1 });
    expect([tally.total, tally.upTo, tally.missing]).toEqual([19, 20, 1]);
  });

  it('knows which of two acknowledgements is older', () => {
    const tally = new Tally();
    tally.take({ upTo: 10, missing: 2 });
    expect(tally.isOlder({ upTo: 9, missing: 0 })).toBe(true);
    expect(tally.isOlder({ upTo: 10, missing: 3 })).toBe(true);
    expect(tally.isOlder({ upTo: 10, missing: 2 })).toBe(false);
    expect(tally.isOlder({ upTo: 11, missing: 5 })).toBe(false);
  });

  it('goes on from a new baseline', () => {
    const tally = new Tally();
    tally.take({ upTo: 10, missing: 2 });
    tally.resume(9, { upTo: 30, missing: 20 });
    tally.take({ upTo: 35, missing: 21 });
    expect(tally.total).toBe(13);
  });
});
