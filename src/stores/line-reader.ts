/**
 * Reads the stores that are files of lines, by going through the whole file: fit for export, not for plots of
 * long ranges. A line that is not a reading is passed over, since people edit these files.
 */
import { existsSync } from 'node:fs';
import { type SensorInfo, sensorInfo } from '../readings/sensor-info.ts';
import { Buckets } from './buckets.ts';
import { parseCsvLine } from './format/csv-parse.ts';
import { parseJsonLine } from './format/jsonl-parse.ts';
import type { ParsedLine } from './format/parsed-line.ts';
import { linesOf } from './lines.ts';
import { noSuchFile, PIECE_READINGS } from './read-pieces.ts';
import type {
  Bucket,
  ReadingQuery,
  ReduceQuery,
  StoredReading,
  StoredSensor,
  StoreReader,
} from './reader.ts';

/** Makes the parts of a line, or undefined where it is not a reading. */
type ParseLine = (line: string) => ParsedLine | undefined;

/** The StoreReader of `csv:FILE` and `jsonl:FILE`. */
export class LineReader implements StoreReader {
  readonly #path: string;
  readonly #parse: ParseLine;
  readonly #hasQuotes: boolean;
  readonly #sensors = new Map<string, SensorInfo>();

  /** @throws UsageError SW_BAD_STORE where there is no such file */
  constructor(kind: 'csv' | 'jsonl', path: string) {
    if (!existsSync(path)) throw noSuchFile(path);
    this.#path = path;
    this.#parse = kind === 'csv' ? parseCsvLine : parseJsonLine;
    this.#hasQuotes = kind === 'csv';
  }

  async sensors(): Promise<readonly StoredSensor[]> {
    const found = new Map<SensorInfo, StoredSensor>();
    for await (const piece of this.readings()) {
      for (const { source, sensor, timeUs } of piece) {
        const known = found.get(sensor);
        found.set(sensor, {
          ...sensor,
          source,
          count: (known?.count ?? 0) + 1,
          firstUs: Math.min(known?.firstUs ?? timeUs, timeUs),
          lastUs: Math.max(known?.lastUs ?? timeUs, timeUs),
        });
      }
    }
    return [...found.values()];
  }

  /** In the order of the file. */
  async *readings(query: ReadingQuery = {}): AsyncGenerator<readonly StoredReading[]> {
    const { sensor, fromUs = -Infinity, toUs = Infinity } = query;
    for await (const lines of linesOf(this.#path, this.#hasQuotes)) {
      const wanted = lines
        .map(line => this.#parse(line))
        .filter(parsed => parsed !== undefined)
        .filter(parsed => sensor === undefined || parsed.sensor === sensor)
        .filter(({ timeUs }) => timeUs >= fromUs && timeUs < toUs)
        .map(parsed => this.#toReading(parsed));
      for (let at = 0; at < wanted.length; at += PIECE_READINGS) yield wanted.slice(at, at + PIECE_READINGS);
    }
  }

  async reduce(query: ReduceQuery): Promise<readonly Bucket[]> {
    const buckets = new Buckets(query);
    for await (const piece of this.readings(query)) {
      for (const { source, timeUs, value } of piece) {
        if (query.source !== undefined && query.source !== source) continue;
        if (typeof value === 'number' || typeof value === 'boolean') buckets.add(timeUs, Number(value));
      }
    }
    return buckets.result();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #toReading({ source, sensor: name, unit, type, timeUs, value }: ParsedLine): StoredReading {
    const key = `${name}\n${unit}\n${type}\n${source}`;
    let sensor = this.#sensors.get(key);
    if (sensor === undefined) {
      sensor = sensorInfo({ name, unit, type });
      this.#sensors.set(key, sensor);
    }
    return { source, sensor, timeUs, value };
  }
}
