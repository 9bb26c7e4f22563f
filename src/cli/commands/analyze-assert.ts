/** `sensewire analyze FILE --assert EXPR`: says of each expression whether it holds, with the numbers found; fails where one does not. */
import { type Found, finderOf } from '../../analysis/assert-names.ts';
import { type Assertion, isTrue, parseAssertion } from '../../analysis/assert-parser.ts';
import { bytesText, timeText } from '../../analysis/words.ts';
import type { AnalyzeFlags } from '../definitions/analyze.ts';
import { plain, printJson } from '../terminal.ts';
import { toJson } from './analyze-json.ts';
import { colour } from './analyze-layout.ts';
import { failOnDamage, readAnalysis } from './analyze-read.ts';

export async function analyzeAssert(path: string, flags: AnalyzeFlags): Promise<void> {
  const assertions = (flags.assert ?? []).map(parseAssertion);
  const analysis = await readAnalysis(path, flags);
  const find = finderOf(analysis, toJson);
  for (const assertion of assertions) {
    const holds = isTrue(assertion.evaluate(name => find(name).value));
    const found = [...new Set(assertion.names)].map(name => [name, find(name)] as const);
    if (!holds) process.exitCode = 1;
    if (flags.json)
      printJson('assertion', {
        expression: assertion.text,
        holds,
        values: Object.fromEntries(found.map(([name, { value }]) => [name, value])),
      });
    else process.stdout.write(`${line(assertion, holds, found)}\n`);
  }
  failOnDamage(analysis);
}

function line({ text }: Assertion, holds: boolean, found: readonly (readonly [string, Found])[]): string {
  const values = found.map(([name, one]) => `${name} is ${valueText(one)}`).join(', ');
  const verdict = holds ? colour('green', 'holds') : colour('red', 'FAILS');
  return `${verdict}  ${plain(text)}${values === '' ? '' : colour('dim', `  (${plain(values)})`)}`;
}

/** In the unit that somebody would write it in. */
function valueText({ value, unit }: Found): string {
  if (value === null) return 'not known';
  if (typeof value !== 'number') return value;
  if (unit === 'ns') return timeText(value);
  return unit === 'bytes' ? bytesText(value) : String(value);
}
