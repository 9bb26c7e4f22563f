/**
 * The arrows of docs/architecture.md: which folder of src/ may import which, no cycles, and pure folders that are pure.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
const SOURCES = join(ROOT, 'src');

interface Part {
  readonly pure: boolean;
  /** Folders that it may import; undefined: all. */
  readonly mayImport: ReadonlySet<string> | undefined;
}

/** The table under "Map" is the rule; this reads it. */
function readMap(): Map<string, Part> {
  const text = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');
  const rows = text.split('\n').filter(line => /^\| `[a-z]+`/.test(line));
  const parts = new Map<string, Part>();
  for (const row of rows) {
    const [, names = '', kind = '', , allowed = ''] = row.split('|').map(cell => cell.trim());
    const own = [...names.matchAll(/`([a-z]+)`/g)].map(match => match[1] as string);
    const mayImport = allowed === 'everything' ? undefined : new Set(own);
    for (const name of own) parts.set(name, { pure: kind === 'pure', mayImport });
    if (mayImport === undefined || allowed === '–') continue;
    const withTheirs = allowed.includes('and what they may import');
    for (const word of allowed.replace('and what they may import', '').split(',')) {
      const name = word.trim();
      mayImport.add(name);
      if (withTheirs) for (const theirs of parts.get(name)?.mayImport ?? []) mayImport.add(theirs);
    }
  }
  return parts;
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder).flatMap(name => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return sourceFiles(path);
    return /\.ts$/.test(name) && !/\.test\.ts$/.test(name) ? [path] : [];
  });
}

/** What a file imports, for its types or at run time. */
function importsOf(path: string): string[] {
  const text = readFileSync(path, 'utf8');
  return [...text.matchAll(/(?:^|\n)(?:import|export)\b[^;]*?from '([^']+)'|import\('([^']+)'\)/g)].map(
    match => (match[1] ?? match[2]) as string,
  );
}

/** Comments and texts may speak of what code must not use. */
function codeOf(path: string): string {
  return readFileSync(path, 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\/\/.*$/gm, '')
    .replace(/'[^'\n]*'|`[^`]*`/g, "''");
}

const map = readMap();
const files = sourceFiles(SOURCES);
const partOf = (path: string): string => relative(SOURCES, path).split('/')[0] as string;

describe('architecture', () => {
  test('the map names every folder of src/, and no other', () => {
    expect([...map.keys()].sort()).toEqual(readdirSync(SOURCES).sort());
  });

  test('imports follow the arrows', () => {
    const wrong = files.flatMap(path =>
      importsOf(path)
        .filter(target => target.startsWith('.'))
        .map(target => partOf(resolve(dirname(path), target)))
        .filter(target => map.get(partOf(path))?.mayImport?.has(target) === false)
        .map(target => `${relative(ROOT, path)} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  test('no folder is reached from itself through others', () => {
    const arrows = new Map<string, Set<string>>();
    for (const path of files) {
      const targets = arrows.get(partOf(path)) ?? new Set();
      arrows.set(partOf(path), targets);
      for (const target of importsOf(path)) {
        if (target.startsWith('.')) targets.add(partOf(resolve(dirname(path), target)));
      }
    }
    const reaches = (from: string, goal: string, seen: Set<string>): boolean =>
      [...(arrows.get(from) ?? [])].some(next => {
        if (next === from || seen.has(next)) return false;
        seen.add(next);
        return next === goal || reaches(next, goal, seen);
      });
    expect([...arrows.keys()].filter(part => reaches(part, part, new Set()))).toEqual([]);
  });

  test('pure folders open nothing, wait for nothing, and read no clock, chance or environment', () => {
    const impure =
      /\b(Date\.now|new Date\(\)|performance\.|Math\.random|setTimeout|setInterval|setImmediate|queueMicrotask|process\.|Buffer\.)/;
    const wrong = files
      .filter(path => map.get(partOf(path))?.pure)
      .flatMap(path => {
        const modules = importsOf(path).filter(target => !target.startsWith('.'));
        const use = impure.exec(codeOf(path))?.[0];
        return [...modules, ...(use === undefined ? [] : [use])].map(
          what => `${relative(ROOT, path)} uses ${what}`,
        );
      });
    expect(wrong).toEqual([]);
  });

  test('what is found by the place of a module is looked for two folders below the root', () => {
    // As deep as what tsc and the bundler make of it: `dist/PART` and `dist/cli`.
    const finders = files.filter(path => /import\.meta\b/.test(codeOf(path)));
    const wrong = finders.map(path => relative(SOURCES, path)).filter(path => path.split('/').length !== 2);
    expect(finders.length).toBeGreaterThan(0);
    expect(wrong).toEqual([]);
  });

  test('a public list holds nothing but the list', () => {
    const wrong = files
      .filter(path => path.endsWith('/index.ts'))
      .filter(
        path =>
          codeOf(path)
            .replace(/export (type )?\{[^}]*\} from '';|export \* from '';/g, '')
            .trim() !== '',
      );
    expect(wrong.map(path => relative(ROOT, path))).toEqual([]);
  });
});
