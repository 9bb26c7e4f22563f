/**
 * What 1,000 senders at 10 Hz each cost a collector with an SQLite store, over TCP and over UDP: its processor time as a
 * share of one core while all are connected and sending, and the most memory it has held.
 *
 * The senders live in one process (they are `Sender` objects with a connection and a session each), the collector in
 * another. A reading that is not stored in the end fails the benchmark's target. Run alone: `node bench/many-senders.ts`.
 */
import { startCollector } from './harness/collector.ts';
import { runAlone } from './harness/command-line.ts';
import type { ManyOptions } from './harness/many-process.ts';
import {
  type BenchOptions,
  interleave,
  type Metric,
  median,
  type Report,
  samplesOf,
  target,
} from './harness/report.ts';
import { numberAt } from './harness/values.ts';
import { Workbench } from './harness/workbench.ts';

const ROUNDS = 3;
const SENDERS = 1_000;
const RATE_HZ = 10;
const SECONDS = 15;
const QUICK_SECONDS = 3;
const TRANSPORTS = ['tcp', 'udp'] as const;

const METRICS: readonly Metric[] = [
  { key: 'cpu', label: 'collector CPU % of a core', better: 'less', digits: 1 },
  { key: 'peakMb', label: 'its most memory MB', better: 'less', digits: 0 },
  { key: 'perSecond', label: 'readings/s', better: 'more', digits: 0 },
  { key: 'lost', label: 'not stored', better: 'less', digits: 0 },
  { key: 'oneWayP99', label: 'one way p99 ms', better: 'less', digits: 1 },
];

const nameOf = (transport: string): string =>
  `${SENDERS} senders at ${RATE_HZ} Hz, ${transport.toUpperCase()}`;

async function measure(
  bench: Workbench,
  transport: (typeof TRANSPORTS)[number],
  seconds: number,
): Promise<Record<string, number>> {
  const collector = await startCollector(bench, [`${transport}://127.0.0.1:0`], 'sqlite');
  const options: ManyOptions = { url: collector.urls[0]!, senders: SENDERS, rateHz: RATE_HZ, seconds };
  const senders = bench.startScript(new URL('./harness/many-process.ts', import.meta.url), options);
  await senders.event('open');
  const [startMs, cpuBefore] = [performance.now(), collector.child.cpuSeconds()];
  await senders.event('pushed');
  const wallSeconds = (performance.now() - startMs) / 1_000;
  const cpu = (100 * (collector.child.cpuSeconds() - cpuBefore)) / wallSeconds;
  const done = await senders.event('done');
  await senders.stop();
  const peakMb = collector.child.peakBytes() / 1e6;
  const [readings, stored] = [numberAt(done, 'readings'), numberAt(done, 'stored')];
  const summary = await collector.finish(stored);
  const lost = Math.max(readings - stored, readings - numberAt(summary, 'stored'));
  const oneWayP99 = numberAt(summary, 'one_way_ms.p99');
  return { cpu, peakMb, perSecond: readings / wallSeconds, lost, oneWayP99 };
}

/** Measures everything. */
export async function run({ rounds, quick }: BenchOptions): Promise<Report[]> {
  await using bench = new Workbench();
  const seconds = quick ? QUICK_SECONDS : SECONDS;
  const variants = TRANSPORTS.map(transport => ({
    name: nameOf(transport),
    measure: () => measure(bench, transport, seconds),
  }));
  const rows = await interleave(variants, rounds ?? (quick ? 1 : ROUNDS));
  const targets = TRANSPORTS.flatMap(transport => {
    const samples = (key: string): readonly number[] => samplesOf(rows, nameOf(transport), key);
    const name = transport.toUpperCase();
    const lost = samples('lost').reduce((sum, each) => sum + each, 0);
    return [
      ...target(`${name}: readings lost in all rounds`, lost, '≤', 0),
      ...target(`${name}: collector CPU, % of a core`, median(samples('cpu')), '<', 60),
      ...target(`${name}: collector memory, MB`, Math.max(...samples('peakMb')), '<', 250),
    ];
  });
  return [{ title: 'Many senders at once', metrics: METRICS, rows, targets, notes: [] }];
}

if (import.meta.main) await runAlone(run);
