/**
 * The `csv` format (RFC 4180): `source,sensor,unit,time,value`, one reading a line, lines end in a line feed.
 *
 * Numbers are bare (`21.5`, `NaN`, `Infinity`), bool is bare `true` or `false`, bytes are bare `0x…`; text is
 * always quoted, also where it need not be, so that "21.5" in quotes reads back as text.
 */
import type { Value } from '../../readings/batch.ts';
import type { SensorInfo } from '../../readings/sensor-info.ts';
import type { LineWriter, ReadingFormat } from './format.ts';
import { TimeText } from './time.ts';
import { toHex } from './value.ts';

export const CSV_HEADER = 'source,sensor,unit,time,value\n';

export const CSV_FORMAT: ReadingFormat = { header: CSV_HEADER, lineWriter };

function lineWriter(source: string, { name, unit }: SensorInfo): LineWriter {
  const prefix = `${csvField(source)},${csvField(name)},${csvField(unit)},`;
  const time = new TimeText();
  return (timeUs, value) => `${prefix}${time.of(timeUs)},${csvValue(value)}\n`;
}

function csvValue(value: Value): string {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  return typeof value === 'string' ? quoted(value) : `0x${toHex(value)}`;
}

/** A field, quoted where RFC 4180 §2 wants it. */
function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? quoted(text) : text;
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
