/**
 * Numbers in files of sysfs, or in plain files that stand in for it.
 *
 * No file is kept open: each reading opens, reads once and closes. That sees a file that was written anew,
 * replaced by renaming or came back with its device, and costs a few microseconds. A file that is empty for a
 * moment (between truncating and writing) or holds no number is a failed reading, not an error.
 */
import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { ProblemLog } from './problem-log.ts';

/** Longer than any number that a driver prints. */
const MAX_BYTES = 64;
const NUMBER = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;

const buffer = Buffer.alloc(MAX_BYTES);

/** The number in a file, or undefined with the reason counted in `problems`. */
export function readNumber(path: string, problems: ProblemLog): number | undefined {
  let text: string;
  try {
    text = readStart(path).trim();
  } catch (error) {
    problems.add('unreadable', `${path} could not be read: ${(error as Error).message}`);
    return undefined;
  }
  if (NUMBER.test(text)) return Number(text);
  if (text === '') problems.add('empty', `${path} is empty: expected a number`);
  else problems.add('not a number', `${path} holds ${JSON.stringify(text)}: expected a number`);
  return undefined;
}

/** The whole number in a file, or undefined with the reason counted. */
export function readWholeNumber(path: string, problems: ProblemLog): number | undefined {
  const value = readNumber(path, problems);
  if (value === undefined || Number.isSafeInteger(value)) return value;
  problems.add('not a whole number', `${path} holds ${value}: expected a whole number`);
  return undefined;
}

/** The number in a file that need not be there. */
export function readOptionalNumber(path: string): number | undefined {
  const text = readText(path);
  return text !== undefined && NUMBER.test(text) ? Number(text) : undefined;
}

/** The trimmed text of a file, or undefined where it cannot be read or is empty. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}

/** The names in a folder that match, in the order of the numbers in them; none where there is no folder. */
export function listFolder(folder: string, pattern: RegExp): string[] {
  try {
    const names = readdirSync(folder).filter(name => pattern.test(name));
    return names.sort(new Intl.Collator('en', { numeric: true }).compare);
  } catch {
    return [];
  }
}

/** A path below `/sys` moved below `sysRoot`, an absolute one as it is, a relative one below `sysRoot`. */
export function underSysRoot(path: string, sysRoot: string): string {
  if (path.startsWith('/sys/')) return join(sysRoot, path.slice('/sys/'.length));
  return path.startsWith('/') ? path : join(sysRoot, path);
}

function readStart(path: string): string {
  const file = openSync(path, 'r');
  try {
    return buffer.toString('latin1', 0, readSync(file, buffer, 0, MAX_BYTES, 0));
  } finally {
    closeSync(file);
  }
}
