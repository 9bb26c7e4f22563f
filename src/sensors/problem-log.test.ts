import { expect, it } from 'vitest';
import { ManualClock } from '../time/manual-clock.ts';
import { ProblemLog } from './problem-log.ts';

it('counts every problem by its reason and tells each reason at most every ten seconds', () => {
  const clock = new ManualClock();
  const told: string[] = [];
  const log = new ProblemLog(clock, message => told.push(message));
  for (let i = 0; i < 1_500; i++) {
    log.add('empty', `empty at ${clock.monotonicUs() / 1e6} s`);
    if (i === 700) log.add('odd', 'odd');
    clock.advance(10_000);
  }
  expect(told).toEqual(['empty at 0 s', 'odd', 'empty at 10 s (and 999 more like it)']);
  expect(log.counts()).toEqual({ empty: 1_500, odd: 1 });
  expect(log.total).toBe(1_501);
});
