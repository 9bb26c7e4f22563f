import { expect, test } from 'vitest';
import { SLOTS } from './limits.ts';
import { slotOf, Trace, type TracePoint } from './trace.ts';

function all(trace: Trace, newest: number): TracePoint[] {
  const points: TracePoint[] = [];
  trace.forEach(newest, point => points.push(point));
  return points;
}

function changes(trace: Trace, newest: number): TracePoint[] {
  const points: TracePoint[] = [];
  trace.takeChanges(newest, point => points.push(point));
  return points;
}

test('a slot is a tenth of a second', () => {
  expect([slotOf(0), slotOf(99_999), slotOf(100_000)]).toEqual([0, 0, 1]);
});

test('a slot keeps the least and the greatest of what it was given', () => {
  const trace = new Trace();
  trace.add(5, 2, 3);
  trace.add(5, 1, 2);
  trace.add(5, 2, 9);
  expect(all(trace, 5)).toEqual([{ slot: 5, low: 1, high: 9 }]);
});

test('slots without values are left out, late ones are filled in', () => {
  const trace = new Trace();
  trace.add(10, 1, 1);
  trace.add(14, 4, 4);
  expect(all(trace, 20).map(({ slot }) => slot)).toEqual([10, 14]);
  trace.add(12, 3, 3);
  expect(all(trace, 20).map(({ slot }) => slot)).toEqual([10, 12, 14]);
});

test('the ring forgets what is older than itself and takes nothing older', () => {
  const trace = new Trace();
  trace.add(100, 1, 1);
  trace.add(100 + SLOTS, 2, 2);
  trace.add(100, 7, 7);
  expect(all(trace, 100 + SLOTS)).toEqual([{ slot: 100 + SLOTS, low: 2, high: 2 }]);
  expect(all(trace, 100 + 3 * SLOTS)).toEqual([]);
});

test('changes are given once, and again when the slot changes again', () => {
  const trace = new Trace();
  trace.add(3, 1, 1);
  expect(changes(trace, 4)).toHaveLength(1);
  expect(changes(trace, 4)).toHaveLength(0);
  trace.add(3, 0, 0);
  expect(changes(trace, 4)).toEqual([{ slot: 3, low: 0, high: 1 }]);
  expect(all(trace, 4)).toHaveLength(1);
});
