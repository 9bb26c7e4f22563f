/**
 * `sensewire collect`: a collector with its stores, told by flags.
 */
import { createInterface } from 'node:readline';
import { systemClock } from '../../clock/system-clock.ts';
import {
  Collector,
  type CollectorEnd,
  type CollectorNotice,
  type SensorCommand,
} from '../../collector/collector.ts';
import type { Dashboard } from '../../dashboard/dashboard.ts';
import { UsageError } from '../../errors/errors.ts';
import { parseAddress } from '../../socket/address.ts';
import { openStores } from '../../stores/open.ts';
import type { Store } from '../../stores/store.ts';
import { COMMAND_STATUS } from '../../telemetry/messages/types.ts';
import { formatDuration, parseRate } from '../../time/quantities.ts';
import type { CollectFlags } from '../definitions/collect.ts';
import { endSignal } from '../exit.ts';
import { NoticeLimit } from '../notice-limit.ts';
import { pathJson, pathLine } from '../path-summary.ts';
import { number, paint, percentilesMs, plain, printJson, Screen } from '../terminal.ts';
import { prepareWebPage } from '../web-page.ts';
import { captureOwn, type OwnCapture } from './capture-own.ts';

const DEFAULT_LISTEN = ['tcp://127.0.0.1:50010', 'udp://127.0.0.1:50010'] as const;
const DEFAULT_STORE = 'sqlite:sensewire.db';
/** Often enough to look alive, seldom enough to read. */
const LIVE_EVERY_MS = 500;

export async function collect(flags: CollectFlags): Promise<void> {
  const addresses = (flags.listen ?? DEFAULT_LISTEN).map(url => parseAddress(url));
  const screen = new Screen();
  const log = (text: string): void => {
    if (!flags.quiet) screen.log(text);
  };
  const stores = flags.store ?? [DEFAULT_STORE];
  const page = flags.web === undefined ? undefined : await prepareWebPage(flags.web, stores);
  const store = await openStores(stores, { onNotice: log });
  const startedUs = systemClock.monotonicUs();
  const limit = new NoticeLimit(systemClock, (notice, count) => {
    if (flags.json) printJson('held-back', { notice, count });
    log(`… and ${number(count)} more such lines in this second (${notice})`);
  });
  const collector = new Collector({
    clock: systemClock,
    store,
    mostConnections: flags.mostConnections,
    mostSensors: flags.mostSensors,
    ...(flags.count !== undefined && { count: flags.count }),
    ...(page !== undefined && { onReadings: page.onReadings }),
    onNotice: notice => {
      const isAllowed = limit.allows(notice.type);
      // Scripts may count who comes and goes; strangers must not fill their disk.
      if (flags.json && (isAllowed || notice.type !== 'refused'))
        printJson(notice.type, { ...notice, type: undefined });
      if (isAllowed) log(describe(notice));
    },
  });
  let capture: OwnCapture | undefined;
  let end: CollectorEnd | undefined;
  let dashboard: Dashboard | undefined;
  const { signal, release } = endSignal();
  try {
    capture = await captureOwn({
      file: flags.capture,
      addresses,
      isListening: true,
      json: flags.json === true,
      log,
    });
    const urls: string[] = [];
    for (const address of addresses) urls.push(...(await collector.listen(address)));
    capture.settle();
    dashboard = await page?.open(collector);
    if (flags.json) printJson('listening', { urls, ...(dashboard && { web: dashboard.url }) });
    log(
      `${paint('green', 'listening')} ${urls.join('  ')}\n${paint('green', 'storing')}   ${store.location}`,
    );
    if (dashboard !== undefined) log(`${paint('green', 'showing')}   ${dashboard.url}`);
    const live = startLive(collector, screen, flags);
    if (flags.control) readCommands(collector, signal, log);
    end = await ended(collector, signal, flags.for);
    clearInterval(live);
  } finally {
    await dashboard?.close();
    await collector.stop();
    limit.close();
    screen.end();
    const seconds = (systemClock.monotonicUs() - startedUs) / 1e6;
    await capture?.stop();
    if (end !== undefined) printSummary(collector, store, seconds, flags);
    // Reading commands would keep the process alive.
    if (flags.control) process.stdin.destroy();
    await store.close();
    release();
  }
  if (end.reason === 'failed') throw end.error;
}

/** Resolves at the collector's own end, at a signal, or when the time is over. */
async function ended(
  collector: Collector,
  signal: AbortSignal,
  forUs: number | undefined,
): Promise<CollectorEnd> {
  const { promise, resolve } = Promise.withResolvers<CollectorEnd>();
  const stop = (): void => resolve({ reason: 'stopped' });
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  const cancel =
    forUs === undefined ? undefined : systemClock.setTimer(systemClock.monotonicUs() + forUs, stop);
  try {
    return await Promise.race([collector.ended, promise]);
  } finally {
    cancel?.();
  }
}

function startLive(collector: Collector, screen: Screen, flags: CollectFlags): NodeJS.Timeout | undefined {
  if (!screen.isLive || flags.json || flags.quiet) return undefined;
  let [beforeUs, before] = [systemClock.monotonicUs(), 0];
  return setInterval(() => {
    const { readings, stored, connected } = collector.snapshot;
    const nowUs = systemClock.monotonicUs();
    const perSecond = ((readings - before) * 1e6) / (nowUs - beforeUs);
    [beforeUs, before] = [nowUs, readings];
    const way = collector.oneWayUs.count > 0 ? formatDuration(collector.oneWayUs.percentile(50)) : '–';
    screen.live(
      `${paint('bold', number(perSecond))} readings/s · ${number(connected)} senders · ${number(stored)} stored` +
        `${stored < readings ? ` · ${number(readings - stored)} on the way` : ''} · one way ${way}`,
    );
  }, LIVE_EVERY_MS);
}

/** Commands for sensors, a line each. Their end is not ours. */
function readCommands(collector: Collector, signal: AbortSignal, log: (text: string) => void): void {
  process.stdin.on('error', error => log(`no more commands: ${error.message}`));
  createInterface({ input: process.stdin, signal }).on('line', line => {
    if (line.trim() === '') return;
    try {
      const { name, command } = parseCommand(line);
      const answers = collector.command(name === 'all' ? undefined : name, command);
      if (answers.length === 0)
        log(name === 'all' ? 'no sender is there' : `no sender has a sensor "${name}"`);
      for (const answer of answers) {
        void answer.then(({ source, status, reason }) => {
          const done = status === COMMAND_STATUS.done;
          log(done ? `${source}: ${line.trim()}: done` : `${source}: ${plain(reason)}`);
        });
      }
    } catch (error) {
      log(error instanceof Error ? error.message : String(error));
    }
  });
}

function parseCommand(line: string): { name: string; command: SensorCommand } {
  const [action, name, value] = line.trim().split(/\s+/);
  if (name !== undefined && action === 'rate' && value !== undefined) {
    return { name, command: { action, rateHz: parseRate(value) } };
  }
  if (name !== undefined && (action === 'pause' || action === 'resume')) return { name, command: { action } };
  throw new UsageError(
    'SW_USAGE',
    `"${line.trim()}" is no command: write rate NAME 10Hz, pause NAME, or resume NAME (NAME may be all)`,
  );
}

export function describe(notice: CollectorNotice): string {
  switch (notice.type) {
    case 'sender-connected': {
      const resumed = notice.resumedAt > 0 ? `, goes on at reading ${number(notice.resumedAt)}` : '';
      return `${paint('cyan', '+')} ${notice.source} ${notice.url}${resumed}`;
    }
    case 'sender-left':
      return `${paint('cyan', '−')} ${notice.source} ${notice.url}, ${number(notice.readings)} readings: ${plain(notice.reason)}`;
    case 'refused':
      return `${paint('yellow', '!')} ${notice.url} refused: ${notice.error}, ${plain(notice.reason)}`;
    case 'store-trouble':
      return `${paint('red', '!')} ${notice.message}; senders wait, and it is tried again every second`;
    case 'store-recovered':
      return `${paint('green', '✓')} the store works again`;
  }
}

function printSummary(collector: Collector, store: Store, seconds: number, flags: CollectFlags): void {
  const snapshot = collector.snapshot;
  const { path } = collector;
  const oneWay = percentilesMs(collector.oneWayUs);
  if (flags.json) {
    printJson('summary', {
      ...snapshot,
      seconds: Number(seconds.toFixed(3)),
      one_way_ms: oneWay,
      one_way_clock: collector.oneWayClock,
      one_way_uncertainty_ms: collector.oneWayUncertaintyUs / 1_000,
      store: store.spec,
      ...(path !== undefined && { rudp: pathJson(path) }),
    });
    return;
  }
  const lines = [
    `${number(snapshot.stored)} readings stored of ${number(snapshot.readings)} received, from ${number(snapshot.sensors)} sensors of ${number(snapshot.senders)} senders in ${number(seconds)} s`,
    ...faults(snapshot),
    ...(oneWay === null
      ? []
      : [
          `one way (${oneWayClock(collector)}): p50 ${oneWay.p50} ms, p99 ${oneWay.p99} ms, max ${oneWay.max} ms`,
        ]),
    ...(path === undefined ? [] : [pathLine(path, 'receiver')]),
    `in ${store.location}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** The clock that one-way times were measured with, and how far they may be off. */
function oneWayClock({ oneWayClock: clock, oneWayUncertaintyUs }: Collector): string {
  return clock === 'corrected' ? `corrected clock, ± ${oneWayUncertaintyUs / 1_000} ms` : `${clock} clock`;
}

/** Why reliable UDP drops what belongs to no connection. */
const STRANGERS: Readonly<Record<string, string>> = {
  malformed: 'no packets of reliable UDP',
  unknown: 'their connection is gone',
  badCookies: 'a wrong or old cookie',
  refused: 'too many connections, or too late',
  unanswered: 'too many at once to answer',
};

/** What did not go well, one line each. */
function faults(snapshot: Collector['snapshot']): string[] {
  const counts: readonly (readonly [number, string])[] = [
    [snapshot.missing, 'never arrived'],
    [snapshot.late, 'arrived late (out of order)'],
    [snapshot.stale, 'arrived too late to tell from repeated ones, not stored'],
    [snapshot.duplicates, 'arrived again, not stored again'],
    [snapshot.droppedBySenders, 'were given up by their senders'],
    [snapshot.overloadDrops, 'datagrams dropped because the store was too slow'],
    [snapshot.kernelDrops, 'datagrams dropped by the kernel because the collector was too slow'],
    [snapshot.malformed, 'datagrams could not be read'],
  ];
  const refused = Object.entries(snapshot.refused).map(
    ([reason, count]) => [count, `connections refused: ${reason}`] as const,
  );
  const strangers = Object.entries(snapshot.strangers).map(
    ([reason, count]) => [count, `datagrams of no connection: ${STRANGERS[reason] ?? reason}`] as const,
  );
  return [...counts, ...refused, ...strangers]
    .filter(([count]) => count > 0)
    .map(([count, text]) => `  ${number(count)} ${text}`);
}
