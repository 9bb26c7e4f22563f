/** Reads a capture into an analysis. */
import { CaptureAnalysis } from '../../analysis/capture-analysis.ts';
import { countText } from '../../analysis/words.ts';
import { readCapture } from '../../capture/capture-file.ts';
import { FormatError } from '../../errors/errors.ts';
import type { AnalyzeFlags } from '../definitions/analyze.ts';
import { endSignal } from '../exit.ts';
import { paint, plain } from '../terminal.ts';

export async function readAnalysis(
  path: string,
  { wireshark, quiet = false }: AnalyzeFlags,
): Promise<CaptureAnalysis> {
  const name = path === '-' ? 'standard input' : path;
  const analysis = new CaptureAnalysis({ name, wireshark, fastLane: true });
  const { signal, release } = endSignal();
  try {
    const reading = await readCapture(path, analysis.sink, { signal });
    analysis.finish(reading);
    if (reading.wasStopped && !quiet) {
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
