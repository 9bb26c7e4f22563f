/**
 * Conversations of two endpoints of reliable UDP over bad links, in virtual time, from thousands of seeds.
 *
 * `SEED=…` replays one of them; a failure names its seed. `npm run sim` runs more, and tells one packet by packet.
 */
import { describe, expect, it } from 'vitest';
import { LINK_KINDS } from '../../src/testing/rudp-links.ts';
import { type Outcome, runScenario } from '../../src/testing/rudp-scenario.ts';

const { SEED } = process.env;
const SEEDS: readonly number[] =
  SEED === undefined ? Array.from({ length: 3_000 }, (_, seed) => seed) : [Number(SEED)];

describe('a conversation over a bad link', () => {
  it('delivers every message once and in order, and ends as both ends were told', {
    timeout: 120_000,
  }, () => {
    const outcomes = SEEDS.map(seed => runScenario(seed));
    if (SEED !== undefined) return;
    expect(LINK_KINDS.length).toBeGreaterThanOrEqual(20);
    expect(new Set(outcomes.map(({ kind }) => kind)).size).toBe(LINK_KINDS.length);
    expect(sum(outcomes, ({ messages }) => messages)).toBeGreaterThan(1_000_000);
    // What never happens in here is not tested by it.
    const client = (count: (outcome: Outcome['client']) => number): number =>
      sum(outcomes, outcome => count(outcome.client));
    expect(client(({ lost }) => lost)).toBeGreaterThan(1_000);
    expect(client(({ spurious }) => spurious)).toBeGreaterThan(1_000);
    expect(client(({ duplicates }) => duplicates)).toBeGreaterThan(1_000);
    expect(client(({ repaired }) => repaired)).toBeGreaterThan(1_000);
    expect(client(({ repairedByPeer }) => repairedByPeer)).toBeGreaterThan(1_000);
    expect(client(({ probes }) => probes)).toBeGreaterThan(1_000);
    const seen = new Map<string, number>();
    for (const outcome of outcomes)
      for (const [name, count] of outcome.seen) seen.set(name, (seen.get(name) ?? 0) + count);
    for (const name of ['init', 'retry', 'accept', 'reset', 'numbered', 'unnumbered', ...FRAMES])
      expect(seen.get(name), name).toBeGreaterThan(20);
  });

  it('is the same again with the same seed', () => {
    for (const seed of [3, 7, 18]) expect(runScenario(seed)).toEqual(runScenario(seed));
  });
});

const FRAMES = [
  'PADDING',
  'PING',
  'ACK',
  'PATH_CHALLENGE',
  'PATH_RESPONSE',
  'CLOSE',
  'MAX_DATA',
  'END',
  'MESSAGE',
  'REPAIR',
];

function sum(outcomes: readonly Outcome[], count: (outcome: Outcome) => number): number {
  return outcomes.reduce((total, outcome) => total + count(outcome), 0);
}
