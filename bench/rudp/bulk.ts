/**
 * W3: 20 MB through `talk` into `talk --listen` over 100 Mbit/s, beside the kernel's TCP with CUBIC and with BBR.
 *
 * Goodput is what arrived, over the time from the first to the last packet with data that left the link; the time of the
 * command has its start and its end in it. Wire bytes are those of both ends, lost packets included.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import type { Metric, Report, Row } from '../harness/report.ts';
import { chooseCongestion, congestionMissing, FAR_END, failureOf, line, linesOf, ours } from './emulator.ts';
import { dataPackets } from './packets.ts';
import { type Bar, type BenchRow, OURS, once, reportOf, type Setting } from './row.ts';

const PORT = 9_000;
const PAYLOAD_BYTES = 20_000_000;
const QUICK_BYTES = 2_000_000;
const RATE_MBPS = 100;
const PACKET_BYTES = 1_500;
const LEAST_QUEUE = 100;
/** CUBIC would take minutes where packets are lost at random: what has arrived by then counts. */
const LIMIT_S = 16;
const LEAST_TIMES_BBR = 0.95;
const MOST_WIRE = 1.1;

const METRICS: readonly Metric[] = [
  { key: 'goodput', label: 'goodput Mbit/s', better: 'more', digits: 1 },
  { key: 'seconds', label: 'command s', better: 'less', digits: 2 },
  { key: 'wire', label: 'wire / payload', better: 'less', digits: 3 },
  { key: 'drops', label: 'queue drops', better: 'less', digits: 0 },
];

interface Path {
  readonly roundTripMs: number;
  readonly lossPercent: number;
}

interface Flow {
  readonly variant: string;
  readonly scheme: 'rudp' | 'tcp';
  readonly congestion?: 'cubic' | 'bbr';
}

const OUR_FLOW: Flow = { variant: OURS, scheme: 'rudp' };
const BBR: Flow = { variant: 'TCP, BBR', scheme: 'tcp', congestion: 'bbr' };
const CUBIC: Flow = { variant: 'TCP, CUBIC', scheme: 'tcp', congestion: 'cubic' };

export const BULK: readonly BenchRow[] = [40, 200].flatMap(roundTripMs =>
  [0, 1, 5].map(lossPercent => ({
    name: `W3 ${roundTripMs}ms ${lossPercent}%`,
    measure: (setting: Setting) => measure({ roundTripMs, lossPercent }, setting),
  })),
);

async function measure(path: Path, setting: Setting): Promise<Report> {
  const { roundTripMs, lossPercent } = path;
  const payload = randomBytes(setting.quick ? QUICK_BYTES : PAYLOAD_BYTES);
  const notes: string[] = [];
  const mine = await transfer(OUR_FLOW, path, payload, setting, notes);
  const bbr = setting.hasOthers ? await transfer(BBR, path, payload, setting, notes) : undefined;
  const cubic = setting.hasOthers ? await transfer(CUBIC, path, payload, setting, notes) : undefined;
  const [goodput, wire, theirs] = [
    mine.samples['goodput']![0]!,
    mine.samples['wire']![0]!,
    bbr?.samples['goodput']?.[0],
  ];
  const isClean = lossPercent === 0;
  const bars: Bar[] = [
    ['goodput, times that of BBR', goodput / (theirs ?? Number.NaN), '≥', isClean ? LEAST_TIMES_BBR : 1],
    ['wire / payload', wire, '≤', isClean ? MOST_WIRE : undefined],
  ];
  const rows = [mine, bbr, cubic].filter(row => row !== undefined);
  const title = `W3: ${payload.length / 1e6} MB over ${RATE_MBPS} Mbit/s; ${roundTripMs} ms, ${lossPercent} % loss`;
  return reportOf(title, METRICS, rows, bars, notes);
}

/** @throws Error where ours does not end in time, or something else than was sent arrives */
async function transfer(
  { variant, scheme, congestion }: Flow,
  path: Path,
  payload: Uint8Array,
  { emulator, seed, workbench }: Setting,
  notes: string[],
): Promise<Row> {
  const missing = congestion === undefined ? undefined : congestionMissing(congestion);
  if (missing !== undefined) return { variant, samples: {}, missing };
  const [input, output] = [workbench.path('sent'), workbench.path('arrived')];
  const [errors, times, capture] = [
    workbench.path('errors'),
    workbench.path('times'),
    workbench.path('link.pcap'),
  ];
  writeFileSync(input, payload);
  const listen = ours('talk', '--listen', `${scheme}://*:${PORT}`, '--count', 1);
  const talk = ours('talk', `${scheme}://${FAR_END}:${PORT}`);
  const stamp = `date +%s.%N >> ${line(times)}`;
  const choose =
    congestion === undefined ? '' : `${chooseCongestion(congestion)} 2>> ${line(errors)} || exit; `;
  const { there, back, isCut } = await emulator.run({
    link: linkOf(path),
    seed,
    receivers: [`exec ${listen} > ${line(output)} 2>> ${line(errors)}`],
    senders: [`${choose}${stamp}; ${talk} < ${line(input)} > /dev/null 2>> ${line(errors)}; ${stamp}`],
    until: 'all',
    limitS: LIMIT_S,
    captureTo: capture,
  });
  const arrived = readFileSync(output);
  const isWhole = arrived.length === payload.length || (isCut && arrived.length > 0);
  if (!isWhole || !arrived.equals(payload.subarray(0, arrived.length)))
    throw failureOf(`${variant}: ${arrived.length} bytes have arrived, not those that were sent`, errors);
  if (isCut && scheme === 'rudp') throw failureOf(`${variant}: not done after ${LIMIT_S} s`, errors);
  if (isCut) notes.push(`${variant}: ended after ${LIMIT_S} s with ${(arrived.length / 1e6).toFixed(1)} MB`);
  const [start = 0, end = start + LIMIT_S] = linesOf(times).map(Number);
  return once(variant, {
    goodput: (arrived.length * 8) / dataSeconds(capture) / 1e6,
    seconds: end - start,
    wire: (there.bytes + back.bytes) / arrived.length,
    drops: there.queueDrops,
  });
}

/** With a queue of what the path holds, and a hundred packets at least. */
function linkOf({ roundTripMs, lossPercent }: Path): string {
  const held = Math.ceil((RATE_MBPS * 1_000 * roundTripMs) / 8 / PACKET_BYTES);
  const queue = Math.max(LEAST_QUEUE, held);
  return `rate=${RATE_MBPS}mbit,queue=${queue},delay=${roundTripMs / 2}ms,loss=${lossPercent}%`;
}

/** From the first to the last packet with data. */
function dataSeconds(capture: string): number {
  let [first, last] = [Number.NaN, Number.NaN];
  for (const { seconds } of dataPackets(capture)) {
    if (Number.isNaN(first)) first = seconds;
    last = seconds;
  }
  return last - first;
}
