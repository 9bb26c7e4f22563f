/**
 * Readings from lines of text: a number, or a JSON object with a sensor for each key.
 *
 * A line that is neither, and a value that does not fit, are counted under a reason and told; nothing that
 * comes in ends the source but the end of the input. A full sink stops the reading, which stops the writer.
 */
import type { Readable } from 'node:stream';
import { SensorError } from '../errors/errors.ts';
import type { SensorInfo } from '../readings/sensor-info.ts';
import type { Clock } from '../time/clock.ts';
import { roomOrAbort } from './back-pressure.ts';
import { FoundSensors, type PlainValue } from './found-sensors.ts';
import { LineSplitter, MAX_LINE_BYTES } from './line-splitter.ts';
import type { ProblemLog } from './problem-log.ts';
import { checkCount } from './sampler.ts';
import type { ReadingSink, ReportingSource, SourceReport } from './source.ts';
import { SpecOptions } from './spec-options.ts';
import { parseTime } from './timestamps.ts';

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
/** Enough of a bad line to recognise it in a log. */
const SHOWN_CHARACTERS = 60;

/** Where the lines come from and what to do with them. */
export interface StdinOptions {
  readonly input: Readable;
  readonly clock: Clock;
  readonly problems: ProblemLog;
  /** Ends after this many readings of each sensor that has appeared. */
  readonly count?: number;
}

/** `stdin[:name=…,unit=…]` */
export class StdinSource implements ReportingSource {
  readonly spec: string;
  readonly #name: string;
  readonly #unit: string;
  readonly #options: StdinOptions;
  readonly #found: FoundSensors;
  #lines = 0;

  /** @throws UsageError SW_BAD_SENSOR, SW_USAGE */
  constructor(spec: string, text: string, options: StdinOptions) {
    const given = SpecOptions.parse(spec, text, ['name', 'unit']);
    checkCount(options.count);
    this.spec = spec;
    this.#name = given.text('name', '');
    this.#unit = given.text('unit', '');
    this.#options = options;
    this.#found = new FoundSensors(options.count);
  }

  get sensors(): readonly SensorInfo[] {
    return this.#found.sensors;
  }

  async run(sink: ReadingSink, signal: AbortSignal): Promise<void> {
    const { input } = this.#options;
    const splitter = new LineSplitter();
    const onAbort = (): void => void input.destroy();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      if (signal.aborted || this.#found.finished) return;
      for await (const chunk of input as AsyncIterable<Uint8Array | string>) {
        await this.#takeAll(
          splitter.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk),
          sink,
          signal,
        );
        if (signal.aborted || this.#found.finished) return;
      }
      await this.#takeAll(splitter.end(), sink, signal);
    } catch (error) {
      // Destroying the input is how an abort ends the wait for it.
      if (!signal.aborted) throw inputError(this.spec, error);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  report(): SourceReport {
    const { problems } = this.#options;
    const lateUs = { p50: 0, p99: 0, max: 0 };
    return { samples: this.#lines, missed: 0, failed: problems.total, problems: problems.counts(), lateUs };
  }

  async #takeAll(lines: readonly (string | null)[], sink: ReadingSink, signal: AbortSignal): Promise<void> {
    for (const line of lines) {
      if (signal.aborted || this.#found.finished) return;
      if (line?.trim() === '') continue;
      this.#lines++;
      if (!this.#takeLine(line, sink)) await roomOrAbort(sink, signal);
    }
  }

  /** Passes on what one line holds; false where the sink is full. */
  #takeLine(line: string | null, sink: ReadingSink): boolean {
    if (line === null) {
      this.#problem('line too long', `is longer than ${MAX_LINE_BYTES} bytes`);
      return true;
    }
    const text = line.trim();
    if (NUMBER.test(text) && Number.isFinite(Number(text))) {
      return this.#push(sink, undefined, Number(text), this.#options.clock.wallUs());
    }
    const object = parseObject(text);
    if (object === undefined) {
      const shown = JSON.stringify(text.slice(0, SHOWN_CHARACTERS));
      this.#problem('not a reading', `is neither a number nor a JSON object: ${shown}`);
      return true;
    }
    const timeUs = this.#timeOf(object);
    if (timeUs === undefined) {
      const shown = JSON.stringify(object.get('time')).slice(0, SHOWN_CHARACTERS);
      this.#problem('bad time', `has a time that is neither ISO 8601 nor a number since 1970: ${shown}`);
      return true;
    }
    let hasRoom = true;
    for (const [key, value] of object) {
      if (key === 'time' || value === null) continue;
      if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string') {
        hasRoom = this.#push(sink, key, value, timeUs) && hasRoom;
      } else this.#problem('not a plain value', `has "${key}" with a list or an object: give it flat`);
    }
    return hasRoom;
  }

  #timeOf(object: ReadonlyMap<string, unknown>): number | undefined {
    const time = object.get('time');
    if (time === undefined || time === null) return this.#options.clock.wallUs();
    return typeof time === 'string' || typeof time === 'number' ? parseTime(String(time)) : undefined;
  }

  #push(sink: ReadingSink, key: string | undefined, value: PlainValue, timeUs: number): boolean {
    // Told apart from a key that is called the same.
    const id = key === undefined ? 'number' : `key ${key}`;
    const found = this.#found.take(id, value, () => ({ name: this.#nameOf(key), unit: this.#unit }));
    if (found === undefined) return true;
    if ('raw' in found) return sink.push(found.sensor, timeUs, found.raw);
    this.#options.problems.add(found.reason, `${this.spec}, line ${this.#lines}: ${found.detail}`);
    return true;
  }

  /** Plain numbers are `stdin`, keys themselves; a given name stands for the one and before the others. */
  #nameOf(key: string | undefined): string {
    if (key === undefined) return this.#name || 'stdin';
    return this.#name === '' ? key : `${this.#name}/${key}`;
  }

  #problem(reason: string, detail: string): void {
    this.#options.problems.add(reason, `${this.spec}: line ${this.#lines} ${detail}`);
  }
}

/** The members of a JSON object, or undefined. A Map, so that a key such as `__proto__` is just a key. */
function parseObject(text: string): Map<string, unknown> | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return new Map(Object.entries(value as object));
  } catch {
    return undefined;
  }
}

function inputError(spec: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  return new SensorError('SW_SENSOR_FAILED', `sensor "${spec}": ${error.message}`, { cause: error });
}
