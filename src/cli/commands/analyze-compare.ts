/** `sensewire analyze A B …`: what the same workload did and cost over each transport, side by side. */
import { behaviourOf } from '../../analysis/behaviour.ts';
import type { CaptureAnalysis } from '../../analysis/capture-analysis.ts';
import { type CostComparison, compareCosts, comparisonCells } from '../../analysis/cost-comparison.ts';
import { counted } from '../../analysis/words.ts';
import { UsageError } from '../../errors/errors.ts';
import type { AnalyzeFlags } from '../definitions/analyze.ts';
import { plain, printJson } from '../terminal.ts';
import { toJson } from './analyze-json.ts';
import { colour, table } from './analyze-layout.ts';
import { failOnDamage, readAnalysis } from './analyze-read.ts';

/** Columns that a terminal has room for. */
const MOST_CAPTURES = 6;
/** Longer names are cut at their beginning: the end tells files apart. */
const NAME_LENGTH = 24;

/** @throws UsageError SW_USAGE where there are too many, or flags that ask for one capture */
export async function analyzeCompare(files: readonly string[], flags: AnalyzeFlags): Promise<void> {
  if (files.length > MOST_CAPTURES) {
    throw new UsageError('SW_USAGE', `${files.length} captures: at most ${MOST_CAPTURES} fit side by side`);
  }
  if (flags.assert !== undefined || flags.conversation !== undefined || flags.all) {
    throw new UsageError(
      'SW_USAGE',
      '--assert, --conversation and --all take one capture; several are compared',
    );
  }
  const analyses: CaptureAnalysis[] = [];
  for (const file of files) analyses.push(await readAnalysis(file, flags));
  const comparison = compareCosts(
    analyses.map(analysis => ({
      name: analysis.facts.name,
      cost: analysis.costOfCapture(),
      behaviour: behaviourOf(analysis),
    })),
  );
  if (flags.json) printJson('comparison', toJson(comparison));
  else print(comparison, analyses);
  for (const analysis of analyses) failOnDamage(analysis);
}

function print(comparison: CostComparison, analyses: readonly CaptureAnalysis[]): void {
  const [head = [], ...rows] = comparisonCells(comparison);
  const cells = rows.map((row, index) => {
    const best = comparison.rows[index]?.best ?? null;
    return row.map((cell, column) =>
      best !== null && column === best + 1 ? `${cell} ◂` : column === 0 ? cell : `${cell}  `,
    );
  });
  const names = head.map(name => `${shortened(plain(name))}${name === '' ? '' : '  '}`);
  const right = new Set(names.keys());
  right.delete(0);
  const lines = [
    ...table(names, cells, right),
    '',
    colour('dim', `Bytes ${basisText(comparison)}. ◂ marks the least.`),
    ...analyses.flatMap(({ facts }) =>
      facts.artefacts.length === 0
        ? []
        : [
            colour(
              'yellow',
              `${plain(facts.name)}: ${counted(facts.artefacts.length, 'artefact')} of the capture (${facts.artefacts.map(({ kind }) => kind).join(', ')}); analyze it alone for more`,
            ),
          ],
    ),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function basisText({ basis }: CostComparison): string {
  return basis === 'capture'
    ? 'of the whole capture, since not all have messages'
    : `of each ${basis}, everything of the capture counted`;
}

function shortened(name: string): string {
  return name.length <= NAME_LENGTH ? name : `…${name.slice(1 - NAME_LENGTH)}`;
}
