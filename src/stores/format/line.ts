/**
 * The `line` format: InfluxDB line protocol, nanoseconds since 1970.
 *
 *     tmp36,source=pi,unit=°C value=21.5 1763671438123456000
 *
 * Whole numbers without a scale have the suffix `i`; text is quoted, bytes are quoted hexadecimal digits.
 * NaN and infinities have no place in the format: their lines are left out.
 */
import type { Value } from '../../readings/batch.ts';
import type { SensorInfo } from '../../readings/sensor-info.ts';
import type { LineWriter, ReadingFormat } from './format.ts';
import { toHex } from './value.ts';

export const LINE_FORMAT: ReadingFormat = { header: '', lineWriter };

function lineWriter(source: string, sensor: SensorInfo): LineWriter {
  const tags = [tag('source', source), tag('unit', sensor.unit)].join('');
  const prefix = `${measurement(sensor.name)}${tags} value=`;
  const isInteger =
    (sensor.type === 'int' || sensor.type === 'uint') && sensor.scale === 1 && sensor.offset === 0;
  return (timeUs, value) => {
    const field = fieldValue(value, isInteger);
    return field === '' ? '' : `${prefix}${field} ${nanoseconds(timeUs)}\n`;
  };
}

function nanoseconds(timeUs: number): string {
  return timeUs === 0 ? '0' : `${timeUs}000`;
}

function fieldValue(value: Value, isInteger: boolean): string {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return '';
    return isInteger ? `${value}i` : String(value);
  }
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  return typeof value === 'string' ? quoted(value) : quoted(toHex(value));
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** A line that begins with # is a comment to the parser, unless it is escaped. */
function measurement(name: string): string {
  return guardEnd(name.replace(/[, ]/g, '\\$&').replace(/^#/, '\\#'));
}

/** A tag has no value that is empty: it is left out instead. */
function tag(key: string, value: string): string {
  return value === '' ? '' : `,${key}=${guardEnd(value.replace(/[,= ]/g, '\\$&'))}`;
}

/** A backslash at the end would escape the separator behind it; two of them do not. */
function guardEnd(text: string): string {
  return text.endsWith('\\') ? `${text}\\` : text;
}
