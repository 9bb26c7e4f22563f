/**
 * What the system said when a file could not be opened, read or written, as a StoreError that says what to do.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type SensewireError, StoreError, UsageError } from '../errors/errors.ts';

function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** The StoreError for a failed file operation on `path`; one that is ours already stays as it is. */
export function fileFailure(error: unknown, path: string): SensewireError {
  if (error instanceof StoreError || error instanceof UsageError) return error;
  const cause = { cause: error };
  switch (errnoOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new StoreError('SW_STORE_FAILED', `there is no folder ${dirname(path)}: create it first`, cause);
    case 'EISDIR':
      return new StoreError('SW_STORE_FAILED', `${path} is a folder: name a file in it`, cause);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new StoreError(
        'SW_STORE_READ_ONLY',
        `${path} or its folder may not be written: change its rights, or choose another place`,
        cause,
      );
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return fullFailure(path, error);
    default:
      return new StoreError('SW_STORE_FAILED', `${path} failed: ${messageOf(error)}`, cause);
  }
}

/** The disk, the quota or the file's limit is full. */
export function fullFailure(path: string, cause: unknown): StoreError {
  const message = `no room to write ${path}: free space on its disk (df), or raise the quota or limit; then the same readings can be stored`;
  return new StoreError('SW_STORE_FULL', message, { cause, retryable: true });
}

/** The text of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** @throws UsageError SW_BAD_STORE where `path` is a device or pipe; StoreError where `path`, or its folder if there is no such file, may not be written */
export function checkWritable(path: string): void {
  try {
    const status = statSync(path, { throwIfNoEntry: false });
    if (status?.isDirectory()) {
      throw new StoreError('SW_STORE_FAILED', `${path} is a folder: name a file in it`);
    }
    if (status && !status.isFile()) {
      const message = `${path} is no plain file, so nothing in it would survive a crash: name a file`;
      throw new UsageError('SW_BAD_STORE', message);
    }
    if (status) accessSync(path, constants.W_OK);
    accessSync(dirname(path), constants.W_OK);
  } catch (error) {
    throw fileFailure(error, path);
  }
}
