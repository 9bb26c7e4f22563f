/**
 * `sensewire analyze --html OUT`: the report of one capture, or of several side by side, as one file.
 */
import { writeFileSync } from 'node:fs';
import { behaviourOf } from '../../analysis/behaviour.ts';
import { CaptureAnalysis, type Selection } from '../../analysis/capture-analysis.ts';
import type { CaptureReport } from '../../analysis/model.ts';
import { Pipeline } from '../../analysis/pipeline.ts';
import { bytesText, counted, countText } from '../../analysis/words.ts';
import { readCapture } from '../../capture/capture-file.ts';
import { UsageError } from '../../errors/errors.ts';
import { type FrameView, FrameViews } from '../../report/frame-view.ts';
import { MOST_ASKED, MOST_CAPTURES, MOST_CONVERSATIONS } from '../../report/limits.ts';
import { reportPage } from '../../report/page.ts';
import type { ReportedCapture } from '../../report/report-input.ts';
import { framesInDetail } from '../../report/subjects.ts';
import type { AnalyzeFlags } from '../definitions/analyze.ts';
import { endSignal } from '../exit.ts';
import { paint, plain } from '../terminal.ts';
import { VERSION } from '../version.ts';
import { failOnDamage } from './analyze-read.ts';
import { allConversations, chosen, type Ranked, rank } from './analyze-selection.ts';
import { writeOutput } from './analyze-write.ts';

const STANDARD_INPUT = '-';

/** @throws UsageError SW_USAGE where the file cannot be written, or there are more captures than fit side by side */
export async function analyzeHtml(files: readonly string[], flags: AnalyzeFlags): Promise<void> {
  const { html = STANDARD_INPUT, quiet = false } = flags;
  if (files.length > MOST_CAPTURES) {
    throw new UsageError('SW_USAGE', `${files.length} captures: at most ${MOST_CAPTURES} fit side by side`);
  }
  const { signal, release } = endSignal();
  try {
    const analyses: CaptureAnalysis[] = [];
    const captures: ReportedCapture[] = [];
    for (const file of files) {
      const analysis = await read(file, flags, signal);
      const report = analysis.report(selectionOf(analysis, flags), { series: true });
      const frames = await framesOf(file, report, flags, signal);
      captures.push({ report, behaviour: behaviourOf(analysis), frames });
      analyses.push(analysis);
    }
    const page = reportPage({ captures, version: VERSION });
    write(html, page);
    if (!quiet) tell(html, page, captures);
    for (const analysis of analyses) failOnDamage(analysis);
  } finally {
    release();
  }
}

async function read(
  file: string,
  { wireshark }: AnalyzeFlags,
  signal: AbortSignal,
): Promise<CaptureAnalysis> {
  const name = file === STANDARD_INPUT ? 'standard input' : file;
  const analysis = new CaptureAnalysis({ name, wireshark, fastLane: true });
  analysis.finish(await readCapture(file, analysis.sink, { signal }));
  return analysis;
}

/** A second look at the capture, up to the frames that are shown byte by byte. What came by standard input is gone. */
async function framesOf(
  file: string,
  report: CaptureReport,
  { wireshark }: AnalyzeFlags,
  signal: AbortSignal,
): Promise<ReadonlyMap<number, FrameView>> {
  const wanted = framesInDetail(report);
  if (file === STANDARD_INPUT || wanted.length === 0 || signal.aborted) return new Map();
  const seen = new AbortController();
  const views = new FrameViews(wanted, () => seen.abort());
  await readCapture(file, new Pipeline(views, { wireshark }), {
    signal: AbortSignal.any([signal, seen.signal]),
  });
  return views.views;
}

/** Those that were asked for, or the most interesting ones; of each protocol one at least, since the answers compare them. */
function selectionOf(analysis: CaptureAnalysis, flags: AnalyzeFlags): Selection {
  if (flags.conversation !== undefined) return bounded(chosen(analysis, flags.conversation));
  if (flags.all) return bounded(allConversations(analysis));
  const ranked = rank(analysis);
  const best = ranked.slice(0, MOST_CONVERSATIONS);
  for (const protocol of ['tcp', 'udp'] as const) {
    const isThere = best.some(one => one.protocol === protocol);
    const first = ranked.find(one => one.protocol === protocol);
    if (!isThere && first !== undefined) best[best.length - 1] = first;
  }
  return { tcp: numbersOf(best, 'tcp'), udp: numbersOf(best, 'udp') };
}

function numbersOf(ranked: readonly Ranked[], wanted: 'tcp' | 'udp'): number[] {
  return ranked
    .filter(({ protocol }) => protocol === wanted)
    .map(({ conversation }) => conversation)
    .sort((left, right) => left - right);
}

function bounded({ tcp, udp }: Selection): Selection {
  const first = tcp.slice(0, MOST_ASKED);
  return { tcp: first, udp: udp.slice(0, MOST_ASKED - first.length) };
}

/** @throws UsageError SW_USAGE */
function write(path: string, page: string): void {
  if (path === STANDARD_INPUT) {
    writeOutput(new TextEncoder().encode(page));
    return;
  }
  try {
    writeFileSync(path, page);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `--html ${plain(path)} cannot be written: ${plain(why)}; is the folder there, and yours?`;
    throw new UsageError('SW_USAGE', message, { cause });
  }
}

function tell(path: string, page: string, captures: readonly ReportedCapture[]): void {
  const all = captures.reduce(
    (sum, { report: { capture } }) => sum + capture.tcpConversations + capture.udpConversations,
    0,
  );
  const shown = captures.reduce((sum, { report: { tcp, udp } }) => sum + tcp.length + udp.length, 0);
  const what =
    shown === all ? counted(all, 'conversation') : `${countText(shown)} of ${counted(all, 'conversation')}`;
  const where = path === STANDARD_INPUT ? 'standard output' : plain(path);
  process.stderr.write(
    `${paint('green', 'written')} ${where} (${bytesText(Buffer.byteLength(page))}): ${what}${path === STANDARD_INPUT ? '' : '; open it in a browser'}\n`,
  );
}
