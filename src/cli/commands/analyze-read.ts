/** Reads a capture into an analysis. */
import type { CaptureAnalysis } from '../../analysis/capture-analysis.ts';
import { countText } from '../../analysis/words.ts';
import { openCapture } from '../../analyzer/open-capture.ts';
import { FormatError } from '../../errors/errors.ts';
import type { AnalyzeFlags } from '../definitions/analyze.ts';
import { endSignal } from '../exit.ts';
import { paint, plain } from '../terminal.ts';

export async function readAnalysis(
  path: string,
  { wireshark, quiet = false }: AnalyzeFlags,
): Promise<CaptureAnalysis> {
  const name = path === '-' ? 'standard input' : path;
  // A large one is being read from here on, while the analysis is loaded.
  const capture = await openCapture(path);
  const { CaptureAnalysis } = await import('../../analysis/capture-analysis.ts');
  const analysis = new CaptureAnalysis({ name, wireshark });
  const { signal, release } = endSignal();
  try {
    const wasStopped = await capture.analyse(analysis, signal);
    if (wasStopped && !quiet) {
      process.stderr.write(
        `${paint('yellow', 'note')} ${plain(name)}: reading was stopped; what came before is analysed\n`,
      );
    }
  } finally {
    release();
  }
  return analysis;
}

/** To be called when everything has been shown. @throws FormatError SW_FORMAT where the capture is damaged */
export function failOnDamage({ facts }: CaptureAnalysis): void {
  const { damage, name, packets } = facts;
  if (damage === null) return;
  const before =
    packets === 1 ? 'The packet before it is' : `The ${countText(packets)} packets before it are`;
  throw new FormatError(
    `${plain(name)} is damaged at byte ${damage.offset}: ${plain(damage.message)}. ${before} analysed.`,
    damage.offset,
  );
}
