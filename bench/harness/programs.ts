/**
 * Programs and packages that we compare with: where they are, or what to install.
 */
import { accessSync, constants } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** Debian keeps servers and tcpdump where a user's PATH does not look. */
const ALSO = ['/usr/sbin', '/sbin', '/usr/local/sbin'];

/** Says what to install where a program is not there, or undefined. */
export function missingProgram(name: string, debianPackage: string = name): string | undefined {
  return findProgram(name) === undefined ? `not installed: apt-get install ${debianPackage}` : undefined;
}

/** Says what to install where a package of `bench/peers` is not there, or undefined. */
export function missingPackage(name: string): string | undefined {
  try {
    createRequire(new URL('../peers/', import.meta.url)).resolve(name);
    return undefined;
  } catch {
    return 'not installed: npm ci --prefix bench/peers';
  }
}

/** The path of a program. */
export function program(name: string): string {
  const path = findProgram(name);
  if (path === undefined) throw new Error(`${name} is not installed`);
  return path;
}

function findProgram(name: string): string | undefined {
  const { PATH = '' } = process.env;
  for (const folder of [...PATH.split(':'), ...ALSO]) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}
