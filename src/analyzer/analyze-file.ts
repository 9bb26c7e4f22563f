/** Reads a capture into an analysis: with a second thread where it is large, otherwise with this one. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { CaptureAnalysis } from '../analysis/capture-analysis.ts';
import { readCapture } from '../capture/capture-file.ts';
import { captureFileError } from '../capture/capture-file-errors.ts';
import { captureFormat } from '../pcap/capture-decoder.ts';

const STANDARD_INPUT = '-';
const MAGIC_BYTES = 4;
/** A second thread takes 50 ms to start, in which one thread reads as much. */
const LARGE_BYTES: number = 16 * 1_024 * 1_024;

export interface AnalyzeFileOptions {
  /** Ends the reading early; what came before is analysed. */
  readonly signal: AbortSignal;
  /** Larger files are read with a second thread, in bytes. */
  readonly largeBytes?: number | undefined;
}

/**
 * Reads the file `path`, or standard input where it is `-`, and finishes the analysis.
 * @returns whether the signal ended it early
 * @throws as `readCapture` does
 */
export async function analyzeFile(
  path: string,
  analysis: CaptureAnalysis,
  { signal, largeBytes = LARGE_BYTES }: AnalyzeFileOptions,
): Promise<boolean> {
  const descriptor = openLarge(path, largeBytes);
  if (descriptor === undefined) {
    const reading = await readCapture(path, analysis.sink, { signal });
    analysis.finish(reading);
    return reading.wasStopped;
  }
  try {
    const { feedAnalysis } = await import('./feeder.ts');
    const { tally, ...reading } = await feedAnalysis(descriptor, analysis, signal);
    analysis.finish({ ...reading, compression: 'none', wasStopped: signal.aborted }, tally);
    return signal.aborted;
  } catch (error) {
    throw captureFileError(path, error);
  } finally {
    closeSync(descriptor);
  }
}

/** Opens a file that is worth a second thread: large, a capture, not compressed. Whatever is wrong with others is told elsewhere. */
function openLarge(path: string, largeBytes: number): number | undefined {
  if (path === STANDARD_INPUT || availableParallelism() < 2) return undefined;
  const kind = statSync(path, { throwIfNoEntry: false });
  if (kind?.isFile() !== true || kind.size < largeBytes) return undefined;
  const descriptor = openSync(path, 'r');
  const first = new Uint8Array(MAGIC_BYTES);
  if (
    readSync(descriptor, first, 0, first.length, 0) === first.length &&
    captureFormat(first, 0) !== undefined
  )
    return descriptor;
  closeSync(descriptor);
  return undefined;
}
