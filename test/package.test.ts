import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
const manifest = JSON.parse(readFileSync(resolve(ROOT, 'package.json'), 'utf8')) as {
  exports: Record<string, string | { types: string; default: string }>;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};
/** Parts for our own use: the command line, the page, and the tools of our tests. */
const INTERNAL = [
  'bytes',
  'cli',
  'collections',
  'dashboard',
  'report',
  'statistics',
  'talk',
  'testing',
  'webclient',
];

test('every public part is a subpath of the package, and no other', () => {
  const parts = readdirSync(resolve(ROOT, 'src')).filter(name => !INTERNAL.includes(name));
  const subpaths = Object.keys(manifest.exports).filter(path => path !== './package.json');
  expect(subpaths.sort()).toEqual(parts.map(name => `./${name}`).sort());
  for (const part of parts) {
    expect(existsSync(resolve(ROOT, 'src', part, 'index.ts')), `src/${part}/index.ts`).toBe(true);
    expect(manifest.exports[`./${part}`]).toEqual({
      types: `./dist/${part}/index.d.ts`,
      default: `./dist/${part}/index.js`,
    });
  }
});

test('versions are pinned, and the lockfile names no host', () => {
  const versions = Object.values({ ...manifest.dependencies, ...manifest.devDependencies });
  expect(versions.filter(version => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  expect(readFileSync(resolve(ROOT, 'package-lock.json'), 'utf8')).not.toContain('"resolved": "http');
});
