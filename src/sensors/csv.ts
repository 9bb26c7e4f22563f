/**
 * Replays a CSV file: streamed, so that a file of any size takes the memory of one piece of it.
 *
 * Three ways to pace: as recorded (divided by `speed`), so many rows a second, or as fast as the sink takes.
 * Readings keep their recorded times unless `times=now`. A row or cell that cannot be used is counted under a
 * reason and told; a file that is not there, or whose header says nothing, is a SensorError.
 */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { SensorError } from '../errors/errors.ts';
import type { SensorInfo } from '../readings/sensor-info.ts';
import { type Clock, sleepUntil } from '../time/clock.ts';
import { roomOrAbort } from './back-pressure.ts';
import { type Cell, type CsvLayout, csvLayout } from './csv-layout.ts';
import { CsvReader } from './csv-reader.ts';
import { FoundSensors, type PlainValue } from './found-sensors.ts';
import { gridStart } from './grid.ts';
import type { ProblemLog } from './problem-log.ts';
import { checkCount, checkRate } from './sampler.ts';
import type { ReadingSink, ReportingSource, SourceReport } from './source.ts';
import { badSpec, SpecOptions } from './spec-options.ts';
import { parseTime } from './timestamps.ts';

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
/** A file without times has no spacing of its own. */
const DEFAULT_HZ = 100;
const KEYS = ['times', 'speed', 'time', 'name'] as const;

/** How a file is to be replayed. */
export interface CsvOptions {
  readonly clock: Clock;
  readonly problems: ProblemLog;
  /** Rows a second in place of the recorded spacing, or as fast as the sink takes them. */
  readonly rateHz?: number | 'max';
  /** Readings of each sensor. */
  readonly count?: number;
}

/** Opens `csv:FILE[,times=recorded|now][,speed=…][,time=COLUMN][,name=…]`. @throws SensorError, UsageError */
export async function openCsv(spec: string, text: string, options: CsvOptions): Promise<ReportingSource> {
  const [path, given] = SpecOptions.parsePath(spec, text, KEYS);
  if (path === '') throw badSpec(spec, 'it needs a file, such as csv:readings.csv');
  checkCount(options.count);
  checkRate(options.rateHz);
  try {
    // The sooner a wrong name is told, the better: not when the collector is already waiting.
    await (await open(path)).close();
  } catch (error) {
    throw fileError(spec, error);
  }
  return new CsvSource(spec, path, given, options);
}

class CsvSource implements ReportingSource {
  readonly spec: string;
  readonly #path: string;
  readonly #given: SpecOptions;
  readonly #options: CsvOptions;
  readonly #found: FoundSensors;
  readonly #times: 'recorded' | 'now';
  readonly #speed: number;
  #layout: CsvLayout | undefined;
  #rows = 0;
  #startUs = 0;
  #firstTimeUs: number | undefined;

  constructor(spec: string, path: string, given: SpecOptions, options: CsvOptions) {
    this.spec = spec;
    this.#path = path;
    this.#given = given;
    this.#options = options;
    this.#found = new FoundSensors(options.count);
    this.#times = given.choice('times', ['recorded', 'now']);
    this.#speed = given.number('speed', 1, { above: 0 });
  }

  get sensors(): readonly SensorInfo[] {
    return this.#found.sensors;
  }

  async run(sink: ReadingSink, signal: AbortSignal): Promise<void> {
    const reader = new CsvReader();
    this.#startUs = gridStart(this.#options.clock);
    try {
      for await (const piece of createReadStream(this.#path, { encoding: 'utf8', signal })) {
        await this.#replay(reader.push(piece as string), sink, signal);
        if (this.#finished) return;
      }
      await this.#replay(reader.end(), sink, signal);
    } catch (error) {
      if (!signal.aborted) throw fileError(this.spec, error);
    }
  }

  report(): SourceReport {
    const { problems } = this.#options;
    const lateUs = { p50: 0, p99: 0, max: 0 };
    return { samples: this.#rows, missed: 0, failed: problems.total, problems: problems.counts(), lateUs };
  }

  /** In the long layout a sensor that has not appeared yet may follow. */
  get #finished(): boolean {
    return this.#found.finished && (this.#layout?.kind !== 'long' || this.#options.count === 0);
  }

  async #replay(records: readonly string[][], sink: ReadingSink, signal: AbortSignal): Promise<void> {
    for (const record of records) {
      if (this.#finished) return;
      signal.throwIfAborted();
      if (record.length === 1 && record[0]!.trim() === '') continue;
      if (this.#layout === undefined) this.#layout = this.#readHeader(record);
      else await this.#replayRow(this.#layout, record, sink, signal);
    }
  }

  #readHeader(record: readonly string[]): CsvLayout {
    const [first = '', ...others] = record;
    return csvLayout([first.replace(/^\uFEFF/, ''), ...others], this.#given.text('time', ''));
  }

  async #replayRow(
    layout: CsvLayout,
    row: readonly string[],
    sink: ReadingSink,
    signal: AbortSignal,
  ): Promise<void> {
    this.#rows++;
    if (row.length !== layout.columns) {
      this.#problem('row length', `has ${row.length} fields where the header has ${layout.columns}`);
      return;
    }
    let recordedUs: number | undefined;
    if (layout.timeColumn !== undefined) {
      const text = row[layout.timeColumn] ?? '';
      recordedUs = parseTime(text);
      if (recordedUs === undefined) {
        this.#problem(
          'bad time',
          `has the time ${JSON.stringify(text)}: expected ISO 8601 or a number since 1970`,
        );
        return;
      }
    }
    const dueUs = this.#dueUs(recordedUs);
    const { clock } = this.#options;
    if (dueUs > clock.monotonicUs()) await sleepUntil(clock, dueUs, signal);
    const timeUs = this.#times === 'recorded' && recordedUs !== undefined ? recordedUs : clock.wallUs();
    let hasRoom = true;
    for (const cell of layout.cells(row)) hasRoom = this.#push(cell, timeUs, sink) && hasRoom;
    if (!hasRoom) await roomOrAbort(sink, signal);
  }

  /** When this row is due on the monotonic clock; the distance past where it is due at once. */
  #dueUs(recordedUs: number | undefined): number {
    const rateHz = this.#options.rateHz ?? (recordedUs === undefined ? DEFAULT_HZ : undefined);
    if (rateHz === 'max') return Number.NEGATIVE_INFINITY;
    if (rateHz !== undefined) return this.#startUs + Math.round(((this.#rows - 1) * 1e6) / rateHz);
    this.#firstTimeUs ??= recordedUs!;
    return this.#startUs + Math.round((recordedUs! - this.#firstTimeUs) / this.#speed);
  }

  #push(cell: Cell, timeUs: number, sink: ReadingSink): boolean {
    const text = cell.text.trim();
    const known = this.#found.known(cell.key);
    if (text === '' && known?.type !== 'text') return true;
    const value = known?.type === 'text' ? cell.text : plainValue(text);
    const prefix = this.#given.text('name', '');
    const name = prefix === '' ? cell.name : `${prefix}/${cell.name}`;
    const found = this.#found.take(cell.key, value, () => ({ name, unit: cell.unit }));
    if (found === undefined) return true;
    if ('raw' in found) return sink.push(found.sensor, timeUs, found.raw);
    this.#problem(found.reason, `is not usable: ${found.detail}`);
    return true;
  }

  #problem(reason: string, detail: string): void {
    this.#options.problems.add(reason, `${this.spec}: row ${this.#rows} ${detail}`);
  }
}

function plainValue(text: string): PlainValue {
  if (NUMBER.test(text) && Number.isFinite(Number(text))) return Number(text);
  if (/^(?:true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  return text;
}

function fileError(spec: string, error: unknown): unknown {
  if (error instanceof SensorError || (error instanceof Error && 'syscall' in error)) {
    return new SensorError('SW_SENSOR_FAILED', `sensor "${spec}": ${error.message}`, { cause: error });
  }
  return error;
}
