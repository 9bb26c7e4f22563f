/**
 * W1 and W2: sensors at 100 Hz, messages of 32 bytes, each as soon as it is there.
 *
 * Ours is `send` and `collect` as users have them; TCP is `tcp_w1.py`, with the kernel's congestion control, in the same
 * run. Bytes are all IP bytes that both ends put on the link, handshake and acknowledgements included.
 */
import { writeFileSync } from 'node:fs';
import type { Metric, Report, Row } from '../harness/report.ts';
import { isRecord, numberAt } from '../harness/values.ts';
import { FAR_END, failureOf, line, linesOf, ours } from './emulator.ts';
import { type Bar, type BenchRow, OURS, once, reportOf, type Setting } from './row.ts';

const RATE_HZ = 100;
const PORT = 9_000;
/** Of one sensor alone, and of each of twenty. */
const ALONE_COUNT = 3_000;
const TOGETHER_COUNT = 600;
const QUICK_TIMES = 0.1;
/** Three times as long as the sensors take: a TCP that is farther behind does not come back. */
const LIMIT_S = 90;
/** Makes a message of 32 bytes, together with what telemetry puts around it. */
const TEXT_LETTERS = 22;
const MESSAGE_BYTES = 32;
/** More than plain UDP, which repairs nothing. */
const MOST_OVER_UDP_MS = 2;

const ONE_CLOCK = new URL('one-clock.ts', import.meta.url);
const TCP = 'TCP, CUBIC';
const PERCENTILES = ['p50', 'p95', 'p99'] as const;
type Percentile = (typeof PERCENTILES)[number];

interface Work {
  readonly name: string;
  readonly title: string;
  readonly link: string;
  readonly sensors: 1 | 20;
  readonly percentile: Percentile;
  /** At most so many milliseconds; without it, what plain UDP takes and two. */
  readonly ms?: number;
  /** At most so many a message. */
  readonly bytes?: number;
}

const WORKS: readonly Work[] = [
  w1('2ms 5%', '2 ms, 5 % loss', 'delay=1ms,loss=5%', { ms: 10 }),
  w1('40ms 0%', '40 ms', 'delay=20ms', { bytes: 80 }),
  w1('40ms 1%', '40 ms, 1 % loss', 'delay=20ms,loss=1%', { ms: 35, bytes: 116 }),
  w1('40ms 5%', '40 ms, 5 % loss', 'delay=20ms,loss=5%', { ms: 35, bytes: 118 }),
  w1('40ms 20%', '40 ms, 20 % loss', 'delay=20ms,loss=20%', { ms: 85, bytes: 155 }),
  w1('200ms 5%', '200 ms, 5 % loss', 'delay=100ms,loss=5%', { ms: 130, bytes: 120 }),
  w1('40ms held', '40 ms, 5 % of packets held 25 ms', 'delay=20ms,reorder=5%:25ms', { ms: 35 }),
  w1('40ms outages', '40 ms, outages of 50 ms', 'delay=20ms,get=950ms:50ms', { ms: 60, percentile: 'p95' }),
  w2('40ms 1%', '40 ms, 1 % loss', 'delay=20ms,loss=1%', { ms: 35, bytes: 60 }),
  w2('40ms 5%', '40 ms, 5 % loss', 'delay=20ms,loss=5%', { ms: 65 }),
];

type Limits = Pick<Work, 'ms' | 'bytes'> & { readonly percentile?: Percentile };

function w1(name: string, path: string, link: string, limits: Limits): Work {
  const title = `W1: one sensor at 100 Hz; ${path}`;
  return { name: `W1 ${name}`, title, link, sensors: 1, percentile: 'p99', ...limits };
}

function w2(name: string, path: string, link: string, limits: Limits): Work {
  const title = `W2: twenty sensors at 100 Hz on one connection; ${path}`;
  return { name: `W2 ${name}`, title, link, sensors: 20, percentile: 'p99', ...limits };
}

export const THIN_STREAMS: readonly BenchRow[] = WORKS.map(work => ({
  name: work.name,
  measure: setting => measure(work, setting),
}));

async function measure(work: Work, setting: Setting): Promise<Report> {
  const { percentile, sensors, ms, bytes } = work;
  const each = (sensors === 1 ? ALONE_COUNT : TOGETHER_COUNT) * (setting.quick ? QUICK_TIMES : 1);
  const mine = await measureOurs(OURS, 'rudp', work, each, setting);
  const rows = [mine];
  const bars: Bar[] = [];
  const figure = (row: Row, key: string): number => row.samples[key]![0]!;
  if (ms !== undefined) bars.push([`${percentile} ms`, figure(mine, percentile), '≤', ms]);
  else {
    const floor = await measureOurs('plain UDP', 'udp', work, each, setting);
    rows.push(floor);
    const more = figure(mine, percentile) - figure(floor, percentile);
    bars.push([`${percentile} ms, less that of plain UDP`, more, '≤', MOST_OVER_UDP_MS]);
  }
  if (bytes !== undefined) bars.push(['bytes a message', figure(mine, 'bytes'), '≤', bytes]);
  if (sensors === 1 && setting.hasOthers) rows.push(await measureTcp(work, each, setting));
  return reportOf(work.title, metricsOf(percentile), rows, bars);
}

/** What the bar is about comes first: ratios are of that. */
function metricsOf(first: Percentile): Metric[] {
  const percentiles: readonly Percentile[] = [first, ...PERCENTILES.filter(key => key !== first)];
  return [
    ...percentiles.map((key): Metric => ({ key, label: `${key} ms`, better: 'less', digits: 1 })),
    { key: 'bytes', label: 'bytes a message', better: 'less', digits: 1 },
  ];
}

/** Texts of letters, each another one. */
function texts(count: number): string[] {
  const letters = 'abcdefghijklmnopqrstuvwxyz';
  return Array.from({ length: count }, (_, at) =>
    Array.from({ length: TEXT_LETTERS }, (_, index) => letters[(at * 7 + index * 3) % 26]).join(''),
  );
}

async function measureOurs(
  variant: string,
  scheme: 'rudp' | 'udp',
  { link, sensors }: Work,
  each: number,
  { emulator, seed, workbench }: Setting,
): Promise<Row> {
  const [csv, summary, errors] = [workbench.path('csv'), workbench.path('out'), workbench.path('errors')];
  writeFileSync(csv, `value\n${texts(each).join('\n')}\n`);
  const total = each * sensors;
  const collect = ours(
    'collect',
    '--listen',
    `${scheme}://*:${PORT}`,
    '--store',
    'none',
    '--count',
    total,
    '--json',
  );
  const pace = ['--rate', `${RATE_HZ}Hz`, '--batch', 1, '--count', each];
  const sources = Array.from({ length: sensors }, (_, at) => ['--sensor', `csv:${csv},name=s${at}`]).flat();
  const send = ours('send', `${scheme}://${FAR_END}:${PORT}`, ...pace, ...sources, '--quiet');
  const { there, back } = await emulator.run({
    link,
    seed,
    receivers: [
      `export NODE_OPTIONS=${line(`--import=${ONE_CLOCK}`)}; exec ${collect} > ${line(summary)} 2>> ${line(errors)}`,
    ],
    senders: [`exec ${send} > /dev/null 2>> ${line(errors)}`],
    until: 'b',
    limitS: LIMIT_S,
  });
  const last = lastOf(summary, errors);
  if (!isRecord(last) || last['one_way_clock'] !== 'same')
    throw new Error(`${variant}: the ends are not on one clock`);
  return rowOf(variant, last, 'stored', total, there.bytes + back.bytes);
}

async function measureTcp({ link }: Work, count: number, setting: Setting): Promise<Row> {
  const { emulator, seed, tcpProgram, workbench } = setting;
  const [summary, errors] = [workbench.path('received'), workbench.path('errors')];
  const receive = line('python3', tcpProgram, 'recv', PORT);
  const options = [`COUNT=${count}`, `RATE=${RATE_HZ}`, `SIZE=${MESSAGE_BYTES}`];
  const { there, back, isCut } = await emulator.run({
    link,
    seed,
    receivers: [`exec ${receive} > ${line(summary)} 2>> ${line(errors)}`],
    senders: [`exec ${line('python3', tcpProgram, 'send', FAR_END, PORT, ...options)} 2>> ${line(errors)}`],
    until: 'b',
    limitS: LIMIT_S,
  });
  if (isCut) return { variant: TCP, samples: {}, missing: `not done after ${LIMIT_S} s` };
  return rowOf(TCP, lastOf(summary, errors), 'readings', count, there.bytes + back.bytes);
}

/** The summary that a receiver has printed last. */
function lastOf(summary: string, errors: string): unknown {
  const last = linesOf(summary).at(-1);
  if (last === undefined) throw failureOf('the receiver has printed no summary', errors);
  return JSON.parse(last);
}

/** @throws Error where messages are missing */
function rowOf(variant: string, summary: unknown, counter: string, messages: number, bytes: number): Row {
  const arrived = numberAt(summary, counter);
  if (arrived !== messages) throw new Error(`${variant}: ${arrived} of ${messages} messages have arrived`);
  const percentiles = PERCENTILES.map(key => [key, numberAt(summary, `one_way_ms.${key}`)] as const);
  return once(variant, { ...Object.fromEntries(percentiles), bytes: bytes / messages });
}
