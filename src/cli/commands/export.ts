/**
 * `sensewire export`: readings out of a store, as lines.
 */
import { pipeline } from 'node:stream/promises';
import { UsageError } from '../../errors/errors.ts';
import type { SensorInfo } from '../../readings/sensor-info.ts';
import { CSV_FORMAT } from '../../stores/format/csv.ts';
import type { LineWriter } from '../../stores/format/format.ts';
import { JSONL_FORMAT } from '../../stores/format/jsonl.ts';
import { LINE_FORMAT } from '../../stores/format/line.ts';
import { openReader } from '../../stores/open.ts';
import type { StoredReading } from '../../stores/reader.ts';
import { parseDuration } from '../../time/quantities.ts';
import type { ExportFlags } from '../definitions/export.ts';

const FORMATS = { csv: CSV_FORMAT, jsonl: JSONL_FORMAT, line: LINE_FORMAT } as const;

export async function exportReadings(spec: string, flags: ExportFlags): Promise<void> {
  const format = FORMATS[flags.format];
  const query = {
    ...(flags.sensor !== undefined && { sensor: flags.sensor }),
    ...(flags.from !== undefined && { fromUs: parseMoment(flags.from) }),
    ...(flags.to !== undefined && { toUs: parseMoment(flags.to) }),
  };
  await using reader = await openReader(spec);
  async function* pieces(): AsyncGenerator<string> {
    if (format.header !== '') yield format.header;
    const writers = new Map<SensorInfo, Map<string, LineWriter>>();
    const lineOf = ({ sensor, source, timeUs, value }: StoredReading): string => {
      const bySource = writers.get(sensor) ?? new Map<string, LineWriter>();
      writers.set(sensor, bySource);
      const writer = bySource.get(source) ?? format.lineWriter(source, sensor);
      bySource.set(source, writer);
      return writer(timeUs, value);
    };
    for await (const readings of reader.readings(query)) {
      if (readings.length > 0) yield readings.map(lineOf).join('');
    }
  }
  let outputFailed = false;
  process.stdout.once('error', () => {
    outputFailed = true;
  });
  try {
    await pipeline(pieces, process.stdout, { end: false });
  } catch (error) {
    // What is wrong with standard output, `watchOutput` has said, and that `head` has enough is no error.
    if (!outputFailed) throw error;
  }
}

/** A moment: ISO 8601, or how long ago. */
function parseMoment(text: string): number {
  if (/^[0-9.]+\s*(us|µs|ms|s|m|min|h|d)$/.test(text)) return Date.now() * 1000 - parseDuration(text);
  const isIso = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?)?$/.test(text);
  const ms = isIso ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) {
    throw new UsageError(
      'SW_USAGE',
      `"${text}" is not a time: write it like 2026-11-20T20:43:58Z (without the Z: local time), or 5m for five minutes ago`,
    );
  }
  // Date.parse keeps milliseconds only; the digits after them are ours.
  const micros = /\.\d{3}(\d{1,3})/.exec(text)?.[1] ?? '';
  return ms * 1000 + Number(micros.padEnd(3, '0'));
}
