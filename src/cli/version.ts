/**
 * The version of this package.
 *
 * Whatever is found by the place of a module is looked for from a module two folders below the package's root: `src/PART`,
 * `dist/PART`, and `dist/cli`, where the bundle of the command is. `test/architecture.test.ts` watches over that.
 */
import { readFileSync } from 'node:fs';

const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');

export const VERSION: string = (JSON.parse(manifest) as { version: string }).version;
