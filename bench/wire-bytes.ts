/**
 * IP bytes on the wire for one reading: one TMP36-like sensor at 100 Hz, both directions, all headers from IP on,
 * acknowledgements and empty TCP segments included, captured on loopback with tcpdump.
 *
 * Each flow runs twice at the same time at ports of its own, short and long. *Steady* is the difference of their bytes
 * over the difference of their readings, so that handshake, announcements and the end fall out, whatever the protocol;
 * *all* is every byte of the long run over its readings. Run alone, as root: `node bench/wire-bytes.ts`.
 */
import { captureMissing, startCapture } from './harness/capture.ts';
import { startCollector } from './harness/collector.ts';
import { runAlone } from './harness/command-line.ts';
import { startFakeTmp36 } from './harness/fake-tmp36.ts';
import type { PortTotals } from './harness/pcap.ts';
import {
  type BenchOptions,
  type Metric,
  medianOf,
  type Report,
  type Row,
  type Target,
  target,
} from './harness/report.ts';
import { numberAt } from './harness/values.ts';
import { freePorts, Workbench } from './harness/workbench.ts';
import type { LoadOptions } from './peers/load.ts';
import { PEERS } from './peers/variants.ts';

const RATE_HZ = 100;
const READINGS = { short: 500, long: 2_500 } as const;
const QUICK_READINGS = { short: 100, long: 400 } as const;
/** Processes at once: two cores must not be so busy that readings wait for each other and share a packet. */
const FLOWS_AT_ONCE = 7;

const METRICS: readonly Metric[] = [
  { key: 'steady', label: 'B/reading, steady', better: 'less', digits: 2 },
  { key: 'there', label: 'of that, to the server', better: 'less', digits: 2 },
  { key: 'packets', label: 'packets/reading', better: 'less', digits: 3 },
  { key: 'all', label: 'with handshake and end', better: 'less', digits: 2 },
];

/** One kind of traffic; `start` starts its server at a port. */
interface Flow {
  readonly name: string;
  readonly missing?: string | undefined;
  /** Resolves with the function that sends `count` readings to it and waits for their acknowledgement. */
  readonly start: (bench: Workbench, port: number, count: number) => Promise<() => Promise<void>>;
}

const TMP36 = 'tmp36:iio:device0';

function ourFlow(transport: 'tcp' | 'udp', sensor: string, batch: number, sysfs: string): Flow {
  return {
    name: ourName(transport, sensor, batch),
    async start(bench, port, count) {
      const url = `${transport}://127.0.0.1:${port}`;
      const collector = await startCollector(bench, [url], 'sqlite');
      return async () => {
        const flags = ['--sensor', sensor, '--sysfs', sysfs, '--rate', `${RATE_HZ}`, '--count', `${count}`];
        const sender = bench.startCli('send', url, ...flags, '--batch', `${batch}`, '--json', '--quiet');
        const stored = numberAt(await sender.event('summary'), 'stored');
        await sender.stop();
        await collector.finish(count);
        if (stored !== count) throw new Error(`${url}: ${stored} of ${count} readings were stored`);
      };
    },
  };
}

function ourName(transport: 'tcp' | 'udp', sensor: string, batch: number): string {
  const each = batch === 1 ? 'one' : batch;
  return `sensewire ${sensor.replace(/:.*/, '')}, ${each} a ${transport === 'udp' ? 'datagram' : 'message over TCP'}`;
}

function peerFlow(name: string, kind: keyof typeof PEERS, format: string, batch: number): Flow {
  const { missing, script, start } = PEERS[kind];
  return {
    name,
    missing,
    async start(bench, port, count) {
      const server = await start(bench, port);
      return async () => {
        const load: LoadOptions = { port, count, batch, window: batch, rateHz: RATE_HZ, format };
        const sender = bench.startScript(script, load);
        await sender.event('done');
        await sender.stop();
        await server.child.stop();
      };
    },
  };
}

function allFlows(sysfs: string): Flow[] {
  const ours = (['udp', 'tcp'] as const).flatMap(transport => [
    ...[1, 10, 100].map(batch => ourFlow(transport, TMP36, batch, sysfs)),
    ...[1, 100].map(batch => ourFlow(transport, 'random', batch, sysfs)),
  ]);
  const peers = [1, 100].flatMap(batch => {
    const each = batch === 1 ? 'one' : batch;
    return [
      peerFlow(`MQTT QoS 1 CBOR, ${each} a message`, 'mqtt', 'cbor', batch),
      peerFlow(`MQTT QoS 1 JSON, ${each} a message`, 'mqtt', 'json', batch),
      peerFlow(`VictoriaMetrics /write, ${each} a request`, 'victoria', 'line', batch),
      peerFlow(`naive 16 B, ${each} a write over TCP`, 'naive', 'tcp', batch),
      peerFlow(`naive 16 B, ${each} a datagram`, 'naive', 'udp', batch),
    ];
  });
  return [...ours, ...peers];
}

/** Runs some flows at once, each short and long; gives one sample of each. */
async function measure(
  bench: Workbench,
  flows: readonly Flow[],
  readings: Readonly<Record<'short' | 'long', number>>,
): Promise<Record<string, number>[]> {
  const ports = await freePorts(2 * flows.length);
  const capture = await startCapture(bench, ports);
  const sendings = flows.flatMap((flow, index) => [
    flow.start(bench, ports[2 * index]!, readings.short),
    flow.start(bench, ports[2 * index + 1]!, readings.long),
  ]);
  const runs = await Promise.all(sendings);
  await Promise.all(runs.map(run => run()));
  const totals = await capture.finish();
  return flows.map((_, index) => {
    const [short, long] = [totals.get(ports[2 * index]!)!, totals.get(ports[2 * index + 1]!)!];
    const steady = (key: keyof PortTotals): number =>
      (long[key] - short[key]) / (readings.long - readings.short);
    return {
      steady: steady('bytes'),
      there: steady('bytesTo'),
      packets: steady('packets'),
      all: long.bytes / readings.long,
    };
  });
}

/** Measures everything. */
export async function run({ rounds, quick }: BenchOptions): Promise<Report[]> {
  await using bench = new Workbench();
  const sysfs = bench.path('sys');
  const stopSensor = startFakeTmp36(sysfs);
  const cannot = captureMissing();
  const flows = allFlows(sysfs).map(flow => ({ ...flow, missing: cannot ?? flow.missing }));
  const possible = flows.filter(({ missing }) => missing === undefined);
  const samples = new Map<string, Record<string, number[]>>();
  try {
    for (let round = 0; round < (rounds ?? 1); round++) {
      for (let from = 0; from < possible.length; from += FLOWS_AT_ONCE) {
        const some = possible.slice(from, from + FLOWS_AT_ONCE);
        const measured = await measure(bench, some, quick ? QUICK_READINGS : READINGS);
        for (const [index, { name }] of some.entries()) {
          const lists = samples.get(name) ?? {};
          for (const [key, value] of Object.entries(measured[index]!))
            lists[key] = [...(lists[key] ?? []), value];
          samples.set(name, lists);
        }
      }
    }
  } finally {
    stopSensor();
  }
  const rows: Row[] = flows.map(({ name, missing }) => ({
    variant: name,
    samples: samples.get(name) ?? {},
    ...(missing !== undefined && { missing }),
  }));
  return reports(rows);
}

/** One report for readings that go alone, one for batches: a ratio across both would say nothing. */
function reports(rows: readonly Row[]): Report[] {
  const isSingle = ({ variant }: Row): boolean => variant.includes(', one a ');
  const title = `Bytes on the wire: one sensor at ${RATE_HZ} Hz`;
  const targets = (['tcp', 'udp'] as const).flatMap(transport =>
    [TMP36, 'random'].flatMap(sensor => targetOf(rows, ourName(transport, sensor, 100), 4.5)),
  );
  return [
    {
      title: `${title}, one reading a message`,
      metrics: METRICS,
      rows: rows.filter(isSingle),
      ours: ourName('udp', TMP36, 1),
      targets: [TMP36, 'random'].flatMap(sensor => targetOf(rows, ourName('udp', sensor, 1), 50)),
      notes: ['sensewire over UDP acknowledges too; it does not repeat what the network loses.'],
    },
    {
      title: `${title}, batches`,
      metrics: METRICS,
      rows: rows.filter(row => !isSingle(row)),
      ours: ourName('tcp', TMP36, 100),
      targets,
      notes: [],
    },
  ];
}

function targetOf(rows: readonly Row[], variant: string, limit: number): Target[] {
  return target(`${variant}, B/reading`, medianOf(rows, variant, 'steady'), '≤', limit);
}

if (import.meta.main) await runAlone(run);
