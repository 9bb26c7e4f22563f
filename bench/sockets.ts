/**
 * The Berkeley sockets against raw Node.js callbacks, Python's asyncio, and C with epoll, which is the limit.
 *
 * Servers and the load are two processes. The load of the echo benchmarks is the C program of `peers/echo.c`, so that
 * it is the servers that are measured; "both ends" has the same interface at both. Run alone: `node bench/sockets.ts`.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Child } from './harness/child.ts';
import { runAlone } from './harness/command-line.ts';
import {
  type BenchOptions,
  interleave,
  type Metric,
  type Report,
  type Row,
  rowOf,
  target,
  timesBetter,
  type Variant,
} from './harness/report.ts';
import type { SocketProcess } from './harness/socket-process.ts';
import { numberAt } from './harness/values.ts';
import { Workbench } from './harness/workbench.ts';

const ROUNDS = 7;
const SECONDS = 1.5;
const QUICK_SECONDS = 0.3;
const ECHO_BYTES = 12;
const BULK_BYTES = 65_536;
/** Datagrams under way: enough to keep both ends busy, few enough for any receive buffer. */
const WINDOW = 16;

const PER_SECOND: Metric = { key: 'rate', label: 'echoes/s', better: 'more', digits: 0 };
const BULK: Metric = { key: 'rate', label: 'MB/s', better: 'more', digits: 0 };
const OURS = 'sensewire: recv, sendall';
const NODE = 'node:net callbacks';
const ASYNCIO = 'Python asyncio streams';
const EPOLL = 'C, epoll';

type Api = SocketProcess['api'];

class Bench {
  readonly #workbench: Workbench;
  readonly #seconds: number;
  readonly #echo: string;

  constructor(workbench: Workbench, seconds: number) {
    this.#workbench = workbench;
    this.#seconds = seconds;
    this.#echo = workbench.path('echo');
    const source = fileURLToPath(new URL('peers/echo.c', import.meta.url));
    const built = spawnSync('cc', ['-O2', '-o', this.#echo, source], { encoding: 'utf8' });
    if (built.status !== 0)
      throw new Error(`the load needs a C compiler (Debian: gcc): ${built.stderr ?? built.error}`);
  }

  server(role: SocketProcess['role'], api: Api): Child {
    return this.#ours({ role, api });
  }

  c(role: string, ...args: (string | number)[]): Child {
    return this.#workbench.start(this.#echo, [role, ...args.map(String)]);
  }

  asyncio(): Child {
    return this.#workbench.start('python3', [
      fileURLToPath(new URL('peers/echo_asyncio.py', import.meta.url)),
    ]);
  }

  /** Echoes a second of a server under the load of the C program. */
  async load(server: Child, client: 'tcp-client' | 'udp-client', many: number): Promise<{ rate: number }> {
    const port = numberAt(await server.event('listening'), 'port');
    const done = await this.c(client, port, many, this.#seconds, ECHO_BYTES).event('done');
    server.kill();
    await server.ended;
    return { rate: numberAt(done, 'echoes') / numberAt(done, 'seconds') };
  }

  async bothEnds(api: Api, connections: number): Promise<{ rate: number }> {
    const server = this.server('echo-server', api);
    const port = numberAt(await server.event('listening'), 'port');
    const client = this.#ours({
      role: 'echo-client',
      api,
      port,
      connections,
      seconds: this.#seconds,
      bytes: ECHO_BYTES,
    });
    const done = await client.event('done');
    server.kill();
    await Promise.all([server.ended, client.ended]);
    return { rate: numberAt(done, 'echoes') / numberAt(done, 'seconds') };
  }

  async bulk(api: Api): Promise<{ rate: number }> {
    const receiver = this.server('bulk-receiver', api);
    const port = numberAt(await receiver.event('listening'), 'port');
    const sender = this.#ours({ role: 'bulk-sender', api, port, seconds: this.#seconds, bytes: BULK_BYTES });
    const done = await receiver.event('done');
    await Promise.all([sender.ended, receiver.ended]);
    return { rate: numberAt(done, 'bytes') / numberAt(done, 'seconds') / 1e6 };
  }

  #ours(task: SocketProcess): Child {
    return this.#workbench.startScript(new URL('harness/socket-process.ts', import.meta.url), task);
  }
}

/** Measures everything. */
export async function run({ rounds, quick }: BenchOptions): Promise<Report[]> {
  await using workbench = new Workbench();
  const bench = new Bench(workbench, quick ? QUICK_SECONDS : SECONDS);
  const times = rounds ?? (quick ? 1 : ROUNDS);
  const reports: Report[] = [];
  for (const connections of [1, 50]) {
    const load = (server: () => Child) => () => bench.load(server(), 'tcp-client', connections);
    const variants: Variant[] = [
      { name: OURS, measure: load(() => bench.server('echo-server', 'sensewire')) },
      { name: NODE, measure: load(() => bench.server('echo-server', 'node')) },
      { name: ASYNCIO, measure: load(() => bench.asyncio()) },
      { name: EPOLL, measure: load(() => bench.c('tcp-server')) },
    ];
    const both: Variant[] = [
      { name: OURS, measure: () => bench.bothEnds('sensewire', connections) },
      { name: NODE, measure: () => bench.bothEnds('node', connections) },
    ];
    const many = connections === 1 ? '1 connection' : `${connections} connections`;
    reports.push(
      report(`Echo of ${ECHO_BYTES} bytes over TCP, ${many}`, PER_SECOND, await interleave(variants, times), [
        [NODE, 0.85],
        [ASYNCIO, 2],
      ]),
      report(`The same at both ends, ${many}`, PER_SECOND, await interleave(both, times), [[NODE, 0.85]]),
    );
  }
  const bulk: Variant[] = [
    { name: OURS, measure: () => bench.bulk('sensewire') },
    { name: NODE, measure: () => bench.bulk('node') },
  ];
  reports.push(report('Bulk over TCP, 64 KiB at a time', BULK, await interleave(bulk, times), [[NODE, 0.9]]));
  const datagrams = (server: () => Child) => () => bench.load(server(), 'udp-client', WINDOW);
  const udp: Variant[] = [
    {
      name: 'sensewire: recvfrom, sendto',
      measure: datagrams(() => bench.server('udp-server', 'sensewire')),
    },
    { name: 'node:dgram callbacks', measure: datagrams(() => bench.server('udp-server', 'node')) },
    { name: 'C, recvfrom and sendto', measure: datagrams(() => bench.c('udp-server')) },
  ];
  reports.push(
    report(
      `Echo of ${ECHO_BYTES} bytes over UDP, ${WINDOW} under way`,
      PER_SECOND,
      await interleave(udp, times),
      [['node:dgram callbacks', 0.85]],
    ),
  );
  return reports;
}

function report(
  title: string,
  metric: Metric,
  rows: Row[],
  least: readonly [peer: string, times: number][],
): Report {
  const ours = rows[0]!;
  return {
    title,
    metrics: [metric],
    rows,
    ours: ours.variant,
    targets: least.flatMap(([peer, times]) =>
      target(`${ours.variant}, times ${peer}`, timesBetter(metric, ours, rowOf(rows, peer)), '≥', times),
    ),
    notes: [],
  };
}

if (import.meta.main) await runAlone(run);
