/**
 * The names of users, from /etc/passwd (passwd(5)). Users that a directory service knows keep their numbers.
 */
import { readFileSync } from 'node:fs';

/** By uid. */
export function readUserNames(path = '/etc/passwd'): ReadonlyMap<number, string> {
  let text = '';
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    // Numbers then have to do.
  }
  const names = new Map<number, string>();
  for (const line of text.split('\n')) {
    const [name, , uid] = line.split(':');
    // Where several share a number, getpwuid(3) gives the first.
    if (name && uid && /^[0-9]+$/.test(uid) && !names.has(Number(uid))) names.set(Number(uid), name);
  }
  return names;
}
