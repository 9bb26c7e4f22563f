import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MOST_RANGES, ReceivedNumbers } from './received-numbers.ts';

function rangesOf(numbers: ReceivedNumbers): [number, number][] {
  return Array.from({ length: numbers.count }, (_, index) => [numbers.start(index), numbers.end(index)]);
}

function received(...all: readonly number[]): ReceivedNumbers {
  const numbers = new ReceivedNumbers();
  for (const number of all) numbers.add(number);
  return numbers;
}

describe('numbers that came', () => {
  it('are ranges, the newest first', () => {
    expect(rangesOf(received(0, 1, 2, 5, 6, 9))).toEqual([
      [9, 9],
      [5, 6],
      [0, 2],
    ]);
    expect(received().largest).toBe(-1);
    expect(received(4, 2).largest).toBe(4);
  });

  it('join where what was between them comes', () => {
    expect(rangesOf(received(0, 2, 1))).toEqual([[0, 2]]);
    expect(rangesOf(received(0, 3, 1))).toEqual([
      [3, 3],
      [0, 1],
    ]);
    expect(rangesOf(received(0, 3, 2))).toEqual([
      [2, 3],
      [0, 0],
    ]);
    expect(rangesOf(received(4, 2, 0))).toEqual([
      [4, 4],
      [2, 2],
      [0, 0],
    ]);
  });

  it('say what a number means that comes', () => {
    const numbers = new ReceivedNumbers();
    expect([0, 1, 3, 2, 3].map(number => numbers.add(number))).toEqual([
      'next',
      'next',
      'gap',
      'fill',
      'duplicate',
    ]);
    expect(new ReceivedNumbers().add(7)).toBe('gap');
  });

  it('are named eight times each after they have changed, and the newest always', () => {
    const numbers = received(0, 2);
    for (let times = 0; times < 8; times++) {
      expect(numbers.count).toBe(2);
      numbers.onTold();
    }
    expect(rangesOf(numbers)).toEqual([[2, 2]]);
    numbers.add(4);
    expect(rangesOf(numbers)).toEqual([
      [4, 4],
      [2, 2],
    ]);
    numbers.add(1);
    expect(rangesOf(numbers)).toEqual([
      [4, 4],
      [0, 2],
    ]);
  });

  it('are those that were added, once each, for any order', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60), { maxLength: 80 }), order => {
        const numbers = new ReceivedNumbers();
        const model = new Set<number>();
        for (const number of order) {
          expect(numbers.has(number)).toBe(model.has(number));
          expect(numbers.add(number) === 'duplicate').toBe(model.has(number));
          model.add(number);
        }
        const named = rangesOf(numbers).flatMap(([start, end]) =>
          Array.from({ length: end - start + 1 }, (_, offset) => start + offset),
        );
        expect(named.sort((a, b) => a - b)).toEqual([...model].sort((a, b) => a - b));
      }),
    );
  });

  it('beyond 32 ranges count as received, so that nothing is taken twice', () => {
    const numbers = received(...Array.from({ length: 40 }, (_, index) => 2 * index));
    expect(rangesOf(numbers).length).toBe(MOST_RANGES);
    expect(numbers.has(1)).toBe(true);
    expect(numbers.has(13)).toBe(true);
    expect(numbers.has(15)).toBe(false);
    expect(numbers.has(79)).toBe(false);
    expect(numbers.add(3)).toBe('duplicate');
  });
});
