/**
 * What every reader holds to: pieces of bounded size, and one word for a store that is not there.
 */
import { UsageError } from '../errors/errors.ts';

/** Readings in a piece at most. */
export const PIECE_READINGS = 4_096;

/** There is nothing at `path` to read. */
export function noSuchFile(path: string): UsageError {
  return new UsageError('SW_BAD_STORE', `there is no file ${path}: name a store that a collector wrote`);
}
