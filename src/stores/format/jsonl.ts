/**
 * The `jsonl` format: one JSON object a line, `{"source":…,"sensor":…,"unit":…,"time":…,"value":…}`.
 *
 * bool is true or false, bytes are `{"hex":"…"}`, NaN is null, the infinities are 9e999 and -9e999, which
 * JSON parsers read as infinities.
 */
import type { Value } from '../../readings/batch.ts';
import type { SensorInfo } from '../../readings/sensor-info.ts';
import type { LineWriter, ReadingFormat } from './format.ts';
import { TimeText } from './time.ts';
import { toHex } from './value.ts';

export const JSONL_FORMAT: ReadingFormat = { header: '', lineWriter };

function lineWriter(source: string, { name, unit }: SensorInfo): LineWriter {
  const texts = { source, sensor: name, unit };
  const prefix = `${JSON.stringify(texts).slice(0, -1)},"time":"`;
  const time = new TimeText();
  return (timeUs, value) => `${prefix}${time.of(timeUs)}","value":${jsonValue(value)}}\n`;
}

function jsonValue(value: Value): string {
  if (typeof value === 'number') return jsonNumber(value);
  if (typeof value === 'string' || typeof value === 'boolean') return JSON.stringify(value);
  return `{"hex":"${toHex(value)}"}`;
}

/** A number in JSON, which has no word for three of them. */
export function jsonNumber(value: number): string {
  // A finite number minus itself is 0; of the zeros only −0 has a negative reciprocal.
  if (value - value === 0) return value !== 0 || 1 / value > 0 ? `${value}` : '-0.0';
  if (Number.isNaN(value)) return 'null';
  return value > 0 ? '9e999' : '-9e999';
}
