/**
 * What `sensewire demo` shows: a table that is redrawn in a terminal, a line now and then elsewhere, JSON for scripts.
 */
import type { Collector } from '../../collector/collector.ts';
import { type Column, toValue } from '../../readings/batch.ts';
import type { SensorInfo } from '../../readings/sensor-info.ts';
import type { Sender } from '../../sender/sender.ts';
import { parseStoreSpec } from '../../stores/open.ts';
import { formatDuration } from '../../time/quantities.ts';
import { number, paint, percentilesMs, printJson, Screen } from '../terminal.ts';

const DRAW_EVERY_MS = 250;
/** Without a terminal, one line now and then. */
const SAY_EVERY_MS = 5_000;
/** Values in a trace: a quarter of a second each. */
const TRACE_LENGTH = 32;
const COLUMNS = [6, 12, 12, 10, 10, 18, 12] as const;

/** One sender of the demo. */
export interface Road {
  /** Its transport. */
  readonly name: string;
  readonly sender: Sender;
}

/** What there is to show. */
export interface DemoState {
  readonly roads: readonly Road[];
  readonly collector: Collector;
  readonly traces: Traces;
  /** Where the readings go, as `--store` has it and for people. */
  readonly spec: string;
  readonly location: string;
  /** Where the page is, where there is one. */
  readonly web: string | undefined;
}

/** The latest value and the last ones, of each numeric sensor. */
export class Traces {
  readonly #traces = new Map<string, { readonly unit: string; latest: number; readonly values: number[] }>();

  /** Takes what the collector takes. */
  readonly onReadings = (source: string, sensor: SensorInfo, _times: Float64Array, values: Column): void => {
    const last = values.at(-1);
    if (typeof last !== 'number') return;
    const key = `${source}/${sensor.name}`;
    const trace = this.#traces.get(key) ?? { unit: sensor.unit, latest: 0, values: [] };
    trace.latest = Number(toValue(sensor, last));
    this.#traces.set(key, trace);
  };

  /** One line a sensor; each call is one step in time. */
  nextLines(): string[] {
    return [...this.#traces].map(([key, trace]) => {
      trace.values.push(trace.latest);
      if (trace.values.length > TRACE_LENGTH) trace.values.shift();
      const value = `${trace.latest.toFixed(1)} ${trace.unit}`;
      return `${key.padEnd(20)}${value.padStart(12)}  ${paint('cyan', sparkline(trace.values))}`;
    });
  }
}

/** Shows the demo until the returned function is called. */
export function showDemo(state: DemoState, json: boolean | undefined): () => void {
  if (json) return every(1_000, () => printJson('progress', state.collector.snapshot));
  const screen = new Screen();
  screen.log(
    `${paint('bold', 'sensewire demo')} · one simulated TMP36 at 100 Hz over each transport, and this machine's own sensors`,
  );
  screen.log(`storing in ${state.location} · Ctrl-C ends it`);
  screen.log(state.web === undefined ? 'with --web 8080 there is a page too\n' : `showing at ${state.web}\n`);
  if (!screen.isLive) {
    return every(SAY_EVERY_MS, () => {
      const { readings, stored } = state.collector.snapshot;
      screen.log(`${number(readings)} readings received, ${number(stored)} stored`);
    });
  }
  let drawn = 0;
  const draw = (): void => {
    const lines = [...table(state.roads), '', ...state.traces.nextLines()];
    const up = drawn > 0 ? `\x1b[${drawn}A` : '';
    process.stderr.write(up + lines.map(line => `\x1b[2K${line}\n`).join(''));
    drawn = lines.length;
  };
  draw();
  const stop = every(DRAW_EVERY_MS, draw);
  return () => {
    stop();
    draw();
  };
}

function every(ms: number, action: () => void): () => void {
  const timer = setInterval(action, ms);
  return () => clearInterval(timer);
}

function table(roads: readonly Road[]): string[] {
  const lines = roads.map(({ name, sender }) => {
    const { readings, stored, unacknowledged, dropped } = sender.counters;
    const lost = dropped.bufferFull + dropped.tooLarge;
    const [p50 = '', p99 = ''] = [50, 99].map(percent =>
      sender.ackUs.count > 0 ? formatDuration(sender.ackUs.percentile(percent)) : '–',
    );
    return row([name, ...[readings, stored, unacknowledged, lost].map(number), p50, p99]);
  });
  return [
    paint('dim', row(['over', 'readings', 'stored', 'waiting', 'dropped', 'acknowledged p50', 'p99'])),
    ...lines,
  ];
}

function row([first = '', ...others]: readonly string[]): string {
  return (
    first.padEnd(COLUMNS[0]) + others.map((cell, index) => cell.padStart(COLUMNS[index + 1] ?? 0)).join('')
  );
}

/** Eight heights of a block, from the least to the most of the values. */
function sparkline(values: readonly number[]): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const step = (most - least || 1) / 7;
  return values.map(value => '▁▂▃▄▅▆▇█'[Math.round((value - least) / step)]).join('');
}

/** Says at the end what was stored, and where. */
export function printDemoSummary(state: DemoState, seconds: number, json: boolean | undefined): void {
  const { roads, collector, location } = state;
  const snapshot = collector.snapshot;
  if (json) {
    const transports = Object.fromEntries(
      roads.map(({ name, sender }) => [name, { ...sender.counters, ack_ms: percentilesMs(sender.ackUs) }]),
    );
    printJson('summary', { ...snapshot, seconds: Number(seconds.toFixed(3)), transports, store: location });
    return;
  }
  const { kind } = parseStoreSpec(state.spec);
  const lines = [
    '',
    `${number(snapshot.stored)} readings stored in ${number(seconds)} s, in ${location}`,
    ...(kind === 'sqlite' ? [`look at them:  sqlite3 ${location} 'select * from readings limit 10'`] : []),
    ...(kind === 'none' || kind === 'text'
      ? []
      : [`print them:    npx sensewire export ${state.spec} | head`]),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
