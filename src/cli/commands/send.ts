/**
 * `sensewire send`: sensors to a collector, told by flags.
 */
import { systemClock } from '../../clock/system-clock.ts';
import { InternalError, UsageError } from '../../errors/errors.ts';
import { controlSources } from '../../sender/control.ts';
import { runSources } from '../../sender/run-sources.ts';
import { Sender, type SenderNotice } from '../../sender/sender.ts';
import { openSource } from '../../sensors/open-source.ts';
import type { ReportingSource } from '../../sensors/source.ts';
import { parseAddress } from '../../socket/address.ts';
import { formatDuration } from '../../time/quantities.ts';
import type { SendFlags } from '../definitions/send.ts';
import { endSignal } from '../exit.ts';
import { pathJson, pathLine } from '../path-summary.ts';
import { number, paint, percentilesMs, plain, printJson, Screen } from '../terminal.ts';
import { captureOwn } from './capture-own.ts';

const LIVE_EVERY_MS = 500;
const DEFAULT_BATCH = 100;
/** With --batch a message waits for company, but somebody may be waiting for it too. */
const FLUSH_OF_BATCH_US = 10_000_000;
/** The same trouble is said again after this. */
const SAY_AGAIN_US = 10_000_000;
/** Sensors wait so long for a collector that says nothing; satellites answer within that. */
const WAIT_FOR_CONTACT_US = 2_000_000;
/** After Ctrl-C nobody wants to wait for long. */
const WAIT_AFTER_SIGNAL_US = 5_000_000;

export async function send(url: string, flags: SendFlags): Promise<void> {
  const address = parseAddress(url);
  const screen = new Screen();
  const log = (text: string): void => {
    if (!flags.quiet) screen.log(text);
  };
  const sources = await openSources(flags, log);
  const capture = await captureOwn({
    file: flags.capture,
    addresses: [address],
    json: flags.json === true,
    log,
  });
  const startedUs = systemClock.monotonicUs();
  const sayNotice = noticeLogger(log);
  const sender = new Sender({
    address,
    clock: systemClock,
    batch: flags.batch ?? Math.min(DEFAULT_BATCH, flags.buffer),
    flushUs: flags.flush ?? (flags.batch === undefined || flags.batch === 1 ? 0 : FLUSH_OF_BATCH_US),
    buffer: flags.buffer,
    ...(flags.name !== undefined && { source: flags.name }),
    onCommand: controlSources(sources, text => log(`${paint('cyan', 'command')} ${text}`)),
    onNotice: notice => {
      if (flags.json) printJson(notice.type, { ...notice, type: undefined });
      sayNotice(notice);
    },
  });
  for (const sensor of sources.flatMap(source => source.sensors)) sender.announce(sensor);
  const live = startLive(sender, screen, flags);
  const { signal, release } = endSignal();
  const failure = await sendAll(sender, sources, signal, flags).then(
    () => undefined,
    (error: unknown) => error ?? new InternalError('nothing was thrown'),
  );
  clearInterval(live);
  release();
  screen.end();
  const seconds = (systemClock.monotonicUs() - startedUs) / 1e6;
  await capture.stop();
  // Standard input that nobody reads any more must not keep the process alive.
  if (flags.sensor?.some(spec => spec.startsWith('stdin'))) process.stdin.destroy();
  if (!(failure instanceof UsageError)) printSummary(sender, sources, seconds, flags);
  if (failure !== undefined) throw failure;
}

function openSources(flags: SendFlags, log: (text: string) => void): Promise<ReportingSource[]> {
  const options = {
    clock: systemClock,
    sysRoot: flags.sysfs,
    input: process.stdin,
    onProblem: (message: string) => log(`${paint('yellow', '!')} ${message}`),
    ...(flags.rate !== undefined && { rateHz: flags.rate }),
    ...(flags.count !== undefined && { count: flags.count }),
  };
  return Promise.all((flags.sensor ?? ['random']).map(spec => openSource(spec, options)));
}

/**
 * Runs the sources to their end, the sender until everything is stored, and gives up when it takes too long. What was
 * taken before a sensor failed is sent all the same.
 */
async function sendAll(
  sender: Sender,
  sources: readonly ReportingSource[],
  signal: AbortSignal,
  flags: SendFlags,
): Promise<void> {
  const sourcesEnd = new AbortController();
  const timers: (() => void)[] = [];
  const after = (us: number, action: () => void): void => {
    timers.push(systemClock.setTimer(systemClock.monotonicUs() + us, action));
  };
  signal.addEventListener('abort', () => {
    sourcesEnd.abort();
    after(Math.min(flags.wait, WAIT_AFTER_SIGNAL_US), () => sender.stop());
  });
  // The first reading is not late for having waited until the connection was there.
  const started = Promise.withResolvers<void>();
  void sender.contact().then(started.resolve);
  after(WAIT_FOR_CONTACT_US, started.resolve);
  signal.addEventListener('abort', () => started.resolve());
  const reading = started.promise
    .then(() => {
      if (flags.for !== undefined) after(flags.for, () => sourcesEnd.abort());
      return runSources(sources, sender, sourcesEnd.signal);
    })
    .finally(() => {
      sender.finish();
      after(flags.wait, () => sender.stop());
    });
  try {
    const [sent, read] = await Promise.allSettled([sender.run().finally(() => sourcesEnd.abort()), reading]);
    for (const result of [sent, read]) if (result.status === 'rejected') throw result.reason;
  } finally {
    for (const cancel of timers) cancel();
  }
}

function startLive(sender: Sender, screen: Screen, flags: SendFlags): NodeJS.Timeout | undefined {
  if (!screen.isLive || flags.json || flags.quiet) return undefined;
  let [beforeUs, before] = [systemClock.monotonicUs(), 0];
  return setInterval(() => {
    const { readings, stored, unacknowledged, dropped } = sender.counters;
    const nowUs = systemClock.monotonicUs();
    const perSecond = ((readings - before) * 1e6) / (nowUs - beforeUs);
    [beforeUs, before] = [nowUs, readings];
    const ack = sender.ackUs.count > 0 ? formatDuration(sender.ackUs.percentile(50)) : '–';
    const lost = dropped.bufferFull + dropped.tooLarge;
    screen.live(
      `${paint('bold', number(perSecond))} readings/s · ${number(stored)} stored · ${number(unacknowledged)} waiting` +
        `${lost > 0 ? ` · ${paint('red', `${number(lost)} dropped`)}` : ''} · acknowledged in ${ack}` +
        `${sender.isConnected ? '' : paint('yellow', ' · collector away')}`,
    );
  }, LIVE_EVERY_MS);
}

/** The same trouble is said once, and again now and then. */
function noticeLogger(log: (text: string) => void): (notice: SenderNotice) => void {
  const saidAt = new Map<string, number>();
  return notice => {
    const key = notice.type === 'away' ? notice.reason : notice.type;
    const nowUs = systemClock.monotonicUs();
    if (notice.type !== 'connected' && nowUs - (saidAt.get(key) ?? Number.NEGATIVE_INFINITY) < SAY_AGAIN_US)
      return;
    if (notice.type === 'connected') saidAt.clear();
    saidAt.set(key, nowUs);
    log(describe(notice));
  };
}

function describe(notice: SenderNotice): string {
  switch (notice.type) {
    case 'connected': {
      const resumed = notice.resumedAt > 0 ? `, goes on at reading ${number(notice.resumedAt)}` : '';
      return `${paint('green', 'connected')} ${notice.url}${resumed}`;
    }
    case 'away':
      return `${paint('yellow', 'away')} ${plain(notice.reason)}; trying again, ${number(notice.buffered)} readings are kept`;
    case 'dropping':
      return `${paint('red', 'dropping')} the buffer is full or a reading too large: ${number(notice.dropped)} readings dropped so far (--buffer)`;
  }
}

function printSummary(
  sender: Sender,
  sources: readonly ReportingSource[],
  seconds: number,
  flags: SendFlags,
): void {
  const counters = sender.counters;
  const ack = percentilesMs(sender.ackUs);
  const { path } = sender;
  const sensors = sources.map(source => ({ spec: source.spec, ...source.report() }));
  if (flags.json) {
    const offset = sender.clockOffset;
    printJson('summary', {
      ...counters,
      seconds: Number(seconds.toFixed(3)),
      ack_ms: ack,
      clock:
        offset === undefined ? null : { offset_us: offset.offsetUs, uncertainty_us: offset.uncertaintyUs },
      sources: sensors,
      ...(path !== undefined && { rudp: pathJson(path) }),
    });
  } else process.stdout.write(`${summaryLines(sender, seconds, ack, sensors).join('\n')}\n`);
  if (counters.stored < counters.readings && !sender.isComplete) process.exitCode = 1;
}

function summaryLines(
  sender: Sender,
  seconds: number,
  ack: ReturnType<typeof percentilesMs>,
  sensors: readonly ({ readonly spec: string } & ReturnType<ReportingSource['report']>)[],
): string[] {
  const { readings, stored, unacknowledged, dropped } = sender.counters;
  const left = sender.isComplete
    ? 'not taken: the collector has all that it was asked to collect'
    : 'not acknowledged as stored';
  const missed = sensors.reduce((total, sensor) => total + sensor.missed, 0);
  const failed = sensors.reduce((total, sensor) => total + sensor.failed, 0);
  const worst = Math.max(...sensors.map(sensor => sensor.lateUs.p99));
  return [
    `${number(stored)} of ${number(readings)} readings stored in ${number(seconds)} s`,
    ...(unacknowledged > 0 ? [`  ${number(unacknowledged)} ${left}`] : []),
    ...(dropped.bufferFull > 0
      ? [`  ${number(dropped.bufferFull)} dropped: the buffer was full (--buffer)`]
      : []),
    ...(dropped.tooLarge > 0 ? [`  ${number(dropped.tooLarge)} dropped: too large for a message`] : []),
    ...(missed > 0 ? [`  ${number(missed)} ticks missed: this machine was too busy`] : []),
    ...(failed > 0 ? [`  ${number(failed)} readings failed at the sensor`] : []),
    ...(ack === null
      ? []
      : [`acknowledged as stored after: p50 ${ack.p50} ms, p99 ${ack.p99} ms, max ${ack.max} ms`]),
    ...(sender.path === undefined ? [] : [pathLine(sender.path, 'sender')]),
    ...(worst > 0 ? [`taken at most ${formatDuration(worst)} late (p99)`] : []),
  ];
}
