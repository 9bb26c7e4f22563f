/**
 * `sensewire analyze FILE --fields a,b,…`: a row for each frame, as `tshark -T fields -E header=y -E occurrence=a` prints it.
 */
import { FIELD_NAMES } from '../../analysis/fields.ts';
import { FieldsPrinter } from '../../analysis/fields-printer.ts';
import { Pipeline } from '../../analysis/pipeline.ts';
import { readCapture } from '../../capture/capture-file.ts';
import { FormatError, UsageError } from '../../errors/errors.ts';
import type { AnalyzeFlags } from '../definitions/analyze.ts';
import { endSignal } from '../exit.ts';
import { number, plain } from '../terminal.ts';
import { writeOutput } from './analyze-write.ts';

/** Instead of names: prints those that there are. */
const HELP = 'help';
const STANDARD_INPUT = '-';
/** Rows of a live capture are shown this soon. */
const SHOW_MS = 100;

export async function analyzeFields(file: string, flags: AnalyzeFlags): Promise<void> {
  const names = namesOf(flags.fields ?? '');
  if (names.length === 1 && names[0] === HELP) {
    process.stdout.write(`${FIELD_NAMES.join('\n')}\n`);
    return;
  }
  const unread = new AbortController();
  const printer = new FieldsPrinter(names, text => {
    if (!unread.signal.aborted && !writeOutput(text)) unread.abort();
  });
  const pipeline = new Pipeline(printer, { wireshark: flags.wireshark });
  const { signal, release } = endSignal();
  const showing = setInterval(() => printer.flush(), SHOW_MS).unref();
  try {
    const { damage, wasStopped } = await readCapture(file, pipeline, {
      signal: AbortSignal.any([signal, unread.signal]),
    });
    printer.flush();
    if (flags.quiet !== true) note(pipeline, wasStopped && !unread.signal.aborted);
    if (damage !== undefined) {
      const what = file === STANDARD_INPUT ? 'standard input' : file;
      throw new FormatError(
        `${what} is damaged at byte ${damage.offset}: ${plain(damage.message)}; the ${frames(pipeline.count)} before that ${pipeline.count === 1 ? 'is' : 'are'} printed`,
        damage.offset,
      );
    }
  } finally {
    clearInterval(showing);
    release();
  }
}

/** @throws UsageError SW_USAGE where there are none */
function namesOf(list: string): string[] {
  const names = list
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== '');
  if (names.length > 0) return names;
  throw new UsageError(
    'SW_USAGE',
    '--fields: give names with commas between them, such as frame.number,ip.src,tcp.len',
  );
}

/** What the rows do not say. */
function note({ count, abandonedFragments }: Pipeline, wasStopped: boolean): void {
  if (wasStopped) process.stderr.write(`stopped after ${frames(count)}\n`);
  if (abandonedFragments > 0) {
    process.stderr.write(
      `${number(abandonedFragments)} fragmented packets were given up: too many were incomplete at a time\n`,
    );
  }
}

function frames(count: number): string {
  return `${number(count)} ${count === 1 ? 'frame' : 'frames'}`;
}
