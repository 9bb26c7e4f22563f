/** `sensewire analyze FILE --assert EXPR`: says of each expression whether it holds, with the numbers found; fails where one does not. */
import { resolverOf } from '../../analysis/assert-names.ts';
import { type Assertion, isTrue, parseAssertion, type Value } from '../../analysis/assert-parser.ts';
import type { AnalyzeFlags } from '../definitions/analyze.ts';
import { plain, printJson } from '../terminal.ts';
import { toJson } from './analyze-json.ts';
import { colour } from './analyze-layout.ts';
import { failOnDamage, readAnalysis } from './analyze-read.ts';

export async function analyzeAssert(path: string, flags: AnalyzeFlags): Promise<void> {
  const assertions = (flags.assert ?? []).map(parseAssertion);
  const analysis = await readAnalysis(path, flags);
  const resolve = resolverOf(analysis, toJson);
  for (const assertion of assertions) {
    const holds = isTrue(assertion.evaluate(resolve));
    const found = [...new Set(assertion.names)].map(name => [name, resolve(name)] as const);
    if (!holds) process.exitCode = 1;
    if (flags.json)
      printJson('assertion', { expression: assertion.text, holds, values: Object.fromEntries(found) });
    else process.stdout.write(`${line(assertion, holds, found)}\n`);
  }
  failOnDamage(analysis);
}

function line({ text }: Assertion, holds: boolean, found: readonly (readonly [string, Value])[]): string {
  const values = found
    .map(([name, value]) => `${name} is ${value === null ? 'not known' : value}`)
    .join(', ');
  const verdict = holds ? colour('green', 'holds') : colour('red', 'FAILS');
  return `${verdict}  ${plain(text)}${values === '' ? '' : colour('dim', `  (${plain(values)})`)}`;
}
