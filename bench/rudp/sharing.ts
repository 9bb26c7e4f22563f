/**
 * W4: a flow beside one of the kernel's TCP with CUBIC, over 10 Mbit/s with 40 ms and a queue of 100 packets.
 *
 * Twice: the flow begins half a second before CUBIC, and half a second after. What each delivers is counted where it
 * leaves the link, once both are there; BBR takes our place for comparison.
 */
import type { Metric, Report, Row } from '../harness/report.ts';
import { chooseCongestion, congestionMissing, FAR_END, ours } from './emulator.ts';
import { dataPackets } from './packets.ts';
import { type Bar, type BenchRow, OURS, once, reportOf, type Setting } from './row.ts';

const LINK = 'rate=10mbit,queue=100,delay=20ms';
const OUR_PORT = 9_000;
const CUBIC_PORT = 9_001;
const SECONDS = 40;
const QUICK_SECONDS = 8;
/** Between the beginnings: the congestion control of a flow is chosen by then. */
const APART_S = 0.5;
/** Both have begun after this, and nothing is counted of the end. */
const MARGIN_S = 2;
const LEAST_JAIN = 0.95;
const MOST_TIMES_BBR = 2;

const METRICS: readonly Metric[] = [
  { key: 'jain', label: "Jain's index", better: 'more', digits: 3 },
  { key: 'share', label: 'share', better: 'more', digits: 2 },
  { key: 'mbps', label: 'its Mbit/s', better: 'more', digits: 2 },
  { key: 'cubicMbps', label: "CUBIC's Mbit/s", better: 'more', digits: 2 },
  { key: 'drops', label: 'queue drops', better: 'less', digits: 0 },
];

/** Which of the two begins. */
type Order = 'first' | 'second';
type Kind = 'rudp' | 'bbr' | 'cubic';
const NAMES: Readonly<Record<Kind, string>> = { rudp: OURS, bbr: 'TCP, BBR', cubic: 'TCP, CUBIC' };

export const SHARING: readonly BenchRow[] = (['first', 'second'] as const).map((order, index) => ({
  name: `W4 ${order}`,
  measure: setting => measure(order, { ...setting, seed: setting.seed + index }),
}));

async function measure(order: Order, setting: Setting): Promise<Report> {
  const mine = await share('rudp', order, setting);
  const others: Row[] = [];
  if (setting.hasOthers) {
    for (const kind of ['bbr', 'cubic'] as const) others.push(await share(kind, order, setting));
  }
  const figure = (row: Row | undefined, key: string): number | undefined => row?.samples[key]?.[0];
  const bbrDrops = figure(others[0], 'drops');
  const bars: Bar[] = [
    ["Jain's index", figure(mine, 'jain')!, '≥', LEAST_JAIN],
    [
      'queue drops',
      figure(mine, 'drops')!,
      '≤',
      bbrDrops === undefined ? undefined : MOST_TIMES_BBR * bbrDrops,
    ],
  ];
  const title = `W4: beside TCP CUBIC over 10 Mbit/s, 40 ms; the one measured begins ${order}`;
  return reportOf(title, METRICS, [mine, ...others], bars);
}

async function share(kind: Kind, order: Order, { emulator, quick, seed, workbench }: Setting): Promise<Row> {
  const variant = NAMES[kind];
  const missing = kind === 'bbr' ? congestionMissing('bbr') : undefined;
  if (missing !== undefined) return { variant, samples: {}, missing };
  const capture = workbench.path('link.pcap');
  const scheme = kind === 'rudp' ? 'rudp' : 'tcp';
  const flow = {
    url: `${scheme}://${FAR_END}:${OUR_PORT}`,
    congestion: kind === 'bbr' ? 'bbr' : 'cubic',
  };
  const cubic = { url: `tcp://${FAR_END}:${CUBIC_PORT}`, congestion: 'cubic' };
  const [one, other] = order === 'first' ? [flow, cubic] : [cubic, flow];
  const seconds = quick ? QUICK_SECONDS : SECONDS;
  const { there } = await emulator.run({
    link: LINK,
    seed,
    receivers: [listen(`${scheme}://*:${OUR_PORT}`), listen(`tcp://*:${CUBIC_PORT}`)],
    senders: [`${begin(one)} sleep ${APART_S}; ${begin(other)} wait`],
    until: 'a',
    limitS: APART_S + seconds,
    captureTo: capture,
  });
  const [mine, theirs] = deliveredBytes(capture, seconds - MARGIN_S);
  const mbps = (bytes: number): number => (bytes * 8) / (seconds - MARGIN_S) / 1e6;
  return once(variant, {
    jain: (mine + theirs) ** 2 / (2 * (mine ** 2 + theirs ** 2)),
    share: mine / (mine + theirs),
    mbps: mbps(mine),
    cubicMbps: mbps(theirs),
    drops: there.queueDrops,
  });
}

function listen(url: string): string {
  return `exec ${ours('talk', '--listen', url)} > /dev/null 2>&1`;
}

/** Starts a flow without an end, in the background. */
function begin({ url, congestion }: { readonly url: string; readonly congestion: string }): string {
  return `${chooseCongestion(congestion)} && ${ours('talk', url)} < /dev/zero > /dev/null 2>&1 &`;
}

/** Bytes of both flows in so many seconds, from when both are there. @throws Error where one is not */
function deliveredBytes(capture: string, seconds: number): [ours: number, cubic: number] {
  const packets = [...dataPackets(capture)];
  const begins = [OUR_PORT, CUBIC_PORT].map(port => packets.find(packet => packet.port === port)?.seconds);
  const [mine, theirs] = begins;
  if (mine === undefined || theirs === undefined)
    throw new Error(`${mine === undefined ? 'it' : 'CUBIC'} has sent nothing`);
  const from = Math.max(mine, theirs);
  const totals: [number, number] = [0, 0];
  for (const { seconds: at, bytes, port } of packets) {
    if (at >= from && at < from + seconds) totals[port === OUR_PORT ? 0 : 1] += bytes;
  }
  return totals;
}
