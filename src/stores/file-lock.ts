/**
 * One collector a file: the lock beside it, `FILE.lock`.
 *
 * It is an empty SQLite file held in an exclusive transaction, because that is the one way Node.js has to a
 * lock of the kernel (fcntl): the kernel lets go of it when the process ends, however it ends, so there is no
 * stale lock to detect, and it holds across containers that share the file. It is removed on release.
 */
import { closeSync, openSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { StoreError } from '../errors/errors.ts';
import { type Database, isBusy, openDatabase, sqliteFailure } from './sqlite-database.ts';
import { fileFailure } from './store-failure.ts';

/** How often a lock is taken again whose file another collector has just removed. */
const ATTEMPTS = 10;

/** A lock that is held. */
export interface FileLock {
  /** Lets go. Idempotent. */
  release(): void;
}

/**
 * Locks `path` against every other store of this and other processes.
 * @throws StoreError SW_STORE_BUSY where it is locked, or as the file system says
 */
export function lockFile(path: string): FileLock {
  const lockPath = `${realPath(path)}.lock`;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const database = tryLock(path, lockPath);
    if (database !== undefined) return held(database, lockPath);
  }
  throw busy(path, undefined);
}

/** The lock's database, or undefined where its file was removed between opening and locking it. */
function tryLock(path: string, lockPath: string): Database | undefined {
  createEmpty(lockPath);
  const before = inodeOf(lockPath);
  let database: Database | undefined;
  try {
    database = openDatabase(lockPath);
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    throw isBusy(error) ? busy(path, holderOf(before)) : sqliteFailure(error, lockPath);
  }
  if (before !== undefined && inodeOf(lockPath) === before) return database;
  database.close();
  return undefined;
}

function held(database: Database, lockPath: string): FileLock {
  let isHeld = true;
  return {
    release: () => {
      if (!isHeld) return;
      isHeld = false;
      rmSync(lockPath, { force: true });
      database.close();
    },
  };
}

/**
 * Opened and closed only while it does not exist: closing any descriptor of a locked file would drop the
 * locks that this process has on it (fcntl(2), "advisory record locking").
 */
function createEmpty(lockPath: string): void {
  try {
    closeSync(openSync(lockPath, 'wx'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return;
    throw fileFailure(error, lockPath);
  }
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

/** Links are followed, so that two names of one file have one lock. */
function realPath(path: string): string {
  try {
    if (statSync(path, { throwIfNoEntry: false })) return realpathSync(path);
    return join(realpathSync(dirname(path)), basename(path));
  } catch (error) {
    throw fileFailure(error, path);
  }
}

/** The process that locks an inode, from Linux's table of locks; undefined elsewhere. */
function holderOf(inode: number | undefined): number | undefined {
  try {
    const line = readFileSync('/proc/locks', 'utf8')
      .split('\n')
      .find(entry => entry.includes(`:${inode} `));
    const pid = Number(line?.trim().split(/\s+/)[4]);
    return pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function busy(path: string, pid: number | undefined): StoreError {
  const who =
    pid === undefined ? 'another collector' : pid === process.pid ? 'this process' : `process ${pid}`;
  return new StoreError(
    'SW_STORE_BUSY',
    `${path} is already written by ${who}: end it, or give this collector a file of its own`,
    { retryable: true },
  );
}
