/**
 * What is in a folder, for its page: folders first, each in the order in which people count (`a2` before `a10`).
 */
import { constants, type Dirent, type Stats } from 'node:fs';
import { access, opendir } from 'node:fs/promises';
import { HttpProblem } from './http-problem.ts';
import { MOST_LISTED, MOST_NAMES } from './limits.ts';
import { type Found, fileProblem, type ServedFolder } from './served-folder.ts';
import { isHidden } from './target.ts';

export interface ListingEntry {
  readonly name: string;
  readonly isFolder: boolean;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

export interface Listing {
  readonly entries: readonly ListingEntry[];
  /** Entries beyond `MOST_LISTED`, that are not shown. */
  readonly more: number;
  /** There are more than `MOST_NAMES`, and `more` counts only up to there. */
  readonly isCut: boolean;
}

/** Of so many entries at once the system is asked: it answers four at a time. */
const AT_ONCE = 64;

const inOrder = new Intl.Collator('en', { numeric: true }).compare;

/** Links that lead out of the folder, pipes, devices and names that are not UTF-8 are left out, as they are not served. */
export async function readListing(
  folder: ServedFolder,
  names: readonly string[],
  path: string,
): Promise<Listing> {
  const { all, isCut } = await readNames(path);
  all.sort(
    (one, other) => Number(other.isDirectory()) - Number(one.isDirectory()) || inOrder(one.name, other.name),
  );
  const shown = all.slice(0, MOST_LISTED);
  const entries: ListingEntry[] = [];
  for (let from = 0; from < shown.length; from += AT_ONCE) {
    const found = shown.slice(from, from + AT_ONCE).map(({ name }) => entryOf(folder, names, name));
    entries.push(...(await Promise.all(found)).filter(entry => entry !== undefined));
  }
  // Links to folders are known as such only now.
  entries.sort((one, other) => Number(other.isFolder) - Number(one.isFolder));
  return { entries, more: all.length - shown.length, isCut };
}

async function readNames(path: string): Promise<{ all: Dirent[]; isCut: boolean }> {
  const all: Dirent[] = [];
  try {
    await access(path, constants.R_OK);
    for await (const entry of await opendir(path, { bufferSize: 1_024 })) {
      if (all.length === MOST_NAMES) return { all, isCut: true };
      if (isListed(entry)) all.push(entry);
    }
  } catch (error) {
    throw fileProblem(error);
  }
  return { all, isCut: false };
}

function isListed(entry: Dirent): boolean {
  if (isHidden(entry.name) || entry.name.includes('\\') || entry.name.includes('\ufffd')) return false;
  return entry.isDirectory() || entry.isFile() || entry.isSymbolicLink();
}

async function entryOf(
  folder: ServedFolder,
  names: readonly string[],
  name: string,
): Promise<ListingEntry | undefined> {
  let found: Found;
  try {
    found = await folder.find([...names, name]);
  } catch (error) {
    if (error instanceof HttpProblem) return undefined;
    throw error;
  }
  const stats: Stats = found.stats;
  return { name, isFolder: found.kind === 'folder', sizeBytes: stats.size, modifiedMs: stats.mtimeMs };
}
