import { describe, expect, test } from 'vitest';
import { TCP_FLAG } from '../wire/tcp-header.ts';
import { Segment } from './conversation-segment.ts';
import { phaseLines } from './explain-phases.ts';
import type { Phase } from './model.ts';
import { PhaseReader } from './phases.ts';

const MS = 1_000_000;

/** Segments as [time in ms, side, bytes], each with PSH unless told otherwise. */
function phasesOf(
  segments: readonly (readonly [ms: number, side: 0 | 1, bytes: number, isPushed?: boolean])[],
  isStream = true,
): readonly Phase[] {
  const reader = new PhaseReader(isStream);
  const segment = new Segment();
  segments.forEach(([ms, side, bytes, isPushed = true], index) => {
    segment.frame = index + 1;
    segment.timeNs = ms * MS;
    segment.side = side;
    segment.newBytes = bytes;
    segment.flags = TCP_FLAG.ack | (isPushed ? TCP_FLAG.psh : 0);
    reader.add(segment);
  });
  reader.finish();
  return reader.phases;
}

describe('phases', () => {
  test('requests with answers', () => {
    const [phase, ...more] = phasesOf(
      Array.from({ length: 5 }, (_, index) => [
        [10 * index, 0, 12] as const,
        [10 * index + 2, 1, 40] as const,
      ]).flat(),
    );
    expect(more).toEqual([]);
    expect(phase).toMatchObject({ kind: 'exchange', from: 'client', count: 5, answers: 5, isRegular: true });
    expect(phaseLines(phase === undefined ? [] : [phase], 0)).toEqual([
      'client asks with 12 B, server answers with 40 B after 2 ms, 5 times, every 10 ms',
    ]);
  });

  test('messages in one direction at a steady pace', () => {
    const phases = phasesOf(Array.from({ length: 100 }, (_, index) => [10 * index, 0, 12] as const));
    expect(phaseLines(phases, 0)).toEqual([
      'client sends 12 B 100 times, every 10 ms; no data from the server',
    ]);
  });

  test('segments without PSH between them are one message', () => {
    const phases = phasesOf([
      [0, 1, 1_460, false],
      [40, 1, 1_460, false],
      [80, 1, 1_000],
    ]);
    expect(phases).toHaveLength(1);
    expect(phases[0]).toMatchObject({ kind: 'messages', count: 1, bytes: 3_920, from: 'server' });
  });

  test('bulk, with its rate', () => {
    const phases = phasesOf(Array.from({ length: 1_001 }, (_, index) => [index, 0, 1_000, false] as const));
    expect(phases).toHaveLength(1);
    expect(phases[0]).toMatchObject({ kind: 'bulk', count: 1, bytes: 1_001_000, rateBps: 8_008_000 });
  });

  test('a long silence ends a phase, a usual one does not', () => {
    const phases = phasesOf([
      [0, 0, 5],
      [10, 1, 5],
      [20, 0, 5],
      [30, 1, 5],
      [60_000, 0, 7],
      [60_010, 1, 7],
    ]);
    expect(phases.map(({ count, quietNs }) => [count, quietNs])).toEqual([
      [2, 0],
      [1, 59_970 * MS],
    ]);
    const slow = phasesOf(
      Array.from({ length: 10 }, (_, index) => [10_000 * index, 0, 5] as const),
      false,
    );
    expect(slow.map(({ count, isRegular }) => [count, isRegular])).toEqual([[10, true]]);
  });

  test('each datagram is a message', () => {
    const phases = phasesOf(
      [
        [0, 0, 100],
        [0, 0, 100],
        [1, 0, 100],
      ],
      false,
    );
    expect(phases[0]).toMatchObject({ kind: 'messages', count: 3 });
  });
});
