/**
 * `sensewire demo`: the same simulated sensor over every transport, and this machine's own, into one SQLite file.
 *
 * Everything is real but the temperature: sockets, protocol, store. Only that all of it runs in one process.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../clock/system-clock.ts';
import { Collector } from '../../collector/collector.ts';
import { toValue } from '../../readings/batch.ts';
import type { SensorInfo } from '../../readings/sensor-info.ts';
import { runSources } from '../../sender/run-sources.ts';
import { Sender } from '../../sender/sender.ts';
import { openSource } from '../../sensors/open-source.ts';
import type { ReportingSource } from '../../sensors/source.ts';
import { parseAddress } from '../../socket/address.ts';
import { openStores } from '../../stores/open.ts';
import { formatDuration } from '../../time/quantities.ts';
import type { DemoFlags } from '../definitions.ts';
import { endSignal } from '../exit.ts';
import { number, paint, percentilesMs, printJson, Screen } from '../terminal.ts';

const DRAW_EVERY_MS = 250;
/** Without a terminal, one line now and then. */
const SAY_EVERY_MS = 5_000;
/** Values in a trace: a quarter of a second each. */
const TRACE_LENGTH = 32;

/** One sender of the demo, with what the view shows of it. */
interface Road {
  readonly name: string;
  readonly sender: Sender;
  readonly sources: readonly ReportingSource[];
}

/** The latest value and the last ones, of each sensor. */
type Traces = Map<string, { readonly sensor: SensorInfo; latest: number; readonly trace: number[] }>;

export async function demo(flags: DemoFlags): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sensewire-demo-'));
  const store = await openStores([flags.store ?? `sqlite:${join(folder, 'readings.db')}`]);
  const traces: Traces = new Map();
  const collector = new Collector({
    clock: systemClock,
    store,
    onReadings: (source, sensor, _times, values) => {
      const last = values.at(-1);
      if (typeof last !== 'number') return;
      const key = `${source}/${sensor.name}`;
      const entry = traces.get(key) ?? { sensor, latest: 0, trace: [] };
      entry.latest = Number(toValue(sensor, last));
      traces.set(key, entry);
    },
  });
  const socket = join(folder, 'collector.sock');
  const urls = [];
  for (const address of ['tcp://127.0.0.1:0', 'udp://127.0.0.1:0', `unix:${socket}`]) {
    urls.push(...(await collector.listen(parseAddress(address))));
  }
  const startedUs = systemClock.monotonicUs();
  if (flags.json) printJson('listening', { urls });
  const roads = await openRoads(urls);
  const { signal, release } = endSignal();
  const sourcesEnd = new AbortController();
  const ended = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => ended.resolve(), { once: true });
  const cancel =
    flags.for === undefined ? undefined : systemClock.setTimer(startedUs + flags.for, () => ended.resolve());
  const view = startView(roads, traces, collector, store.location, flags);
  const running = roads.map(road => runRoad(road, sourcesEnd.signal));
  try {
    await Promise.race([ended.promise, ...running]);
  } finally {
    sourcesEnd.abort();
    await Promise.allSettled(running);
    view.end();
    cancel?.();
    await collector.stop();
    await store.close();
    rmSync(socket, { force: true });
    release();
  }
  printSummary(roads, collector, store.location, (systemClock.monotonicUs() - startedUs) / 1e6, flags);
}

/** The same sensor, with the same seed, over each transport; the machine's own over the first. */
async function openRoads(urls: readonly string[]): Promise<Road[]> {
  const simulated = 'walk:seed=7,name=tmp36,unit=°C';
  return Promise.all(
    urls.map(async (url, index) => {
      const address = parseAddress(url);
      const specs = index === 0 ? [simulated, 'system'] : [simulated];
      const sources = await Promise.all(
        specs.map(spec => openSource(spec, { clock: systemClock, rateHz: spec === 'system' ? 10 : 100 })),
      );
      const sender = new Sender({ address, clock: systemClock, source: `demo-${address.transport}` });
      return { name: address.transport, sender, sources };
    }),
  );
}

/** Ends when the sources were told to end and everything is stored. */
async function runRoad(road: Road, signal: AbortSignal): Promise<void> {
  const running = road.sender.run();
  await Promise.race([runSources(road.sources, road.sender, signal), running]);
  road.sender.finish();
  const giveUp = systemClock.setTimer(systemClock.monotonicUs() + 2_000_000, () => road.sender.stop());
  await running;
  giveUp();
}

function startView(
  roads: readonly Road[],
  traces: Traces,
  collector: Collector,
  location: string,
  flags: DemoFlags,
): { end(): void } {
  if (flags.json) {
    const timer = setInterval(() => printJson('progress', collector.snapshot), 1_000);
    return { end: () => clearInterval(timer) };
  }
  const screen = new Screen();
  screen.log(
    `${paint('bold', 'sensewire demo')} · one simulated TMP36 at 100 Hz over each transport, and this machine's own sensors`,
  );
  screen.log(`storing in ${location} · Ctrl-C ends it\n`);
  if (!screen.isLive) {
    const timer = setInterval(() => {
      const { readings, stored } = collector.snapshot;
      screen.log(`${number(readings)} readings received, ${number(stored)} stored`);
    }, SAY_EVERY_MS);
    return { end: () => clearInterval(timer) };
  }
  let drawn = 0;
  const draw = (): void => {
    for (const entry of traces.values()) {
      entry.trace.push(entry.latest);
      if (entry.trace.length > TRACE_LENGTH) entry.trace.shift();
    }
    const lines = table(roads, traces);
    process.stderr.write(
      `${drawn > 0 ? `\x1b[${drawn}A` : ''}${lines.map(line => `\x1b[2K${line}\n`).join('')}`,
    );
    drawn = lines.length;
  };
  draw();
  const timer = setInterval(draw, DRAW_EVERY_MS);
  return {
    end: () => {
      clearInterval(timer);
      draw();
    },
  };
}

function table(roads: readonly Road[], traces: Traces): string[] {
  const head = row('over', 'readings', 'stored', 'lost', 'acknowledged p50', 'p99');
  const lines = roads.map(({ name, sender }) => {
    const { readings, stored, unacknowledged, dropped } = sender.counters;
    const lost = dropped.bufferFull + dropped.tooLarge;
    const [p50, p99] = [50, 99].map(percent =>
      sender.ackUs.count > 0 ? formatDuration(sender.ackUs.percentile(percent)) : '–',
    );
    return row(
      name,
      number(readings),
      number(stored),
      number(lost),
      p50 ?? '',
      `${p99}${unacknowledged > 100 ? '  (waiting)' : ''}`,
    );
  });
  const values = [...traces].map(([key, { sensor, latest, trace }]) => {
    const value = `${latest.toFixed(1)} ${sensor.unit}`;
    return `${key.padEnd(24)}${value.padStart(12)}  ${paint('cyan', sparkline(trace))}`;
  });
  return [paint('dim', head), ...lines, '', ...values];
}

function row(...cells: string[]): string {
  const [first = '', ...others] = cells;
  return (
    first.padEnd(8) +
    others
      .map(cell => cell.padStart(cell.includes('waiting') ? 24 : 18))
      .join('')
      .slice(6)
  );
}

/** Eight heights of a block, from the least to the most of the values. */
function sparkline(values: readonly number[]): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const step = (most - least || 1) / 7;
  return values.map(value => '▁▂▃▄▅▆▇█'[Math.round((value - least) / step)]).join('');
}

function printSummary(
  roads: readonly Road[],
  collector: Collector,
  location: string,
  seconds: number,
  flags: DemoFlags,
): void {
  const snapshot = collector.snapshot;
  if (flags.json) {
    const transports = Object.fromEntries(
      roads.map(({ name, sender }) => [name, { ...sender.counters, ack_ms: percentilesMs(sender.ackUs) }]),
    );
    printJson('summary', { ...snapshot, seconds: Number(seconds.toFixed(3)), transports, store: location });
    return;
  }
  process.stdout.write(
    `\n${number(snapshot.stored)} readings stored in ${number(seconds)} s, in ${location}\n`,
  );
  process.stdout.write(`look at them:  sqlite3 ${location} 'select * from readings limit 10'\n`);
  process.stdout.write(`               npx sensewire export ${location} | head\n`);
}
