/**
 * Milliseconds from a reading's making to the acknowledgement that it is stored: one sensor at 100 Hz over TCP,
 * sender and collector as two processes by their command lines, SQLite.
 *
 * The peers acknowledge what they hold in memory. The disk's own row is what any durable answer costs here: 4 KiB
 * appended to a file and `fdatasync`. Percentiles of each round; the table has their medians. Run alone:
 * `node bench/latency.ts`.
 */
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startCollector } from './harness/collector.ts';
import { runAlone } from './harness/command-line.ts';
import {
  type BenchOptions,
  interleave,
  type Metric,
  medianOf,
  type Report,
  target,
  type Variant,
} from './harness/report.ts';
import { numberAt } from './harness/values.ts';
import { Workbench } from './harness/workbench.ts';
import { measurePeer, PEERS } from './peers/variants.ts';

const ROUNDS = 3;
const RATE_HZ = 100;
const SECONDS = 12;
const QUICK_SECONDS = 2;

const METRICS: readonly Metric[] = [
  { key: 'p50', label: 'p50 ms', better: 'less', digits: 2 },
  { key: 'p99', label: 'p99 ms', better: 'less', digits: 2 },
];
const OURS = 'sensewire, SQLite, durable';

type Latency = Record<'p50' | 'p99', number>;

async function measureOurs(
  bench: Workbench,
  transport: 'tcp' | 'udp',
  store: 'sqlite' | 'none',
  count: number,
): Promise<Latency> {
  const collector = await startCollector(bench, [`${transport}://127.0.0.1:0`], store);
  const flags = ['--sensor', 'random', '--rate', `${RATE_HZ}`, '--count', `${count}`, '--json', '--quiet'];
  const sender = bench.startCli('send', collector.urls[0]!, ...flags);
  const summary = await sender.event('summary');
  await sender.stop();
  await collector.finish(count);
  return { p50: numberAt(summary, 'ack_ms.p50'), p99: numberAt(summary, 'ack_ms.p99') };
}

/** At the pace of the readings, since an idle disk answers otherwise than a busy one. */
async function measureDisk(bench: Workbench, count: number): Promise<Latency> {
  const file = openSync(bench.path('disk'), 'w');
  const page = Buffer.alloc(4_096, 1);
  const latencies: number[] = [];
  for (let at = 0; at < count; at++) {
    const startMs = performance.now();
    writeSync(file, page);
    fdatasyncSync(file);
    latencies.push(performance.now() - startMs);
    await sleep(1_000 / RATE_HZ);
  }
  closeSync(file);
  latencies.sort((a, b) => a - b);
  return { p50: latencies[Math.floor(0.5 * (count - 1))]!, p99: latencies[Math.floor(0.99 * (count - 1))]! };
}

/** Measures everything. */
export async function run({ rounds, quick }: BenchOptions): Promise<Report[]> {
  await using bench = new Workbench();
  const count = RATE_HZ * (quick ? QUICK_SECONDS : SECONDS);
  const peer = (name: string, kind: keyof typeof PEERS, format: string, connections = 1): Variant => ({
    name,
    missing: PEERS[kind].missing,
    measure: () =>
      measurePeer(bench, PEERS[kind], { count, batch: 1, window: connections, rateHz: RATE_HZ, format }),
  });
  const variants: Variant[] = [
    { name: OURS, measure: () => measureOurs(bench, 'tcp', 'sqlite', count) },
    {
      name: 'sensewire over UDP, SQLite, durable',
      measure: () => measureOurs(bench, 'udp', 'sqlite', count),
    },
    { name: 'sensewire, no store', measure: () => measureOurs(bench, 'tcp', 'none', count) },
    peer('MQTT.js QoS 1 → mosquitto', 'mqtt', 'json'),
    // A late answer must find another connection free.
    peer('VictoriaMetrics /write', 'victoria', 'line', 8),
    peer('naive 16 B over TCP', 'naive', 'tcp'),
    { name: 'the disk: write 4 KiB, fdatasync', measure: () => measureDisk(bench, count) },
  ];
  const rows = await interleave(variants, rounds ?? (quick ? 1 : ROUNDS));
  return [
    {
      title: `Acknowledgement latency: one sensor at ${RATE_HZ} Hz over TCP`,
      metrics: METRICS,
      rows,
      ours: OURS,
      targets: [
        ...target('stored, p50 ms', medianOf(rows, OURS, 'p50'), '≤', 1.5),
        ...target('stored, p99 ms', medianOf(rows, OURS, 'p99'), '≤', 8),
      ],
      notes: ['Only sensewire waits for the disk; mosquitto, VictoriaMetrics and the naive server do not.'],
    },
  ];
}

if (import.meta.main) await runAlone(run);
