import { describe, expect, it } from 'vitest';
import { ManualClock } from '../time/manual-clock.ts';
import { NoticeLimit } from './notice-limit.ts';

describe('a limit on lines', () => {
  it('lets ten of a kind pass in a second, and says how many more there were', () => {
    const clock = new ManualClock();
    const held: string[] = [];
    const limit = new NoticeLimit(clock, (kind, count) => held.push(`${kind} ${count}`));
    const passed = (kind: string, lines: number): number =>
      Array.from({ length: lines }, () => limit.allows(kind)).filter(Boolean).length;
    expect(passed('refused', 200)).toBe(10);
    expect(passed('left', 3)).toBe(3);
    clock.advance(999_999);
    expect(held).toEqual([]);
    clock.advance(1);
    expect(held).toEqual(['refused 190']);
    expect(passed('refused', 11)).toBe(10);
    limit.close();
    limit.close();
    expect(held).toEqual(['refused 190', 'refused 1']);
    expect(clock.nextTimerUs()).toBeUndefined();
  });
});
