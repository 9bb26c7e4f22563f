import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Deadlines } from './deadlines.ts';

describe('deadlines', () => {
  it('give what is due, the earliest first, once', () => {
    const deadlines = new Deadlines<string>();
    deadlines.set('c', 30);
    deadlines.set('a', 10);
    deadlines.set('b', 20);
    expect(deadlines.firstUs).toBe(10);
    expect(deadlines.takeDue(9)).toBeUndefined();
    expect([deadlines.takeDue(20), deadlines.takeDue(20), deadlines.takeDue(20)]).toEqual([
      'a',
      'b',
      undefined,
    ]);
    expect(deadlines.firstUs).toBe(30);
  });

  it('move, and go', () => {
    const deadlines = new Deadlines<string>();
    deadlines.set('a', 10);
    deadlines.set('b', 20);
    deadlines.set('a', 40);
    expect(deadlines.firstUs).toBe(20);
    deadlines.set('b', undefined);
    deadlines.set('b', undefined);
    expect(deadlines.takeDue(50)).toBe('a');
    expect(deadlines.firstUs).toBeUndefined();
  });

  it('are as a list that is searched each time', () => {
    const change = fc.tuple(fc.nat(20), fc.option(fc.nat(100), { nil: undefined }));
    fc.assert(
      fc.property(fc.array(change), fc.nat(100), (changes, nowUs) => {
        const deadlines = new Deadlines<number>();
        const model = new Map<number, number>();
        for (const [item, atUs] of changes) {
          deadlines.set(item, atUs);
          if (atUs === undefined) model.delete(item);
          else model.set(item, atUs);
          expect(deadlines.firstUs).toBe(model.size === 0 ? undefined : Math.min(...model.values()));
        }
        const taken: number[] = [];
        for (let due = deadlines.takeDue(nowUs); due !== undefined; due = deadlines.takeDue(nowUs))
          taken.push(model.get(due) as number);
        expect(taken).toEqual([...model.values()].filter(atUs => atUs <= nowUs).sort((a, b) => a - b));
      }),
    );
  });
});
