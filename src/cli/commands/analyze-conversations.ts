/**
 * The default of `sensewire analyze`: the capture, its conversations, and an explanation of each; as text or JSON lines.
 */
import type { CaptureAnalysis, Selection } from '../../analysis/capture-analysis.ts';
import type { AnalyzeFlags } from '../definitions/analyze.ts';
import { failOnDamage, readAnalysis } from './analyze-read.ts';
import { allConversations, chosen, MOST_LINES, mostInteresting } from './analyze-selection.ts';

export async function analyzeConversations(path: string, flags: AnalyzeFlags): Promise<void> {
  if (flags.assert !== undefined) return (await import('./analyze-assert.ts')).analyzeAssert(path, flags);
  const analysis = await readAnalysis(path, flags);
  const { printAnalysis } = flags.json
    ? await import('./analyze-json.ts')
    : await import('./analyze-text.ts');
  printAnalysis(analysis, selectionOf(analysis, flags));
  failOnDamage(analysis);
}

function selectionOf(analysis: CaptureAnalysis, flags: AnalyzeFlags): Selection {
  if (flags.conversation !== undefined) return chosen(analysis, flags.conversation);
  if (flags.all) return allConversations(analysis);
  return mostInteresting(analysis, flags.json ? MOST_LINES : undefined);
}
