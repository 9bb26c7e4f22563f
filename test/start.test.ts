/**
 * What the command runs from in a checkout: the bundle as long as it is what the sources would make, else the sources.
 */
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bundleCommand } from '../tools/command/bundle.ts';
import { copyCheckout } from './checkout-copy.ts';

const MARK = 'the bundle runs';

let base: string;
let folder: string;
let root: string;
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'sensewire-start-'));
  copyCheckout(base);
  await bundleCommand(base);
  markBundle(base);
});
afterAll(() => rmSync(base, { recursive: true, force: true }));
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sensewire-start-'));
  root = join(folder, 'checkout');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** It says then that it runs. */
function markBundle(checkout: string): void {
  appendFileSync(join(checkout, 'dist/cli/main.js'), `\nprocess.stderr.write('${MARK}\\n');\n`);
}

/** As `cp -p` does it, or as `cp -r` does, which makes every file new. */
function copy({ withTimes }: { withTimes: boolean }): void {
  cpSync(base, root, { recursive: true, preserveTimestamps: withTimes, verbatimSymlinks: true });
}

function run(...args: string[]): { readonly bundle: boolean; readonly out: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'bin/sensewire.cjs'), ...args], {
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
  return { bundle: stderr.includes(MARK), out: stdout };
}

/** Replaces text, and leaves the file as old as it was. */
function edit(path: string, from: string, to: string): void {
  const file = join(root, path);
  const { atime, mtime } = statSync(file);
  const text = readFileSync(file, 'utf8');
  expect(text).toContain(from);
  writeFileSync(file, text.replace(from, to));
  utimesSync(file, atime, mtime);
}

describe('a checkout', () => {
  test('starts the bundle while it is fresh, also after it was moved', () => {
    copy({ withTimes: true });
    expect(run('--help').bundle).toBe(true);
    expect(run('pack', '<H', '258').bundle).toBe(true);
    renameSync(root, `${root}-moved`);
    root = `${root}-moved`;
    expect(run('pack', '<H', '258')).toEqual({ bundle: true, out: '02 01\n' });
  });

  test('starts the bundle in a copy in which every file is new, and after a file was only touched', () => {
    copy({ withTimes: false });
    expect(run('pack', '<H', '258').bundle).toBe(true);
    utimesSync(join(root, 'src/cli/main.ts'), new Date(), new Date());
    expect(run('--help').bundle).toBe(true);
  });

  test('starts the sources after an edit, also of the same length and an old time, until the bundle is made again', async () => {
    copy({ withTimes: true });
    edit('src/cli/main.ts', 'see what each one costs', 'see what each one COSTS');
    const edited = run('--help');
    expect(edited.bundle).toBe(false);
    expect(edited.out).toContain('see what each one COSTS');
    await bundleCommand(root);
    markBundle(root);
    const bundled = run('--help');
    expect(bundled.bundle).toBe(true);
    expect(bundled.out).toContain('see what each one COSTS');
  });

  test('starts the sources of those commands that an edit reaches', () => {
    copy({ withTimes: true });
    // Two commands in one definition, and code that is loaded when the command runs.
    edit('src/cli/commands/pack.ts', '/**', '/** Edited. ');
    expect(run('pack', '<H', '258').bundle).toBe(false);
    expect(run('unpack', '<H', '0201').bundle).toBe(false);
    expect(run('resolve', '127.0.0.1').bundle).toBe(true);
    expect(run('--version').bundle).toBe(true);
    // The thread is reached by no import.
    edit('src/stores/sqlite-worker.ts', '/**', '/** Edited. ');
    expect(run('collect', '--help').bundle).toBe(false);
  });

  test('starts the sources where a file of them has gone, or where the bundle was not finished', () => {
    copy({ withTimes: true });
    rmSync(join(root, 'src/stores/sqlite-worker.ts'));
    expect(run('--help').bundle).toBe(false);
    rmSync(join(root, 'dist/cli/inputs.json'));
    expect(run('--version').bundle).toBe(false);
  });
});
