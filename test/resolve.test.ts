/**
 * `sensewire resolve` as its users call it, with names that need no network.
 */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { BIN, endAll, Run } from './cli-process.ts';

afterEach(endAll);

/** A port where no name server listens: DNS says so at once. */
const NO_DNS = ['--server', '127.0.0.1:9'] as const;

async function resolve(...args: string[]): Promise<{ code: unknown; out: string; err: string; run: Run }> {
  const run = new Run(['resolve', ...args], { input: '' });
  const code = await run.exit;
  return { code, out: run.out.join('\n'), err: run.err.join('\n'), run };
}

test('an address, what it is for, its names and every look-up are shown, though DNS fails', async () => {
  const { code, out, err } = await resolve('localhost:http', ...NO_DNS);
  expect([code, err]).toEqual([0, '']);
  expect(out).toMatch(/^name +localhost\nport +80 http \(TCP.*; reserved: only privileged programs/);
  expect(out).toMatch(/^127\.0\.0\.1 +loopback +\S*localhost.* +inside this machine; this machine's, at lo/m);
  expect(out).toMatch(/^getaddrinfo IPv4 +localhost +[\d.]+ ms +127\.0\.0\.1$/m);
  expect(out).toMatch(/^AAAA +localhost +[\d.]+ ms +no name server listens there \(ECONNREFUSED\)$/m);
  expect((await resolve('localhost', '-q', ...NO_DNS)).out).not.toContain('LOOK-UP');
});

test('JSON lines tell the same', async () => {
  const { code, run } = await resolve('[::1]:5432', '--json', ...NO_DNS);
  expect(code).toBe(0);
  const events = run.json;
  expect(events.map(({ event }) => event)).toEqual(['lookup', 'lookup', 'address', 'service', 'summary']);
  expect(events[2]).toMatchObject({ address: '::1', family: 'IPv6', kind: 'loopback', from: [] });
  expect(events[3]).toMatchObject({ port: 5_432, reserved: false });
  expect(events[4]).toMatchObject({ name: '::1', addresses: 1, lookups: 2, servers: ['127.0.0.1:9'] });
});

test('a name without an address is a failure, with the reasons', async () => {
  const { code, out, err } = await resolve('no-such-host.invalid', ...NO_DNS);
  expect(code).toBe(1);
  expect(out).toContain('getaddrinfo IPv6');
  expect(err).toContain('no address of "no-such-host.invalid" was found');
});

/** In a namespace of its own, with a name server that never answers; prints how it ended. */
const SILENT_DNS = `
const { spawn, execFileSync } = require('node:child_process');
const [bin, isStopped, ...args] = process.argv.slice(1);
execFileSync('ip', ['link', 'set', 'lo', 'up']);
execFileSync('mount', ['--bind', 'resolv.conf', '/etc/resolv.conf']);
const server = require('node:dgram').createSocket('udp4').bind(53, '127.0.0.1', () => {
  const start = performance.now();
  const child = spawn(process.execPath, [bin, 'resolve', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', bytes => { out += bytes; });
  server.once('message', () => isStopped === 'yes' && child.kill('SIGINT'));
  child.on('close', (code, signal) => {
    console.log(JSON.stringify({ code: code ?? signal, out, ms: performance.now() - start }));
    server.close();
  });
});
`;
/** The system's resolver tries twice for 5 s. */
const RESOLVER_MS = 10_000;
const NAMESPACE = ['--map-root-user', '--net', '--mount'];

describe.skipIf(spawnSync('unshare', [...NAMESPACE, 'ip', 'link']).status !== 0)(
  'a silent name server',
  () => {
    let folder: string;
    const ask = async (
      isStopped: boolean,
      ...args: string[]
    ): Promise<{ stdout: string; stderr: string }> => {
      folder = mkdtempSync(join(tmpdir(), 'sensewire-resolve-'));
      writeFileSync(join(folder, 'resolv.conf'), 'nameserver 127.0.0.1\n');
      const script = [process.execPath, '-e', SILENT_DNS, BIN, isStopped ? 'yes' : 'no', ...args];
      return promisify(execFile)('unshare', [...NAMESPACE, ...script], { cwd: folder });
    };
    afterEach(() => rmSync(folder, { recursive: true, force: true }));

    test('is given up after --timeout, and nothing waits for it', async () => {
      const { stdout, stderr } = await ask(false, 'www.example.com', '--timeout', '300ms', '--json');
      const { code, out, ms } = JSON.parse(stdout) as { code: unknown; out: string; ms: number };
      expect([code, stderr]).toEqual([1, expect.stringMatching(/^error no address of "www\.example\.com"/)]);
      const events = out.trim().split('\n');
      expect(JSON.parse(events[0] as string)).toMatchObject({ error: { code: 'ETIMEOUT', given_up: true } });
      expect(events.at(-1)).toContain('"event":"summary"');
      expect(ms).toBeLessThan(RESOLVER_MS / 2);
    });

    test('is left at once at a signal, without advice about the spelling', async () => {
      const { stdout, stderr } = await ask(true, 'www.example.com', '--timeout', '60s');
      const { code, out, ms } = JSON.parse(stdout) as { code: unknown; out: string; ms: number };
      expect([code, stderr]).toEqual([1, 'stopped before every look-up had ended\n']);
      expect(out).toContain('broken off (ECANCELLED)');
      expect(ms).toBeLessThan(RESOLVER_MS / 2);
    });
  },
);

test.each([
  [['bad name'], /cannot be a host's name/],
  [['[localhost]'], /is no name: write it like/],
  [['localhost:'], /is no name/],
  [['localhost:nonsense'], /"nonsense" is no service/],
  [['localhost:70000'], /ports end at 65535/],
  [['localhost', '--server', 'nonsense:99999'], /--server nonsense:99999: .*ports end at 65535/],
  [['localhost', '--timeout', '0s'], /leave some time/],
  [['localhost', '--timeout', 'soon'], /--timeout/],
  [[], /missing required argument/],
])('%j is wrong usage', async (args, why) => {
  const { code, err } = await resolve(...args);
  expect(err).toMatch(why);
  expect(code).toBe(2);
});

test('help shows each flag with its default, and examples', async () => {
  const { out } = await resolve('--help');
  for (const text of ['--server', '(default: this', '--timeout', '(default: 2s)', '--json']) {
    expect(out).toContain(text);
  }
  expect(out.match(/^ {2}sensewire resolve /gm)?.length).toBeGreaterThan(1);
});
