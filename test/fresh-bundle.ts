/**
 * Tests run the command as users do, from its bundle: made before them where it is missing or old, so that a run depends on
 * the sources alone.
 */
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import type { TestProject } from 'vitest/node';
import { bundleCommand } from '../tools/command/bundle.ts';

const ROOT = resolve(import.meta.dirname, '..');

const isFresh = createRequire(import.meta.url)('../bin/is-fresh.cjs') as (root: string) => boolean;

async function freshen(): Promise<void> {
  if (!isFresh(ROOT)) await bundleCommand(ROOT);
}

/** Vitest calls it before the first test. */
export async function setup(project: TestProject): Promise<void> {
  await freshen();
  project.onTestsRerun(freshen);
}
