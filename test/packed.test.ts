/**
 * The package as it is published, installed where there is no checkout: everything that is found by its place is there.
 */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { makeCapture } from '../bench/analysis/make-capture.ts';
import { copyCheckout } from './checkout-copy.ts';
import { endAll, Run } from './cli-process.ts';

const ROOT = resolve(import.meta.dirname, '..');

let folder: string;
let installed: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sensewire-packed-'));
  const checkout = join(folder, 'checkout');
  copyCheckout(checkout);
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: checkout });
  const archive = readdirSync(folder).find(name => name.endsWith('.tgz')) as string;
  installed = join(folder, 'node_modules/sensewire');
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', join(folder, archive), '-C', installed, '--strip-components=1']);
  // What the command needs of other packages is in it: none is installed.
  expect(readdirSync(join(folder, 'node_modules'))).toEqual(['sensewire']);
}, 120_000);
afterEach(endAll);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const start = (...args: readonly string[]): Run =>
  new Run(args, { bin: join(installed, 'bin/sensewire.cjs'), cwd: folder, input: '' });

async function finish(...args: readonly string[]): Promise<Run> {
  const run = start(...args);
  expect(await run.exit, run.err.join('\n')).toBe(0);
  return run;
}

describe('the published package', () => {
  test('holds no sources, no second copy of the command, and the notice of what is bundled', () => {
    expect(existsSync(join(installed, 'src'))).toBe(false);
    expect(existsSync(join(installed, 'dist/cli/commands'))).toBe(false);
    expect(existsSync(join(installed, 'dist/cli/inputs.json'))).toBe(false);
    const notice = readFileSync(join(installed, 'dist/cli/LICENSES.txt'), 'utf8');
    expect(notice).toContain(readFileSync(join(ROOT, 'node_modules/commander/LICENSE'), 'utf8'));
  });

  test('says its commands and its version', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect((await finish('--help')).out.join('\n')).toContain('analyze');
    expect((await finish('--version')).out).toEqual([version]);
    expect((await finish('dissector')).out.join('\n')).toContain(version);
  });

  test('explains a capture in every form', async () => {
    makeCapture(join(folder, 'small.pcap'), 200);
    expect((await finish('analyze', 'small.pcap')).out.join('\n')).toContain('TCP');
    expect((await finish('analyze', 'small.pcap', '--json')).json.at(-1)?.event).toBe('summary');
    expect((await finish('analyze', 'small.pcap', '--fields', 'frame.number')).out).toHaveLength(201);
    await finish('analyze', 'small.pcap', '--frame', '1');
    await finish('analyze', 'small.pcap', '--stream', '0');
    await finish('analyze', 'small.pcap', '--html', 'report.html');
    expect(readFileSync(join(folder, 'report.html'), 'utf8')).toContain('<svg');
  });

  test('collects into every store, shows the page, and exports again', async () => {
    const stores = ['sqlite:a.db', 'text:a.txt', 'csv:a.csv', 'jsonl:a.jsonl'];
    const collector = start(
      ...[
        'collect',
        '--json',
        '--web',
        '0',
        '--listen',
        'tcp://127.0.0.1:0',
        '--listen',
        'rudp://127.0.0.1:0',
      ],
      ...stores.flatMap(store => ['--store', store]),
    );
    const { urls = [], web } = await collector.event('listening');
    const urlOf = (scheme: string): string => urls.find(url => url.startsWith(scheme)) as string;
    for (const file of ['', 'app.js', 'icon.svg']) {
      expect((await fetch(new URL(file, web))).status).toBe(200);
    }
    for (const scheme of ['tcp', 'rudp']) {
      const sent = await finish(
        'send',
        urlOf(scheme),
        '--sensor',
        'random',
        '--count',
        '20',
        '--rate',
        '1kHz',
        '--json',
      );
      expect(sent.json.at(-1)).toMatchObject({ event: 'summary', stored: 20, unacknowledged: 0 });
    }
    collector.kill('SIGTERM');
    expect(await collector.exit, collector.err.join('\n')).toBe(0);
    for (const store of stores.filter(name => !name.startsWith('text'))) {
      expect((await finish('export', store, '--format', 'csv')).out.length, store).toBe(41);
    }
  });

  test('serves and gets a file', async () => {
    mkdirSync(join(folder, 'site'));
    writeFileSync(join(folder, 'site/a.txt'), 'hello');
    const server = start('serve', 'http', 'site', '--listen', 'tcp://127.0.0.1:0', '--json');
    const [url = ''] = await server.urls();
    const got = await finish('get', `${url.replace('tcp', 'http')}/a.txt`);
    expect(got.out).toEqual(['hello']);
  });

  test('is a library whose parts can be imported', async () => {
    const { exports } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
      exports: Record<string, unknown>;
    };
    const parts = Object.keys(exports).filter(part => part !== './package.json');
    const script = parts.map(part => `await import('sensewire/${part.slice(2)}');`).join('\n');
    execFileSync(process.execPath, ['--input-type=module', '--eval', script], { cwd: folder });
  });
});
