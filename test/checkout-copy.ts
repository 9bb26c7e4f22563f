/**
 * A checkout of our own in a temporary folder, for tests that edit sources or pack the package.
 */
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');
const PARTS = [
  'bin',
  'CHANGELOG.md',
  'docs',
  'LICENSE',
  'package.json',
  'README.md',
  'src',
  'tools',
  'tsconfig.json',
  'tsconfig.build.json',
  'web',
];

/** Copies what runs, builds and packs into `folder`, nothing built; what is installed is a link. */
export function copyCheckout(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const filter = (path: string): boolean => !path.endsWith('.test.ts');
  for (const part of PARTS) cpSync(join(ROOT, part), join(folder, part), { recursive: true, filter });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
}
