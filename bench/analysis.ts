/**
 * Whole processes that read a capture of small TCP segments and analyse it: `sensewire analyze` against tshark and tcptrace.
 *
 * The captures are made here, in a temporary folder, the same ones every time: Ethernet, IPv4, TCP with timestamps, some 220
 * segments a connection, 32 connections at a time, some segments lost, overtaken or sent again. All programs start anew each
 * time, and write to /dev/null; the captures are in the page cache. Run alone: `node bench/analysis.ts`.
 */
import { join } from 'node:path';
import { makeCapture } from './analysis/make-capture.ts';
import { CPU, PEAK, WALL, WholeProcesses } from './analysis/whole-process.ts';
import { runAlone } from './harness/command-line.ts';
import {
  type BenchOptions,
  interleave,
  median,
  medianOf,
  type Report,
  rowOf,
  samplesOf,
  target,
  timesBetter,
  type Variant,
} from './harness/report.ts';
import { ROOT, Workbench } from './harness/workbench.ts';

const ROUNDS = 5;
const SMALL = 10_000;
const MANY = 1_000_000;
const MOST = 5_000_000;
/** With `--quick`, so much less of each. */
const QUICK = 20;
const COLUMNS =
  'frame.number,frame.time_epoch,frame.len,ip.src,ip.dst,tcp.srcport,tcp.dstport,tcp.stream,tcp.seq_raw,tcp.ack_raw,tcp.len,tcp.flags,tcp.window_size,tcp.analysis.ack_rtt,tcp.analysis.bytes_in_flight,tcp.analysis.retransmission,tcp.analysis.duplicate_ack';

const NOTHING = 'node -e 0';
const OURS = 'sensewire analyze';
const FIELDS = 'sensewire analyze --fields';
const TSHARK = 'tshark -q -z conv,tcp';
const TSHARK_FIELDS = 'tshark -T fields';
const TCPTRACE = 'tcptrace';

interface Capture {
  readonly path: string;
  readonly title: string;
}

class Bench {
  readonly #bench: Workbench;
  readonly #processes: WholeProcesses;
  readonly #rounds: number;

  constructor(bench: Workbench, rounds: number) {
    this.#bench = bench;
    this.#processes = new WholeProcesses(bench);
    this.#rounds = rounds;
  }

  capture(packets: number): Capture {
    const path = this.#bench.path('segments.pcap');
    const bytes = makeCapture(path, packets);
    const size = `${Math.round(bytes / 1e5) / 10} MB`;
    return { path, title: `${packets.toLocaleString('en')} small TCP packets (${size})` };
  }

  /** Everything in turns; before that ours once, which fills the caches: of the disk, and of compiled code. */
  async rows(variants: readonly Variant[]): Promise<Report['rows']> {
    const [first] = variants;
    if (first !== undefined) await interleave([first], 1);
    return interleave(variants, this.#rounds);
  }

  nothing(): Variant {
    return this.#processes.node(NOTHING, '-e', '0');
  }

  ours({ path }: Capture, name: string, ...flags: readonly string[]): Variant {
    return this.#processes.node(name, join(ROOT, 'bin/sensewire.cjs'), 'analyze', path, ...flags);
  }

  tshark({ path }: Capture, name: string, ...flags: readonly string[]): Variant {
    return this.#processes.peer(name, 'tshark', '-n', '-r', path, ...flags);
  }

  tcptrace({ path }: Capture): Variant {
    return this.#processes.peer(TCPTRACE, 'tcptrace', '-n', path);
  }
}

/** A report of processes, the first of which is ours; targets are times faster than a peer. */
function report(
  title: string,
  rows: Report['rows'],
  least: readonly (readonly [peer: string, times: number])[],
): Report {
  const [ours] = rows;
  if (ours === undefined) throw new Error('nothing was measured');
  return {
    title,
    metrics: [WALL, CPU, PEAK],
    rows,
    ours: ours.variant,
    targets: least.flatMap(([peer, times]) =>
      target(`${ours.variant}, times ${peer}`, timesBetter(WALL, ours, rowOf(rows, peer)), '≥', times),
    ),
    notes: [],
  };
}

/** The most that ours held in any round, above what Node.js needs to do nothing, in MB. */
function memoryAbove(rows: Report['rows']): number {
  return Math.max(...samplesOf(rows, OURS, PEAK.key)) - median(samplesOf(rows, NOTHING, PEAK.key));
}

async function many(bench: Bench, packets: number): Promise<Report[]> {
  const capture = bench.capture(packets);
  const rows = await bench.rows([
    bench.ours(capture, OURS),
    bench.tshark(capture, TSHARK, '-q', '-z', 'conv,tcp'),
    bench.tcptrace(capture),
    bench.nothing(),
  ]);
  const analysis = report(capture.title, rows, [
    [TSHARK, 40],
    [TCPTRACE, 1],
  ]);
  const memory = target('MB above an empty Node.js', memoryAbove(rows), '≤', 120);
  const fields = await bench.rows([
    bench.ours(capture, FIELDS, '--fields', COLUMNS),
    bench.tshark(capture, TSHARK_FIELDS, '-T', 'fields', ...COLUMNS.split(',').flatMap(name => ['-e', name])),
  ]);
  return [
    { ...analysis, targets: [...analysis.targets, ...memory] },
    report('A row of 17 columns for each of the same', fields, [[TSHARK_FIELDS, 30]]),
  ];
}

async function most(bench: Bench, packets: number): Promise<Report> {
  const capture = bench.capture(packets);
  const rows = await bench.rows([bench.ours(capture, OURS), bench.tcptrace(capture)]);
  return report(capture.title, rows, [[TCPTRACE, 1.5]]);
}

async function small(bench: Bench): Promise<Report> {
  const capture = bench.capture(SMALL);
  const rows = await bench.rows([
    bench.ours(capture, OURS),
    bench.tshark(capture, TSHARK, '-q', '-z', 'conv,tcp'),
    bench.tcptrace(capture),
    bench.nothing(),
  ]);
  const seconds = target('seconds', medianOf(rows, OURS, WALL.key), '≤', 0.15);
  return { ...report(capture.title, rows, []), targets: seconds };
}

/** Measures everything. */
export async function run({ rounds, quick }: BenchOptions): Promise<Report[]> {
  await using workbench = new Workbench();
  const bench = new Bench(workbench, rounds ?? (quick ? 1 : ROUNDS));
  if (!quick) return [...(await many(bench, MANY)), await most(bench, MOST), await small(bench)];
  const reports = [...(await many(bench, MANY / QUICK)), await most(bench, MOST / QUICK)];
  // Starting Node.js is most of what is left: times faster are promised of the whole.
  return [...reports.map(each => ({ ...each, targets: [] })), await small(bench)];
}

if (import.meta.main) await runAlone(run);
