import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Queue } from './queue.ts';

describe('Queue', () => {
  it('is an array with push and shift', () => {
    const actions = fc.array(fc.oneof(fc.constant('shift' as const), fc.nat()), {
      maxLength: 5_000,
      size: 'max',
    });
    fc.assert(
      fc.property(actions, steps => {
        const queue = new Queue<number>();
        const model: number[] = [];
        for (const step of steps) {
          if (step === 'shift') expect(queue.shift()).toBe(model.shift());
          else {
            queue.push(step);
            model.push(step);
          }
          expect([queue.length, queue.first, queue.last]).toEqual([model.length, model[0], model.at(-1)]);
        }
        expect([...queue]).toEqual(model);
        queue.clear();
        expect([queue.length, [...queue]]).toEqual([0, []]);
      }),
      { numRuns: 20 },
    );
  });

  it('takes another item in the place of the last one', () => {
    const queue = new Queue<number>();
    queue.push(1);
    queue.push(2);
    queue.last = 3;
    expect([...queue]).toEqual([1, 3]);
  });

  it('lets go of its used-up front', () => {
    const queue = new Queue<number>();
    for (let item = 0; item < 5_000; item++) queue.push(item);
    for (let item = 0; item < 4_999; item++) expect(queue.shift()).toBe(item);
    expect([...queue]).toEqual([4_999]);
  });
});
