import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
const codesIn = (path: string, pattern: RegExp): string[] =>
  [...readFileSync(resolve(ROOT, path), 'utf8').matchAll(pattern)].map(match => match[1] as string);

test('every error code is documented, and every documented one exists', () => {
  const codes = codesIn('src/errors/codes.ts', /'(SW_[A-Z_]+)'/g);
  expect(codesIn('docs/errors.md', /^\| `(SW_[A-Z_]+)`/gm).sort()).toEqual(codes.sort());
});
