/**
 * What went wrong with a capture file before a byte of it could be decoded, for people.
 */
import { NetworkError, SensewireError, StoreError, UsageError } from '../errors/errors.ts';

/** The path is that of a folder. */
export function isAFolder(path: string): UsageError {
  return new UsageError('SW_USAGE', `${path} is a folder: give a capture file`);
}

/** Standard input was asked for, and nobody feeds it. */
export function isATerminal(): UsageError {
  return new UsageError(
    'SW_USAGE',
    'standard input is a terminal: give a capture file, or pipe one into this command',
  );
}

/** An error of the file system as one of ours; ours stay as they are. */
export function captureFileError(path: string, error: unknown): unknown {
  // What the reader of the records throws is no business of the file's.
  if (error instanceof SensewireError || !(error instanceof Error) || !('syscall' in error)) return error;
  const errno = (error as NodeJS.ErrnoException).code ?? 'an unknown error';
  const options = { cause: error, errno };
  switch (errno) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new UsageError('SW_USAGE', `there is no file ${path} (${errno}): give a capture file`, options);
    case 'EISDIR':
      return isAFolder(path);
    case 'EACCES':
    case 'EPERM':
      return new NetworkError(
        'SW_PERMISSION',
        `you may not read ${path} (${errno}): change its rights`,
        options,
      );
    default:
      return new StoreError('SW_STORE_FAILED', `${path} could not be read: ${error.message}`, options);
  }
}
