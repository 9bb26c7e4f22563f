import { describe, expect, it } from 'vitest';
import { Deadlines } from './deadlines.ts';

describe('Deadlines', () => {
  it('give what is due one by one, earliest first', () => {
    const timers = new Deadlines<'a' | 'b' | 'c'>();
    timers.set('a', 30);
    timers.set('b', 10);
    timers.set('c', 20);
    timers.set('a', 15);
    expect(timers.next).toBe(10);
    expect([timers.takeDue(20), timers.takeDue(20), timers.takeDue(19), timers.takeDue(20)]).toEqual([
      'b',
      'a',
      undefined,
      'c',
    ]);
    expect([timers.next, timers.takeDue(1e9)]).toEqual([undefined, undefined]);
  });

  it('do not give what the one before has cleared', () => {
    const timers = new Deadlines<'a' | 'b'>();
    timers.set('a', 1);
    timers.set('b', 2);
    expect([timers.isSet('b'), timers.takeDue(5)]).toEqual([true, 'a']);
    timers.clear('b');
    expect([timers.isSet('b'), timers.takeDue(5)]).toEqual([false, undefined]);
    timers.set('a', 1);
    timers.clearAll();
    expect(timers.next).toBeUndefined();
  });
});
