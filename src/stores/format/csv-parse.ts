/**
 * Reads lines of the `csv` format (csv.ts), and those that a spreadsheet makes of them.
 */
import type { Value } from '../../readings/batch.ts';
import { type ParsedLine, typeOf } from './parsed-line.ts';
import { parseTime } from './time.ts';
import { fromHex } from './value.ts';

interface Field {
  readonly text: string;
  readonly isQuoted: boolean;
}

/** The reading of a line without its line feed, or undefined where it is none, such as the header. */
export function parseCsvLine(line: string): ParsedLine | undefined {
  const fields = splitFields(line.endsWith('\r') ? line.slice(0, -1) : line);
  if (fields.length !== 5) return undefined;
  const [source, sensor, unit, time, value] = fields as [Field, Field, Field, Field, Field];
  const timeUs = parseTime(time.text);
  const parsed = parseValue(value);
  if (timeUs === undefined || parsed === undefined || sensor.text === '') return undefined;
  const type = typeOf(parsed);
  return { source: source.text, sensor: sensor.text, unit: unit.text, timeUs, value: parsed, type };
}

function splitFields(line: string): Field[] {
  if (!line.includes('"')) return line.split(',').map(text => ({ text, isQuoted: false }));
  const fields: Field[] = [];
  for (let at = 0; at <= line.length; ) {
    const isQuoted = line[at] === '"';
    const end = isQuoted ? quoteEnd(line, at) : fieldEnd(line, at);
    const text = isQuoted ? line.slice(at + 1, end - 1).replaceAll('""', '"') : line.slice(at, end);
    fields.push({ text, isQuoted });
    at = end + 1;
  }
  return fields;
}

function fieldEnd(line: string, from: number): number {
  const comma = line.indexOf(',', from);
  return comma === -1 ? line.length : comma;
}

/** One past the closing quote. */
function quoteEnd(line: string, from: number): number {
  for (let at = from + 1; ; at += 2) {
    at = line.indexOf('"', at);
    if (at === -1) return line.length;
    if (line[at + 1] !== '"') return at + 1;
  }
}

function parseValue({ text, isQuoted }: Field): Value | undefined {
  if (isQuoted) return text;
  if (text === 'true' || text === 'false') return text === 'true';
  if (/^0x([0-9a-f]{2})*$/.test(text)) return fromHex(text.slice(2));
  const number = Number(text);
  return text === '' || (Number.isNaN(number) && text !== 'NaN') ? undefined : number;
}
