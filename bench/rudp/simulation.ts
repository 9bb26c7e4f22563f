/**
 * How fast the simulator is: W1 over 40 ms and 5 % loss in virtual time, with every invariant checked.
 */
import { parseLinkSettings } from '../../src/link/settings-text.ts';
import type { Traffic } from '../../src/testing/rudp-messages.ts';
import { Talker } from '../../src/testing/rudp-talker.ts';
import { RudpWorld } from '../../src/testing/rudp-world.ts';
import type { Metric, Report } from '../harness/report.ts';
import { type BenchRow, once, reportOf, type Setting } from './row.ts';

const LINK = 'delay=20ms,loss=5%';
const GAP_US = 10_000;
const MESSAGES = 60_000;
const QUICK_MESSAGES = 6_000;
const MOST_STEPS = 10_000_000;
const LEAST_TIMES = 100;

const METRICS: readonly Metric[] = [
  { key: 'speed', label: 'times real time', better: 'more', digits: 0 },
  { key: 'p50', label: 'p50 ms', better: 'less', digits: 1 },
  { key: 'p95', label: 'p95 ms', better: 'less', digits: 1 },
  { key: 'p99', label: 'p99 ms', better: 'less', digits: 1 },
];

export const SIMULATION: readonly BenchRow[] = [{ name: 'simulation', measure }];

async function measure({ quick, seed }: Setting): Promise<Report> {
  const messages = quick ? QUICK_MESSAGES : MESSAGES;
  const startMs = performance.now();
  const { simulatedUs, lateUs } = simulate(messages, seed);
  const speed = simulatedUs / 1_000 / (performance.now() - startMs);
  const sorted = lateUs.toSorted();
  const percentile = (part: number): number => sorted[Math.floor(part * (sorted.length - 1))]! / 1_000;
  const values = { speed, p50: percentile(0.5), p95: percentile(0.95), p99: percentile(0.99) };
  const title = `W1 in virtual time: ${messages} messages; 40 ms, 5 % loss`;
  return reportOf(
    title,
    METRICS,
    [once('the simulator', values)],
    [['times real time', speed, '≥', LEAST_TIMES]],
  );
}

/** One sensor at 100 Hz; gives how long each of its messages took. */
function simulate(messages: number, seed: number): { simulatedUs: number; lateUs: Float64Array } {
  const settings = parseLinkSettings(LINK);
  const world = new RudpWorld(seed, 0);
  const path = world.addClient(settings, settings, seed);
  const traffic: Traffic = { seed, messages, sizes: 'thin', channels: [0] };
  const nothing: Traffic = { ...traffic, messages: 0 };
  const plan = { startUs: 0, gapUs: GAP_US, burst: 1 };
  const lateUs = new Float64Array(messages);
  let arrived = 0;
  const ends: Talker[] = [];
  world.server.onConnection = connection => {
    const talker = new Talker(
      connection,
      { ...plan, sends: nothing, expects: traffic, ending: 'end' },
      (_channel, _bytes, nowUs) => {
        lateUs[arrived] = nowUs - arrived * GAP_US;
        arrived++;
      },
    );
    ends.push(talker);
    return talker;
  };
  path.host.connect(connection => {
    const talker = new Talker(connection, { ...plan, sends: traffic, expects: nothing, ending: 'end' });
    ends.push(talker);
    return talker;
  });
  const untilUs = 2 * messages * GAP_US;
  world.runUntil(() => ends.length === 2 && ends.every(({ closed }) => closed !== undefined), {
    untilUs,
    steps: MOST_STEPS,
  });
  if (arrived !== messages) throw new Error(`${arrived} of ${messages} messages have arrived`);
  return { simulatedUs: world.nowUs, lateUs };
}
