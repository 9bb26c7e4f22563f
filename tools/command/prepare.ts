/**
 * After `npm ci` in a checkout: makes the bundle of the command, where that can be done. Where it cannot, without
 * the development dependencies for example, nothing is lost but time: the command runs from its sources.
 */
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const isFresh = createRequire(import.meta.url)('../../bin/is-fresh.cjs') as (root: string) => boolean;

try {
  // Before a package is packed, `npm run build` has made it already.
  if (!isFresh(root)) await (await import('./bundle.ts')).bundleCommand(root);
} catch (error) {
  const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
  console.error(`The command will start more slowly, from its sources: ${why}`);
}
