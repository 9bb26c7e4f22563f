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
import type { Dashboard } from '../../dashboard/dashboard.ts';
import { controlSources } from '../../sender/control.ts';
import { runSources } from '../../sender/run-sources.ts';
import { Sender } from '../../sender/sender.ts';
import { openSource } from '../../sensors/open-source.ts';
import type { ReportingSource } from '../../sensors/source.ts';
import { parseAddress } from '../../socket/address.ts';
import { openStores } from '../../stores/open.ts';
import type { DemoFlags } from '../definitions/demo.ts';
import { endSignal } from '../exit.ts';
import { printJson } from '../terminal.ts';
import { prepareWebPage } from '../web-page.ts';
import { printDemoSummary, type Road, showDemo, Traces } from './demo-view.ts';

/** At the end senders get this long to have everything stored. */
const FINISH_WITHIN_US = 2_000_000;
const SIMULATED = 'walk:seed=7,name=tmp36,unit=°C';

/** One sender with its sensors. */
interface SensorRoad extends Road {
  readonly sources: readonly ReportingSource[];
}

export async function demo(flags: DemoFlags): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sensewire-demo-'));
  const spec = flags.store ?? `sqlite:${join(folder, 'readings.db')}`;
  const { signal, release } = endSignal();
  try {
    await runDemo(folder, spec, signal, flags);
  } finally {
    rmSync(join(folder, 'collector.sock'), { force: true });
    if (flags.store !== undefined) rmSync(folder, { recursive: true, force: true });
    release();
  }
}

async function runDemo(folder: string, spec: string, signal: AbortSignal, flags: DemoFlags): Promise<void> {
  const page = flags.web === undefined ? undefined : await prepareWebPage(flags.web, [spec]);
  const traces = new Traces();
  const store = await openStores([spec]);
  const collector = new Collector({
    clock: systemClock,
    store,
    onReadings: (...readings) => {
      traces.onReadings(...readings);
      page?.onReadings(...readings);
    },
  });
  let dashboard: Dashboard | undefined;
  try {
    const urls: string[] = [];
    for (const address of [
      'tcp://127.0.0.1:0',
      'udp://127.0.0.1:0',
      `unix:${join(folder, 'collector.sock')}`,
    ]) {
      urls.push(...(await collector.listen(parseAddress(address))));
    }
    dashboard = await page?.open(collector);
    if (flags.json) printJson('listening', { urls, ...(dashboard && { web: dashboard.url }) });
    const startedUs = systemClock.monotonicUs();
    const roads = await Promise.all(urls.map((url, index) => openRoad(url, index === 0)));
    const state = { roads, collector, traces, spec, location: store.location, web: dashboard?.url };
    const hide = showDemo(state, flags.json);
    await runRoads(roads, signal, flags.for);
    hide();
    await collector.stop();
    printDemoSummary(state, (systemClock.monotonicUs() - startedUs) / 1e6, flags.json);
  } finally {
    await dashboard?.close();
    await collector.stop();
    await store.close();
  }
}

/** The same sensor, with the same seed, over each transport; one of them has this machine's own sensors too. */
async function openRoad(url: string, withSystem: boolean): Promise<SensorRoad> {
  const address = parseAddress(url);
  const sources = [await openSource(SIMULATED, { clock: systemClock, rateHz: 100 })];
  if (withSystem) sources.push(await openSource('system', { clock: systemClock, rateHz: 10 }));
  const sender = new Sender({
    address,
    clock: systemClock,
    source: `demo-${address.transport}`,
    onCommand: controlSources(sources, () => undefined),
  });
  return { name: address.transport, sender, sources };
}

/** Runs all of them until the signal or the end of the time, and then until everything is stored. */
async function runRoads(
  roads: readonly SensorRoad[],
  signal: AbortSignal,
  forUs: number | undefined,
): Promise<void> {
  const sourcesEnd = new AbortController();
  const end = (): void => sourcesEnd.abort();
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  const cancel =
    forUs === undefined ? undefined : systemClock.setTimer(systemClock.monotonicUs() + forUs, end);
  try {
    await Promise.all(roads.map(road => runRoad(road, sourcesEnd.signal)));
  } finally {
    end();
    cancel?.();
    signal.removeEventListener('abort', end);
  }
}

async function runRoad({ sender, sources }: SensorRoad, signal: AbortSignal): Promise<void> {
  const running = sender.run();
  await Promise.race([runSources(sources, sender, signal), running]);
  sender.finish();
  const giveUp = systemClock.setTimer(systemClock.monotonicUs() + FINISH_WITHIN_US, () => sender.stop());
  await running;
  giveUp();
}
