/** Large output: rows and streams go out as they are made, and never pile up. */
import { writeSync } from 'node:fs';
import { StoreError } from '../../errors/errors.ts';

const STANDARD_OUTPUT = 1;
/** Until a full pipe is tried again. */
const PAUSE_MS = 2;
const PAUSE = new Int32Array(new SharedArrayBuffer(4));

/**
 * Writes to standard output, and waits until it is written: the text's bytes are used again, and what a slow reader of a
 * pipe has not taken must not pile up.
 * @returns false where nobody reads it any more
 * @throws StoreError SW_STORE_FAILED where it cannot be written
 */
export function writeOutput(text: Uint8Array): boolean {
  let at = 0;
  while (at < text.length) {
    try {
      at += writeSync(STANDARD_OUTPUT, text, at);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') return false;
      // Somebody has made the pipe one that does not wait.
      if (code === 'EAGAIN') Atomics.wait(PAUSE, 0, 0, PAUSE_MS);
      else throw new StoreError('SW_STORE_FAILED', `standard output failed: ${message}`, { cause: error });
    }
  }
  return true;
}
