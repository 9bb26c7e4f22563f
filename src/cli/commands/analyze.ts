/**
 * `sensewire analyze`: reads one capture or several, and shows what was asked for. Each manner of showing is a file of its own,
 * loaded when it is asked for.
 */
import { UsageError } from '../../errors/errors.ts';
import type { AnalyzeFlags } from '../definitions/analyze.ts';

export async function analyze(files: readonly string[], flags: AnalyzeFlags): Promise<void> {
  checkFlags(files, flags);
  const [first = ''] = files;
  if (flags.fields !== undefined) return (await import('./analyze-fields.ts')).analyzeFields(first, flags);
  if (flags.frame !== undefined) return (await import('./analyze-frame.ts')).analyzeFrame(first, flags);
  if (flags.stream !== undefined) return (await import('./analyze-stream.ts')).analyzeStream(first, flags);
  if (flags.html !== undefined) return (await import('./analyze-html.ts')).analyzeHtml(files, flags);
  if (files.length > 1) return (await import('./analyze-compare.ts')).analyzeCompare(files, flags);
  return (await import('./analyze-conversations.ts')).analyzeConversations(first, flags);
}

/** @throws UsageError SW_USAGE where flags cannot go together */
function checkFlags(files: readonly string[], flags: AnalyzeFlags): void {
  const { fields, frame, stream, html, json, assert, hex, raw, conversation, all } = flags;
  const modes = Object.entries({ '--fields': fields, '--frame': frame, '--stream': stream, '--html': html })
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name);
  const rules: readonly (readonly [boolean, string])[] = [
    [modes.length > 1, `${modes.join(' and ')}: one of them at a time`],
    [
      files.length > 1 && (fields ?? frame ?? stream) !== undefined,
      `${modes[0]} takes one capture, ${files.length} were given`,
    ],
    [files.filter(file => file === '-').length > 1, 'standard input (-) can be read once'],
    [stream === undefined && (hex === true || raw !== undefined), '--hex and --raw belong to --stream'],
    [hex === true && raw !== undefined, '--hex or --raw: one of them'],
    [
      (json ?? false) && (fields !== undefined || html !== undefined),
      `--json and ${modes[0]}: give one of them`,
    ],
    [assert !== undefined && modes.length > 0, `--assert and ${modes[0]}: check in a call of its own`],
    [
      modes.length > 0 && (conversation !== undefined || all === true) && html === undefined,
      '--conversation and --all choose what is explained; this asks for something else',
    ],
  ];
  const broken = rules.find(([isBroken]) => isBroken);
  if (broken !== undefined) throw new UsageError('SW_USAGE', broken[1]);
}
