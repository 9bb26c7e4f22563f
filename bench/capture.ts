/**
 * Live capture under load: 200,000 datagrams a second on loopback, and whether all of them are in the file.
 *
 * Each round has a network namespace of its own, with nothing else on its loopback. What was sent is counted by the sender
 * (`capture/sender.c`), what was captured by reading the file again, and our own summary says what the kernel has counted.
 * Needs root and a C compiler. Run alone: `node bench/capture.ts`.
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readCapture } from '../src/capture/capture-file.ts';
import type { Child } from './harness/child.ts';
import { runAlone } from './harness/command-line.ts';
import { missingProgram, program } from './harness/programs.ts';
import {
  type BenchOptions,
  interleave,
  type Metric,
  type Report,
  samplesOf,
  target,
  type Variant,
} from './harness/report.ts';
import { numberAt } from './harness/values.ts';
import { ROOT, Workbench } from './harness/workbench.ts';

const ROUNDS = 5;
const SECONDS = 3;
const QUICK_SECONDS = 0.5;
const RATE = 200_000;
/** The sender counts from its first datagram, and its last turn may be late. */
const LEAST_RATE = 0.98 * RATE;
const BYTES = 64;
const PORT = 9_999;
const FILTER = `udp port ${PORT}`;

const METRICS: readonly Metric[] = [
  { key: 'missing', label: 'not in the file', better: 'less', digits: 0 },
  { key: 'sent', label: 'sent', better: 'more', digits: 0 },
  { key: 'rate', label: 'sent/s', better: 'more', digits: 0 },
  { key: 'kernel', label: 'kernel counted', better: 'more', digits: 0 },
  { key: 'drops', label: 'kernel dropped', better: 'less', digits: 0 },
  { key: 'cpu', label: 'CPU, % of a core', better: 'less', digits: 0 },
  { key: 'peakMb', label: 'most memory MB', better: 'less', digits: 0 },
];
const OURS = 'sensewire capture';
const TCPDUMP = 'tcpdump -w';

/** A program that captures into a file. */
interface Capturer {
  readonly command: readonly string[];
  /** Resolves when packets are being captured. */
  ready(child: Child): Promise<unknown>;
  /** What the kernel has counted, by the program's own words. */
  counted(child: Child): Promise<Readonly<Record<string, number>>>;
}

function ours(file: string): Capturer {
  return {
    command: [
      process.execPath,
      join(ROOT, 'bin/sensewire.cjs'),
      ...['capture', '--json', '--quiet', '--method', 'ring', '-i', 'lo', '-f', FILTER, '-o', file],
    ],
    ready: child => child.event('capturing'),
    async counted(child) {
      const summary = await child.event('summary');
      return { kernel: numberAt(summary, 'kernel_packets'), drops: numberAt(summary, 'kernel_drops') };
    },
  };
}

function tcpdump(file: string): Capturer {
  return {
    command: [program('tcpdump'), '-i', 'lo', '-n', '-Z', 'root', '-w', file, FILTER],
    ready: child => child.says(/listening on lo/),
    counted: async () => ({}),
  };
}

class Bench {
  readonly #bench: Workbench;
  readonly #packets: number;
  readonly #sender: string;

  constructor(bench: Workbench, packets: number) {
    this.#bench = bench;
    this.#packets = packets;
    this.#sender = bench.path('sender');
    const source = fileURLToPath(new URL('capture/sender.c', import.meta.url));
    const built = spawnSync('cc', ['-O2', '-o', this.#sender, source], { encoding: 'utf8' });
    if (built.status !== 0)
      throw new Error(`the sender needs a C compiler (Debian: gcc): ${built.stderr ?? built.error}`);
  }

  async round(capturer: (file: string) => Capturer): Promise<Record<string, number>> {
    const up = `ip link set lo up && echo '{"event":"up"}' && exec sleep infinity`;
    const namespace = this.#bench.start('unshare', ['--net', 'sh', '-c', up]);
    await namespace.event('up');
    // Neither forks: their process is the program's own.
    const inside = (...command: readonly string[]): Child =>
      this.#bench.start('nsenter', [`--net=/proc/${namespace.pid}/ns/net`, ...command]);
    const file = this.#bench.path('capture');
    const { command, ready, counted } = capturer(file);
    const child = inside(...command);
    await ready(child);
    const cpuBefore = child.cpuSeconds();
    const sender = inside(this.#sender, ...[this.#packets, RATE, BYTES, PORT].map(String));
    const done = await sender.event('sent');
    const seconds = numberAt(done, 'seconds');
    const cpu = (100 * (child.cpuSeconds() - cpuBefore)) / seconds;
    const peakMb = child.peakBytes() / 1e6;
    await child.stop();
    namespace.kill();
    const sent = numberAt(done, 'packets');
    const captured = await packetsIn(file);
    rmSync(file);
    return {
      missing: sent - captured,
      sent,
      rate: sent / seconds,
      ...(await counted(child)),
      cpu,
      peakMb,
    };
  }
}

/** Records of a capture file. @throws Error where it is damaged */
async function packetsIn(file: string): Promise<number> {
  let packets = 0;
  const { damage } = await readCapture(file, { onPacket: () => packets++ });
  if (damage !== undefined) throw new Error(`${file} is damaged: ${damage.message}`);
  return packets;
}

/** Why nothing can be captured here, or undefined. */
function missing(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root, for a network namespace';
  return missingProgram('ip', 'iproute2') ?? missingProgram('nsenter', 'util-linux');
}

/** Measures everything. */
export async function run({ rounds, quick }: BenchOptions): Promise<Report[]> {
  await using workbench = new Workbench();
  const bench = new Bench(workbench, RATE * (quick ? QUICK_SECONDS : SECONDS));
  const variants: Variant[] = [
    { name: OURS, missing: missing(), measure: () => bench.round(ours) },
    { name: TCPDUMP, missing: missing() ?? missingProgram('tcpdump'), measure: () => bench.round(tcpdump) },
  ];
  const rows = await interleave(variants, rounds ?? (quick ? 1 : ROUNDS));
  const samples = (key: string): readonly number[] => samplesOf(rows, OURS, key);
  const isMeasured = samples('sent').length > 0;
  const most = (values: readonly number[]): number => (isMeasured ? Math.max(...values) : Number.NaN);
  const uncounted = samples('sent').map((sent, round) => Math.abs(sent - samples('kernel')[round]!));
  return [
    {
      title: `Capture of ${RATE.toLocaleString('en')} datagrams of ${BYTES} bytes a second on loopback`,
      metrics: METRICS,
      rows,
      targets: [
        ...target(
          'sent a second, least',
          isMeasured ? Math.min(...samples('rate')) : Number.NaN,
          '≥',
          LEAST_RATE,
        ),
        ...target('sent and not in the file, most', most(samples('missing').map(Math.abs)), '≤', 0),
        ...target('sent and not counted by the kernel, most', most(uncounted), '≤', 0),
        ...target('dropped by the kernel, most', most(samples('drops')), '≤', 0),
      ],
      notes: ['Both are told to end (SIGINT) as soon as the last datagram is sent.'],
    },
  ];
}

if (import.meta.main) await runAlone(run);
