/**
 * The one place that names node:sqlite: opening a database, and what its errors mean.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { SensewireError, StoreError } from '../errors/errors.ts';
import { fullFailure, messageOf } from './store-failure.ts';

export type Database = DatabaseSync;
export type Statement = StatementSync;
export type SqlInput = SQLInputValue;

/** How to open a database. */
export interface DatabaseOptions {
  readonly readOnly?: boolean;
  /** The file and its folder are read-only and nobody writes them: no locks, no -shm file. */
  readonly immutable?: boolean;
  /** How long a call waits for another process, milliseconds. */
  readonly busyTimeoutMs?: number;
}

/** Opens a database; SQLite reads it only at the first statement. */
export function openDatabase(path: string, options: DatabaseOptions = {}): Database {
  const { readOnly = false, immutable = false, busyTimeoutMs = 0 } = options;
  const url = pathToFileURL(path);
  if (immutable) url.searchParams.set('immutable', '1');
  return new DatabaseSync(url, { readOnly, timeout: busyTimeoutMs });
}

/** A statement whose rows are arrays, which are made and read faster than objects. */
export function prepareRows(database: Database, sql: string): Statement {
  const statement = database.prepare(sql);
  statement.setReturnArrays(true);
  return statement;
}

/** SQLite's primary result codes that we tell apart. */
const BUSY = 5;
const LOCKED = 6;
const READ_ONLY = 8;
const IO_ERROR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANNOT_OPEN = 14;
const NOT_A_DATABASE = 26;

/** The extended result code of an error from SQLite, or undefined for any other error. */
export function sqliteCode(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode
    : undefined;
}

/** True where SQLite says that another connection is in the way. */
export function isBusy(error: unknown): boolean {
  const code = (sqliteCode(error) ?? 0) & 0xff;
  return code === BUSY || code === LOCKED;
}

/** True where SQLite could not open the file, or may not write what it needs beside it. */
export function isCannotOpen(error: unknown): boolean {
  const code = (sqliteCode(error) ?? 0) & 0xff;
  return code === CANNOT_OPEN || code === READ_ONLY;
}

/** The error to show for one thrown by SQLite; one that is ours already stays as it is. */
export function sqliteFailure(error: unknown, path: string): Error {
  if (error instanceof SensewireError) return error;
  const extended = sqliteCode(error);
  if (extended === undefined) return error instanceof Error ? error : new Error(String(error));
  const options = { cause: error };
  switch (extended & 0xff) {
    case BUSY:
    case LOCKED:
      return new StoreError(
        'SW_STORE_BUSY',
        `${path} is locked by another program: end its transaction (a sqlite3 shell in BEGIN?), then try again`,
        { ...options, retryable: true },
      );
    case READ_ONLY:
      return new StoreError(
        'SW_STORE_READ_ONLY',
        `${path} may not be written: change the rights of the file and of its folder, or choose another place`,
        options,
      );
    case FULL:
      return fullFailure(path, error);
    case CORRUPT:
      return damaged(path, options);
    case NOT_A_DATABASE:
      return new StoreError(
        'SW_STORE_DAMAGED',
        `${path} is not an SQLite database, or its first page is damaged: choose another file, or move this one away and try "sqlite3 ${path} .recover | sqlite3 saved.db"`,
        options,
      );
    case CANNOT_OPEN:
      return new StoreError(
        'SW_STORE_FAILED',
        `${path} could not be opened: see whether it exists and whether its folder may be written`,
        options,
      );
    case IO_ERROR:
      return new StoreError(
        'SW_STORE_FAILED',
        `reading or writing ${path} failed (SQLite code ${extended}): see whether its disk is full (df), its quota or file limit reached, or the disk itself ill (dmesg)`,
        { ...options, retryable: true },
      );
    default:
      return new StoreError(
        'SW_STORE_FAILED',
        `${path} failed: ${messageOf(error)} (SQLite code ${extended})`,
        options,
      );
  }
}

function damaged(path: string, options: ErrorOptions): StoreError {
  const message = `${path} is damaged: keep a copy of it and of ${path}-wal, save what can be read with "sqlite3 ${path} .recover | sqlite3 saved.db", then collect into saved.db`;
  return new StoreError('SW_STORE_DAMAGED', message, options);
}
