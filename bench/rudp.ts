/**
 * Reliable UDP on bad links, beside the kernel's TCP: the table of docs/performance.md.
 *
 *     npm run bench:rudp -- [ROWS...] [--count N] [--json FILE]
 *
 * Our own command line at both ends of an emulated link between two network namespaces (`linkem.c`, not part of this
 * project: `--emulator FILE`, `--tcp FILE` name it and the TCP program beside it; default: ../shared/tools). Needs root and a
 * C compiler. A row takes a minute, all of them about twelve.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { machine } from './harness/machine.ts';

const ROOT = resolve(import.meta.dirname, '..');
const NODE = process.execPath;
const CLI = join(ROOT, 'bin/sensewire.cjs');
const COUNT = 3_000;
const RATE_HZ = 100;
const PORT = 9_000;
/** Of a message on the wire: 20 letters, and what the telemetry needs around them. */
const TEXT_LETTERS = 22;

interface Row {
  readonly name: string;
  readonly link: string;
  readonly sensors: number;
  readonly percentile: 'p95' | 'p99';
  /** At most so many milliseconds, and bytes a message on the wire. */
  readonly ms: number;
  readonly bytes?: number;
}

/** Section 8 of the requirements: W1 is one sensor, W2 are twenty on one connection. */
const ROWS: readonly Row[] = [
  { name: 'W1 2ms 5%', link: 'delay=1ms,loss=5%', sensors: 1, percentile: 'p99', ms: 10 },
  { name: 'W1 40ms 0%', link: 'delay=20ms', sensors: 1, percentile: 'p99', ms: 24, bytes: 80 },
  { name: 'W1 40ms 1%', link: 'delay=20ms,loss=1%', sensors: 1, percentile: 'p99', ms: 35, bytes: 116 },
  { name: 'W1 40ms 5%', link: 'delay=20ms,loss=5%', sensors: 1, percentile: 'p99', ms: 35, bytes: 118 },
  { name: 'W1 40ms 20%', link: 'delay=20ms,loss=20%', sensors: 1, percentile: 'p99', ms: 85, bytes: 155 },
  { name: 'W1 200ms 5%', link: 'delay=100ms,loss=5%', sensors: 1, percentile: 'p99', ms: 130, bytes: 120 },
  { name: 'W1 40ms held', link: 'delay=20ms,reorder=5%:25ms', sensors: 1, percentile: 'p99', ms: 35 },
  { name: 'W1 40ms outages', link: 'delay=20ms,get=950ms:50ms', sensors: 1, percentile: 'p95', ms: 60 },
  { name: 'W2 40ms 1%', link: 'delay=20ms,loss=1%', sensors: 20, percentile: 'p99', ms: 35, bytes: 60 },
  { name: 'W2 40ms 5%', link: 'delay=20ms,loss=5%', sensors: 20, percentile: 'p99', ms: 65 },
];

interface Measured {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly bytes: number;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string', default: String(COUNT) },
    seed: { type: 'string', default: '3' },
    json: { type: 'string' },
    'no-tcp': { type: 'boolean', default: false },
    emulator: { type: 'string', default: resolve(ROOT, '../shared/tools/linkem.c') },
    tcp: { type: 'string', default: resolve(ROOT, '../shared/tools/tcp_w1.py') },
  },
});
const count = Number(values.count);
const folder = mkdtempSync(join(tmpdir(), 'sensewire-rudp-'));
const emulator = join(folder, 'linkem');

/** Runs a receiver and a sender at the two ends of a link; gives the last line of the receiver and the bytes of both. */
async function onLink(
  link: string,
  receiver: string,
  sender: string,
): Promise<{ line: string; bytes: number }> {
  const [output, counters] = [join(folder, 'receiver'), join(folder, 'counters')];
  const quiet = `> ${join(folder, 'sender')} 2>&1`;
  const flags = ['--both', link, '--seed', values.seed, '--gap', '1500', '--max', '180', '--json', counters];
  const child = spawn(
    emulator,
    [
      ...flags,
      '--b',
      `${receiver} > ${output} 2> ${output}.err`,
      '--a',
      `${sender} ${quiet}`,
      '--until',
      'b',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const code = await new Promise(done => child.once('exit', done));
  if (code !== 0) throw new Error(`the emulator ended with ${code}`);
  const { ab, ba } = JSON.parse(readFileSync(counters, 'utf8')) as Record<'ab' | 'ba', { in_b: number }>;
  const line = readFileSync(output, 'utf8').trim().split('\n').at(-1) ?? '';
  return { line, bytes: ab.in_b + ba.in_b };
}

function measured(line: string, bytes: number, messages: number): Measured {
  const { one_way_ms: ms } = JSON.parse(line) as { one_way_ms: Record<'p50' | 'p95' | 'p99', number> };
  return { ...ms, bytes: bytes / messages };
}

async function measureOurs({ link, sensors }: Row): Promise<Measured> {
  const each = Math.ceil(count / sensors);
  const total = each * sensors;
  const letters = 'abcdefghijklmnopqrstuvwxyz';
  const csv = join(folder, 'text.csv');
  const rows = Array.from({ length: each }, (_, at) =>
    Array.from({ length: TEXT_LETTERS }, (_, index) => letters[(at * 7 + index * 3) % 26]).join(''),
  );
  writeFileSync(csv, `value\n${rows.join('\n')}\n`);
  const flags = Array.from({ length: sensors }, (_, at) => `--sensor csv:${csv},name=s${at}`).join(' ');
  const receiver = `${NODE} ${CLI} collect --listen 'rudp://*:${PORT}' --store none --count ${total} --json`;
  const sender = `${NODE} ${CLI} send rudp://10.99.0.2:${PORT} ${flags} --rate ${RATE_HZ}Hz --batch 1 --count ${each} --json`;
  const { line, bytes } = await onLink(link, receiver, sender);
  return measured(line, bytes, total);
}

async function measureTcp({ link, sensors }: Row): Promise<Measured | undefined> {
  if (sensors > 1) return undefined;
  const { line, bytes } = await onLink(
    link,
    `python3 ${values.tcp} recv ${PORT}`,
    `python3 ${values.tcp} send 10.99.0.2 ${PORT} COUNT=${count} RATE=${RATE_HZ} SIZE=32`,
  );
  return measured(line, bytes, count);
}

function show(value: Measured | undefined): string {
  if (value === undefined) return '–'.padStart(33);
  const numbers = [value.p50, value.p95, value.p99].map(ms => ms.toFixed(1).padStart(8));
  return `${numbers.join('')}${value.bytes.toFixed(1).padStart(9)}`;
}

try {
  const built = spawnSync('cc', ['-O2', '-o', emulator, values.emulator, '-lm'], { encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`the emulator could not be built: ${built.stderr ?? built.error}`);
  console.log(Object.values(machine()).join(' · '));
  const head = '     p50     p95     p99   B/msg';
  console.log(`${''.padEnd(18)}${'reliable UDP'.padStart(33)}${'kernel TCP (cubic)'.padStart(36)}`);
  console.log(`${''.padEnd(18)} ${head}   ${head}`);
  const results: object[] = [];
  let missed = 0;
  for (const row of ROWS.filter(({ name }) => positionals.every(word => name.includes(word)))) {
    const ours = await measureOurs(row);
    const tcp = values['no-tcp'] ? undefined : await measureTcp(row);
    const isMet = ours[row.percentile] <= row.ms && (row.bytes === undefined || ours.bytes <= row.bytes);
    if (!isMet) missed++;
    const bar = `${row.percentile} ≤ ${row.ms} ms${row.bytes === undefined ? '' : `, ≤ ${row.bytes} B`}`;
    console.log(`${row.name.padEnd(18)} ${show(ours)}   ${show(tcp)}   ${isMet ? '✓' : '✗ MISSED'} ${bar}`);
    results.push({ ...row, ours, tcp: tcp ?? null, met: isMet });
  }
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify({ machine: machine(), count, results }, null, 2)}\n`);
  // As of data checks elsewhere in sensewire.
  if (missed > 0) process.exitCode = 3;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
