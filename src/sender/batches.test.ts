import { describe, expect, it } from 'vitest';
import type { Batch } from '../readings/batch.ts';
import { sensorInfo } from '../readings/sensor-info.ts';
import { Batches } from './batches.ts';

const A = sensorInfo({ name: 'a', type: 'float64' });
const B = sensorInfo({ name: 'b', type: 'text' });
const C = sensorInfo({ name: 'c', type: 'bytes' });

function batches(batch: number, flushUs = 100): { batches: Batches; sent: [number, Batch][] } {
  const sent: [number, Batch][] = [];
  let ids = 0;
  const box = new Batches({ batch, flushUs, announce: () => ids++, send: (id, b) => sent.push([id, b]) });
  return { batches: box, sent };
}

describe('batches', () => {
  it('know a sensor by what it says, not by the object that says it', () => {
    const sent: number[] = [];
    const box = new Batches({
      batch: 2,
      flushUs: 0,
      announce: () => 0,
      send: (id, b) => sent.push(id, b.times.length),
    });
    box.push(A, 1, 1.5, 0);
    expect(box.push({ ...A }, 2, 2.5, 0)).toBe(true);
    expect(sent).toEqual([0, 2]);
    expect(box.sensors).toEqual([A]);
  });

  it('sends a message when it is full, each sensor its own', () => {
    const { batches: box, sent } = batches(2);
    expect(box.push(A, 10, 1.5, 0)).toBe(false);
    expect(box.push(B, 11, 'x', 0)).toBe(false);
    expect(box.push(A, 12, 2.5, 0)).toBe(true);
    expect(sent).toEqual([[0, { times: Float64Array.of(10, 12), values: Float64Array.of(1.5, 2.5) }]]);
    expect(box.waiting).toBe(1);
    expect(box.sensors).toEqual([A, B]);
  });

  it('keeps texts and bytes as they are', () => {
    const { batches: box, sent } = batches(1);
    const bytes = Uint8Array.of(1, 2);
    box.push(B, 1, 'text', 0);
    box.push(C, 2, bytes, 0);
    expect(sent.map(([, batch]) => batch.values)).toEqual([['text'], [bytes]]);
  });

  it('says when the oldest reading is due, and sends only what is', () => {
    const { batches: box, sent } = batches(10);
    expect(box.dueAtUs).toBeUndefined();
    box.push(A, 1, 1, 1_000);
    box.push(B, 2, 'x', 1_050);
    box.push(A, 3, 2, 1_060);
    expect(box.dueAtUs).toBe(1_100);
    box.flushDue(1_099);
    expect(sent).toEqual([]);
    box.flushDue(1_100);
    expect(sent.map(([id, batch]) => [id, batch.times.length])).toEqual([[0, 2]]);
    expect(box.dueAtUs).toBe(1_150);
    box.flushAll();
    box.flushAll();
    expect([sent.length, box.waiting, box.dueAtUs]).toEqual([2, 0, undefined]);
  });
});
