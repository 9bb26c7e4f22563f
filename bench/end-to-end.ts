/**
 * Readings a second from a sender to a collector, two processes over TCP on loopback, from the first push to the last
 * acknowledgement. Ours is acknowledged when it is on disk in SQLite; the peers acknowledge what they hold in memory.
 *
 * Each round starts every process anew with an empty store and is long enough for a second or more of sending; the
 * processes' own start is not counted, their warming up is. Run alone: `node bench/end-to-end.ts [--quick]`.
 */
import type { RunningCollector } from './harness/collector.ts';
import { startCollector } from './harness/collector.ts';
import { runAlone } from './harness/command-line.ts';
import type { PushOptions } from './harness/push-process.ts';
import {
  type BenchOptions,
  interleave,
  type Metric,
  medianOf,
  type Report,
  rowOf,
  target,
  timesBetter,
  type Variant,
} from './harness/report.ts';
import { numberAt } from './harness/values.ts';
import { Workbench } from './harness/workbench.ts';
import { measurePeer, PEERS } from './peers/variants.ts';

const ROUNDS = 5;
/** Readings in flight of a peer that takes one a message: far beyond what a round trip needs. */
const WINDOW = 4_096;
/** Keep-alive connections to the database, as many as it still gains from on two cores. */
const CONNECTIONS = 16;

const RATE: Metric = { key: 'perSecond', label: 'readings/s', better: 'more', digits: 0 };
const METRICS: readonly Metric[] = [
  RATE,
  { key: 'serverUs', label: 'server CPU µs/reading', better: 'less', digits: 2 },
  { key: 'senderUs', label: 'sender CPU µs/reading', better: 'less', digits: 2 },
];

const API = 'sensewire, push() a reading, SQLite, durable';
const VICTORIA = 'VictoriaMetrics /write, 100 lines a request';
const MQTT_EACH = 'MQTT.js QoS 1 JSON → mosquitto, one a message';

type Sample = Record<'perSecond' | 'serverUs' | 'senderUs', number>;

/** Runs a collector around a sender; gives what both have cost. */
async function withCollector(
  bench: Workbench,
  store: 'sqlite' | 'none',
  send: (
    url: string,
    collector: RunningCollector,
  ) => Promise<{ readings: number; seconds: number; cpu: number }>,
): Promise<Sample> {
  const collector = await startCollector(bench, ['tcp://127.0.0.1:0'], store);
  const before = collector.child.cpuSeconds();
  const { readings, seconds, cpu } = await send(collector.urls[0]!, collector);
  const serverSeconds = collector.child.cpuSeconds() - before;
  await collector.finish(readings);
  return {
    perSecond: readings / seconds,
    serverUs: (serverSeconds * 1e6) / readings,
    senderUs: (cpu * 1e6) / readings,
  };
}

function pushing(bench: Workbench, store: 'sqlite' | 'none', count: number, batch: number): Promise<Sample> {
  return withCollector(bench, store, async url => {
    const options: PushOptions = { url, count, batch };
    const sender = bench.startScript(new URL('./harness/push-process.ts', import.meta.url), options);
    const done = await sender.event('done');
    await sender.stop();
    if (numberAt(done, 'readings') !== count) throw new Error(`not all was stored: ${JSON.stringify(done)}`);
    return { readings: count, seconds: numberAt(done, 'seconds'), cpu: numberAt(done, 'cpuSeconds') };
  });
}

function commandLine(bench: Workbench, count: number): Promise<Sample> {
  return withCollector(bench, 'sqlite', async url => {
    const sender = bench.startCli('send', url, '--rate', 'max', '--count', `${count}`, '--json', '--quiet');
    const summary = await sender.event('summary');
    await sender.stop();
    if (numberAt(summary, 'stored') !== count)
      throw new Error(`not all was stored: ${JSON.stringify(summary)}`);
    return { readings: count, seconds: numberAt(summary, 'seconds'), cpu: Number.NaN };
  });
}

/** Measures everything. */
export async function run({ rounds, quick }: BenchOptions): Promise<Report[]> {
  await using bench = new Workbench();
  const few = quick ? 20 : 1;
  const peer = (
    name: string,
    kind: keyof typeof PEERS,
    load: { count: number; batch: number; window: number; format: string },
  ): Variant => ({
    name,
    missing: PEERS[kind].missing,
    measure: () => measurePeer(bench, PEERS[kind], { ...load, count: load.count / few }),
  });
  const each = { batch: 1, window: WINDOW };
  const hundred = { batch: 100, window: 65_500 };
  const variants: Variant[] = [
    { name: API, measure: () => pushing(bench, 'sqlite', 3_000_000 / few, 100) },
    {
      name: 'sensewire send --rate max, SQLite, durable',
      measure: () => commandLine(bench, 3_000_000 / few),
    },
    {
      name: 'sensewire, push() a reading, no store',
      measure: () => pushing(bench, 'none', 3_000_000 / few, 100),
    },
    {
      name: 'sensewire, one a message, SQLite, durable',
      measure: () => pushing(bench, 'sqlite', 400_000 / few, 1),
    },
    peer(VICTORIA, 'victoria', {
      count: 1_000_000,
      batch: 100,
      window: 100 * CONNECTIONS,
      format: 'line',
    }),
    peer(MQTT_EACH, 'mqtt', { count: 160_000, ...each, format: 'json' }),
    peer('MQTT.js QoS 1 CBOR → mosquitto, one a message', 'mqtt', {
      count: 160_000,
      ...each,
      format: 'cbor',
    }),
    peer('MQTT.js QoS 1 CBOR → mosquitto, 100 a message', 'mqtt', {
      count: 3_000_000,
      ...hundred,
      format: 'cbor',
    }),
    peer('naive 16 B over TCP, a write a reading', 'naive', { count: 300_000, ...each, format: 'tcp' }),
    peer('naive 16 B over TCP, coalesced', 'naive', {
      count: 4_000_000,
      batch: 1,
      window: 65_536,
      format: 'tcp-coalesced',
    }),
    peer('naive 16 B over TCP, 100 a write', 'naive', { count: 6_000_000, ...hundred, format: 'tcp' }),
  ];
  const rows = await interleave(variants, rounds ?? (quick ? 1 : ROUNDS));
  const over = (name: string): number => timesBetter(RATE, rowOf(rows, API), rowOf(rows, name));
  return [
    {
      title: 'End to end over TCP: readings a second, acknowledged',
      metrics: METRICS,
      rows,
      ours: API,
      targets: [
        ...target('stored durably, a second', medianOf(rows, API, 'perSecond'), '≥', 1_000_000),
        ...target('× VictoriaMetrics', over(VICTORIA), '≥', 1.5),
        ...target('× MQTT.js, one reading a message', over(MQTT_EACH), '≥', 5),
      ],
      notes: ['Peers store nothing (mosquitto, naive) or do not wait for the disk (VictoriaMetrics).'],
    },
  ];
}

if (import.meta.main) await runAlone(run);
