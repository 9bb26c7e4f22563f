/**
 * Several captures side by side: the same workload over TCP, UDP, reliable UDP. What is compared is the cost of one reading where all
 * have readings, of one message where all have messages, and of all otherwise.
 */
import type { Behaviour } from './behaviour.ts';
import { COST_LAYERS, type CostCause, type CostSheet, overheadRatio, wireBytes } from './cost.ts';
import { eachText, ratioText } from './cost-text.ts';
import { CAUSE_WORDS, LAYER_WORDS } from './cost-words.ts';
import { bytesText, countText, timeText } from './words.ts';

export interface ComparedCapture {
  readonly name: string;
  readonly cost: CostSheet;
  readonly behaviour: Behaviour;
}

export type ComparisonBasis = 'reading' | 'message' | 'capture';

export interface ComparisonRow {
  readonly label: string;
  readonly unit: 'time' | 'count' | 'bytes' | 'bytes-each' | 'ratio';
  /** One for each capture; null where it has none. */
  readonly values: readonly (number | null)[];
  /** The best one is the least; null where none is better than the others, or more is not worse. */
  readonly best: number | null;
  /** Belongs to the row above that is not. */
  readonly isPart: boolean;
}

export interface CostComparison {
  readonly names: readonly string[];
  readonly basis: ComparisonBasis;
  readonly rows: readonly ComparisonRow[];
}

/** Causes that say how a transport works, together where they belong together. */
const CAUSE_ROWS: readonly (readonly [string, readonly CostCause[]])[] = [
  [CAUSE_WORDS.data, ['data']],
  ['acknowledgements', ['acknowledgement', 'duplicateAcknowledgement']],
  ['sent again, and repair', ['retransmission', 'repair']],
  ['handshake and close', ['handshake', 'close']],
  ['probes and the rest', ['probe', 'other']],
];

export function compareCosts(captures: readonly ComparedCapture[]): CostComparison {
  const costs = captures.map(({ cost }) => cost);
  const basis = basisOf(costs);
  const each = (pick: (cost: CostSheet) => number): (number | null)[] =>
    costs.map(cost => {
      const count = countOf(cost, basis);
      return count === 0 ? null : pick(cost) / count;
    });
  const unit = basis === 'capture' ? 'bytes' : 'bytes-each';
  const row = (label: string, pick: (cost: CostSheet) => number, isPart = true): ComparisonRow =>
    withBest({ label, unit, values: each(pick), isPart });
  const rows: ComparisonRow[] = [
    ...behaviourRows(captures.map(({ behaviour }) => behaviour)),
    ...(basis === 'capture'
      ? []
      : [
          plainRow(
            `${basis}s`,
            'count',
            costs.map(cost => countOf(cost, basis)),
          ),
        ]),
    plainRow(
      'frames',
      'count',
      costs.map(({ frames }) => frames),
    ),
    plainRow(
      'bytes in the capture',
      'bytes',
      costs.map(({ bytes }) => bytes),
    ),
    plainRow(
      'payload, sent once',
      'bytes',
      costs.map(({ newPayloadBytes }) => newPayloadBytes),
    ),
    row(basis === 'capture' ? 'all of it' : `bytes a ${basis}`, ({ bytes }) => bytes, false),
    ...COST_LAYERS.map(layer => row(LAYER_WORDS[layer], ({ layers }) => layers[layer])),
    { ...row('the same by cause', ({ bytes }) => bytes, false), best: null },
    ...CAUSE_ROWS.map(([label, causes]) => row(label, cost => bytesOfCauses(cost, causes))),
    { ...row('the least possible', ({ bound }) => bound.bytes, false), best: null },
    row('on an Ethernet cable', wireBytes, false),
    withBest({
      label: 'bytes for one of payload',
      unit: 'ratio',
      values: costs.map(cost => (cost.newPayloadBytes === 0 ? null : overheadRatio(cost))),
      isPart: false,
    }),
  ];
  const shown = rows.filter(({ values, isPart }) => !isPart || values.some(value => (value ?? 0) > 0));
  return { names: captures.map(({ name }) => name), basis, rows: shown };
}

/** What happened, above what it cost. */
function behaviourRows(behaviours: readonly Behaviour[]): ComparisonRow[] {
  const row = (
    label: string,
    unit: ComparisonRow['unit'],
    pick: (behaviour: Behaviour) => number | null,
    isPart = false,
  ): ComparisonRow => ({ label, unit, values: behaviours.map(pick), best: null, isPart });
  return [
    row('time', 'time', ({ durationNs }) => durationNs),
    row('conversations', 'count', ({ conversations }) => conversations),
    row('round trip of the client, median', 'time', ({ roundTripNs }) => roundTripNs),
    row('segments or messages sent again', 'count', ({ sentAgain }) => sentAgain),
    row('lost packets recomputed', 'count', ({ recomputed }) => recomputed, true),
  ];
}

function basisOf(costs: readonly CostSheet[]): ComparisonBasis {
  if (costs.every(({ readings }) => readings !== undefined)) return 'reading';
  return costs.every(({ messages }) => messages !== undefined) ? 'message' : 'capture';
}

function countOf({ readings, messages }: CostSheet, basis: ComparisonBasis): number {
  if (basis === 'capture') return 1;
  return (basis === 'reading' ? readings : messages)?.count ?? 0;
}

function bytesOfCauses({ causes }: CostSheet, wanted: readonly CostCause[]): number {
  return causes.reduce((sum, { cause, bytes }) => (wanted.includes(cause) ? sum + bytes : sum), 0);
}

function plainRow(label: string, unit: ComparisonRow['unit'], values: readonly number[]): ComparisonRow {
  return { label, unit, values, best: null, isPart: false };
}

function withBest(row: Omit<ComparisonRow, 'best'>): ComparisonRow {
  const known = row.values.filter(value => value !== null);
  const least = Math.min(...known);
  const isTold = !row.isPart && known.length > 1 && known.some(value => value > least);
  return { ...row, best: isTold ? row.values.indexOf(least) : null };
}

/** The comparison as cells of text: a row of headings, then a row each; what belongs to a row above is indented. */
export function comparisonCells({ names, rows }: CostComparison): string[][] {
  return [
    ['', ...names],
    ...rows.map(({ label, unit, values, isPart }) => [
      isPart ? `  ${label}` : label,
      ...values.map(value => (value === null ? '–' : valueText(value, unit))),
    ]),
  ];
}

function valueText(value: number, unit: ComparisonRow['unit']): string {
  switch (unit) {
    case 'time':
      return timeText(value);
    case 'count':
      return countText(value);
    case 'bytes':
      return bytesText(value);
    case 'bytes-each':
      return eachText(value);
    case 'ratio':
      return ratioText(value);
  }
}
