/** Reads a capture frame by frame for what is asked of one frame or one conversation, and says what it could not read. */
import { type FrameSink, Pipeline } from '../../analysis/pipeline.ts';
import { type CaptureReading, readCapture } from '../../capture/capture-file.ts';
import { FormatError } from '../../errors/errors.ts';
import type { AnalyzeFlags } from '../definitions/analyze.ts';
import { endSignal } from '../exit.ts';
import { number, paint, plain } from '../terminal.ts';

export interface SecondLook {
  readonly pipeline: Pipeline;
  readonly reading: CaptureReading;
  /** Of the capture, for messages. */
  readonly name: string;
}

/** @param enough ends the reading early */
export async function lookAgain(
  file: string,
  { wireshark, quiet }: AnalyzeFlags,
  sink: FrameSink,
  enough?: AbortSignal,
): Promise<SecondLook> {
  const name = file === '-' ? 'standard input' : plain(file);
  const pipeline = new Pipeline(sink, { wireshark });
  const { signal, release } = endSignal();
  try {
    const signals = enough === undefined ? signal : AbortSignal.any([signal, enough]);
    const reading = await readCapture(file, pipeline, { signal: signals });
    if (signal.aborted && quiet !== true)
      process.stderr.write(`${paint('yellow', 'note')} ${name}: reading was stopped\n`);
    return { pipeline, reading, name };
  } finally {
    release();
  }
}

/** To be called when everything has been shown. @throws FormatError SW_FORMAT where the capture is damaged */
export function failOnDamage({ reading: { damage }, name, pipeline }: SecondLook): void {
  if (damage === undefined) return;
  throw new FormatError(
    `${name} is damaged at byte ${damage.offset}: ${plain(damage.message)}; the ${number(pipeline.count)} frames before that were read`,
    damage.offset,
  );
}
