/** Reads a capture into an analysis: with a second thread where it is large, otherwise with this one. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { CaptureAnalysis } from '../analysis/capture-analysis.ts';
import { readCapture } from '../capture/capture-file.ts';
import { captureFileError } from '../capture/capture-file-errors.ts';
import { captureFormat } from '../pcap/capture-decoder.ts';
import type { Feeder } from './feeder.ts';

const STANDARD_INPUT = '-';
const MAGIC_BYTES = 4;
/**
 * A second thread takes 50 ms to start and 12 MB, and pays from some two million small packets on: measured where two processors
 * slow each other by half as soon as both use memory, so that it brings little.
 */
const LARGE_BYTES: number = 256 * 1_024 * 1_024;

/** A capture that is about to be read. */
export interface OpenedCapture {
  /**
   * Reads it, and finishes the analysis; once.
   * @param signal ends the reading early; what came before is analysed
   * @returns whether the signal ended it early
   * @throws as `readCapture` does
   */
  analyse(analysis: CaptureAnalysis, signal: AbortSignal): Promise<boolean>;
}

/**
 * Opens the file `path`, or standard input where it is `-`. A large one is read from now on, by its own thread, while this one may
 * still load what it needs for the analysis. What is wrong with it is told by `analyse`.
 * @param largeBytes such files are large
 */
export async function openCapture(path: string, largeBytes: number = LARGE_BYTES): Promise<OpenedCapture> {
  const descriptor = openLarge(path, largeBytes);
  if (descriptor !== undefined) {
    const { Feeder } = await import('./feeder.ts');
    return new LargeCapture(path, descriptor, new Feeder(descriptor));
  }
  return {
    async analyse(analysis, signal) {
      const reading = await readCapture(path, analysis.sink, { signal });
      analysis.finish(reading);
      return reading.wasStopped;
    },
  };
}

class LargeCapture implements OpenedCapture {
  readonly #path: string;
  readonly #descriptor: number;
  readonly #feeder: Feeder;

  constructor(path: string, descriptor: number, feeder: Feeder) {
    this.#path = path;
    this.#descriptor = descriptor;
    this.#feeder = feeder;
  }

  async analyse(analysis: CaptureAnalysis, signal: AbortSignal): Promise<boolean> {
    try {
      const { tally, ...reading } = await this.#feeder.feed(analysis, signal);
      analysis.finish({ ...reading, compression: 'none', wasStopped: signal.aborted }, tally);
      return signal.aborted;
    } catch (error) {
      throw captureFileError(this.#path, error);
    } finally {
      closeSync(this.#descriptor);
    }
  }
}

/** Opens a file that is worth a second thread: large, a capture, not compressed. Whatever is wrong with others is told elsewhere. */
function openLarge(path: string, largeBytes: number): number | undefined {
  if (path === STANDARD_INPUT || availableParallelism() < 2) return undefined;
  let descriptor: number | undefined;
  try {
    const kind = statSync(path);
    if (!kind.isFile() || kind.size < largeBytes) return undefined;
    descriptor = openSync(path, 'r');
    const first = new Uint8Array(MAGIC_BYTES);
    const count = readSync(descriptor, first, 0, first.length, 0);
    if (count === first.length && captureFormat(first, 0) !== undefined) return descriptor;
  } catch {
    // Who reads it without a second thread meets the same error, and tells it.
  }
  if (descriptor !== undefined) closeSync(descriptor);
  return undefined;
}
