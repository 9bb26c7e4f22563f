/** What the fast lane is made from, as one number: by it a test sees, without the compiler, whether the module is up to date. */
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER: string = import.meta.dirname;

/** SHA-256, in hexadecimal, of the sources and of the compiler's version. */
export function sourceHash(): string {
  const hash = createHash('sha256');
  for (const name of globSync(['*.{ts,json}', 'lane/*.ts'], { cwd: FOLDER }).sort()) {
    hash.update(`${name}\n`).update(readFileSync(join(FOLDER, name)));
  }
  return hash.digest('hex');
}
