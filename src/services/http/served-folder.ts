/**
 * The folder that is served: names become files and folders of it, and nothing outside it is ever opened.
 *
 * A path is resolved with all its symbolic links before anything is opened, and only what it leads to, inside the folder,
 * is. Pipes and devices are not opened at all: reading them could wait for ever.
 */
import { constants, realpathSync, type Stats, statSync } from 'node:fs';
import { type FileHandle, lstat, open, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { UsageError } from '../../errors/errors.ts';
import { systemCode } from '../../socket/network-error.ts';
import type { Version } from './conditions.ts';
import { HttpProblem } from './http-problem.ts';

/** What a path leads to, all links resolved. */
export interface Found {
  readonly kind: 'file' | 'folder';
  readonly path: string;
  readonly stats: Stats;
}

/** A file that is open, as it was then. */
export interface OpenFile extends Version {
  readonly handle: FileHandle;
  readonly size: number;
}

/** Within this time of its last change a file may change again without its time showing it: clocks of kernels tick. */
const TICK_MS = 1_000;

export class ServedFolder {
  /** Absolute, without links. */
  readonly root: string;

  /** @throws UsageError SW_USAGE where it is no folder that can be read */
  constructor(folder: string) {
    try {
      this.root = realpathSync(folder);
      if (statSync(this.root).isDirectory()) return;
    } catch (error) {
      throw new UsageError('SW_USAGE', `${folder} cannot be served (${systemCode(error)}): name a folder`);
    }
    throw new UsageError('SW_USAGE', `${folder} is no folder: name the folder that it is in`);
  }

  /** @throws HttpProblem 403, 404, 503 */
  async find(names: readonly string[]): Promise<Found> {
    try {
      const path = await realpath(join(this.root, ...names));
      if (!this.#holds(path)) throw new HttpProblem(403, 'this is a link out of the served folder');
      const stats = await lstat(path);
      if (stats.isDirectory()) return { kind: 'folder', path, stats };
      if (stats.isFile()) return { kind: 'file', path, stats };
    } catch (error) {
      throw fileProblem(error);
    }
    throw new HttpProblem(403, 'this is neither a file nor a folder');
  }

  #holds(path: string): boolean {
    return path === this.root || path.startsWith(this.root.endsWith(sep) ? this.root : this.root + sep);
  }
}

/** Opens a file that `find` found. The caller closes it. @throws HttpProblem 403, 404, 503 */
export async function openFile({ path }: Found): Promise<OpenFile> {
  try {
    // It may have been replaced since: a link is not followed, and a pipe not waited for.
    const handle = await open(
      path,
      constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
    );
    try {
      const stats = await handle.stat({ bigint: true });
      if (!stats.isFile()) throw new HttpProblem(403, 'this is no file any more');
      return { handle, size: Number(stats.size), ...versionOf(stats.size, stats.mtimeNs, Date.now()) };
    } catch (error) {
      await handle.close();
      throw error;
    }
  } catch (error) {
    throw fileProblem(error);
  }
}

/** Strong where the time tells every change (RFC 9110 section 8.8.1). No file is newer than its answer. */
export function versionOf(size: bigint, mtimeNs: bigint, nowMs: number): Version {
  const mtimeMs = Number(mtimeNs / 1_000_000n);
  const tag = `"${size.toString(16)}-${mtimeNs.toString(16)}"`;
  const modifiedMs = Math.floor(Math.min(mtimeMs, nowMs) / 1_000) * 1_000;
  return { etag: mtimeMs > nowMs - TICK_MS ? `W/${tag}` : tag, modifiedMs };
}

/** What the system says of a path, as an answer; anything else as it is. */
export function fileProblem(error: unknown): unknown {
  switch (systemCode(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ENAMETOOLONG':
    // A link to itself, or what was put in the place of the file meanwhile.
    case 'ELOOP':
      return new HttpProblem(404, 'there is nothing here');
    case 'EACCES':
    case 'EPERM':
    case 'ENXIO':
      return new HttpProblem(403, 'this may not be read');
    case 'EMFILE':
    case 'ENFILE':
      return new HttpProblem(503, 'too many files are open: try again', { 'Retry-After': '1' });
    default:
      return error;
  }
}
