import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RECORD_WORDS, SIDE } from './tcp-state.ts';
import { Unacknowledged } from './unacknowledged.ts';

interface Segment {
  sequence: number;
  readonly end: number;
  readonly frame: number;
}

/** The same by walking through everything, newest first, as the rules are told. */
class Model {
  segments: Segment[] = [];

  acknowledge(ack: number, partial: boolean): number {
    let found = 0;
    for (const segment of this.segments.toReversed()) {
      const { sequence, end, frame } = segment;
      if (end === ack) found = frame;
      else if (((sequence - ack) | 0) < 0 && ((ack - end) | 0) <= 0) {
        segment.sequence = ack;
        if (partial) found = frame;
        continue;
      } else if (((ack - end) | 0) < 0) continue;
      this.segments = this.segments.filter(other => other !== segment);
    }
    return found;
  }

  span(base: number): number {
    if (this.segments.length === 0) return 0;
    const low = Math.min(...this.segments.map(({ sequence }) => (sequence - base) >>> 0));
    const high = Math.max(...this.segments.map(({ end }) => (end - base) >>> 0));
    return (high - low) >>> 0;
  }

  endOfStretch(ack: number): number {
    const newest = this.segments.at(-1);
    if (newest === undefined) return ack;
    let [low, high] = [newest.sequence, newest.end];
    for (const { sequence, end } of this.segments.slice(0, -1).reverse()) {
      if (((ack - sequence) | 0) > 0) continue;
      if (end !== low) high = end;
      low = sequence;
    }
    return low === ack && ((ack - high) | 0) < 0 ? high : ack;
  }

  covers(sequence: number, end: number): boolean {
    return this.segments.some(
      segment => ((segment.sequence - sequence) | 0) <= 0 && ((end - segment.end) | 0) <= 0,
    );
  }
}

const place = fc.nat({ max: 40 }).map(step => step * 10);
/** Now and then far off: damaged, or forged. */
const anyPlace = fc.oneof(
  { weight: 60, arbitrary: place },
  { weight: 1, arbitrary: fc.integer() },
  { weight: 1, arbitrary: place.map(near => (near + 0x8000_0000) | 0) },
);
const anyStep = fc.oneof(
  fc.record({
    kind: fc.constant('append' as const),
    sequence: anyPlace,
    length: fc.integer({ min: 1, max: 40 }),
  }),
  fc.record({ kind: fc.constant('acknowledge' as const), ack: anyPlace, partial: fc.boolean() }),
);

describe('unacknowledged segments', () => {
  it('are what a walk through all of them says, in any order and however far apart', () => {
    fc.assert(
      fc.property(
        fc.array(anyStep, { maxLength: 80, size: 'max' }),
        fc.constantFrom(0, -100, 0x7fff_ff80, 1_000_000),
        place,
        (steps, base, asked) => {
          const [list, model] = [new Unacknowledged(), new Model()];
          const state = new Int32Array(RECORD_WORDS);
          const at = (base + asked) | 0;
          for (const [index, step] of steps.entries()) {
            if (step.kind === 'append') {
              const sequence = (base + step.sequence) | 0;
              const segment = { sequence, end: (sequence + step.length) | 0, frame: index + 1 };
              model.segments.push(segment);
              list.append(state, 0, segment.sequence, segment.end, segment.frame, index, -index);
            } else {
              const ack = (base + step.ack) | 0;
              list.acknowledge(state, 0, ack, step.partial);
              expect(list.foundFrame).toBe(model.acknowledge(ack, step.partial));
              if (list.foundFrame !== 0) {
                expect([list.foundSeconds, list.foundNs]).toEqual([list.foundFrame - 1, 1 - list.foundFrame]);
              }
            }
            expect(state[SIDE.unackedCount]).toBe(model.segments.length);
            expect(list.span(state, 0, base)).toBe(model.span(base));
            expect(list.covers(state, 0, at, (at + 20) | 0)).toBe(model.covers(at, (at + 20) | 0));
            expect(list.endOfStretch(state, 0, at)).toBe(model.endOfStretch(at));
            list.findOldest(state, 0);
            expect(list.foundFrame).toBe(model.segments[0]?.frame ?? 0);
            list.findOldestFrom(state, 0, at);
            const from = model.segments.find(({ sequence }) => ((at - sequence) | 0) <= 0);
            expect(list.foundFrame).toBe(from?.frame ?? 0);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('of many directions share one pool, and give their room back', () => {
    const list = new Unacknowledged();
    const states = Array.from({ length: 50 }, () => new Int32Array(RECORD_WORDS));
    for (let round = 0; round < 3; round++) {
      for (let index = 0; index < 100; index++) {
        for (const state of states) list.append(state, 0, index * 10, index * 10 + 10, index + 1, 0, 0);
      }
      for (const state of states) {
        expect(list.span(state, 0, 0)).toBe(1_000);
        list.acknowledge(state, 0, 990, false);
        expect([list.foundFrame, state[SIDE.unackedCount]]).toEqual([99, 1]);
        list.acknowledge(state, 0, 1_000, false);
        expect([list.foundFrame, state[SIDE.unackedCount], list.span(state, 0, 0)]).toEqual([100, 0, 0]);
      }
    }
  });
});
