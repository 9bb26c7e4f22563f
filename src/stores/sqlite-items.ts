/**
 * The items of a segment: `{"microseconds from the start": raw, …}` in order of time.
 *
 * JSON, so that SQLite's own json_each gives each reading; keys may repeat, since two readings can have one
 * time, and so it is not read with a plain JSON.parse. Numbers are the shortest that read back equal (float32
 * to a float32); −0 is -0.0, NaN null, the infinities 9e999 and -9e999; bytes are hexadecimal digits.
 */
import type { RawValue } from '../readings/batch.ts';
import type { ReadingType } from '../readings/sensor-info.ts';
import { jsonNumber } from './format/jsonl.ts';
import { fromHex, shortestFloat32, toHex } from './format/value.ts';

/** Raw values while they are grouped: columns that can be indexed. */
export type RawColumn = ArrayLike<RawValue>;

/** Readings of one sensor in order of time. */
export interface TimedColumn {
  readonly times: ArrayLike<number>;
  readonly values: RawColumn;
}

/** The JSON of readings `from` (included) to `to` (excluded). */
export function encodeItems(type: ReadingType, column: TimedColumn, from: number, to: number): string {
  const { times, values } = column;
  const startUs = times[from] ?? 0;
  const write = rawWriter(type);
  let json = '';
  for (let at = from; at < to; at++) json += `,"${times[at]! - startUs}":${write(values[at]!)}`;
  return `{${json.slice(1)}}`;
}

function rawWriter(type: ReadingType): (raw: RawValue) => string {
  if (type === 'text') return raw => JSON.stringify(raw);
  if (type === 'bytes') return raw => `"${toHex(raw as Uint8Array)}"`;
  if (type === 'float32') return raw => jsonNumber(shortestFloat32(raw as number));
  return raw => jsonNumber(raw as number);
}

/** Readings as they come out of a segment, in the order they are in it. */
export interface DecodedItems {
  readonly times: number[];
  readonly values: RawValue[];
}

/** Reads what {@link encodeItems} wrote. */
export function decodeItems(type: ReadingType, startUs: number, items: string): DecodedItems {
  if (type === 'text' || type === 'bytes') return decodeStrings(type, startUs, items);
  // Only keys have quotes, so without them keys and values are one flat list, which JSON.parse reads fast.
  const list = JSON.parse(`[${items.slice(1, -1).replaceAll('":', ',').replaceAll('"', '')}]`) as (
    | number
    | null
  )[];
  const times = new Array<number>(list.length >> 1);
  const values = new Array<number>(list.length >> 1);
  const isFloat32 = type === 'float32';
  for (let at = 0; at < times.length; at++) {
    const value = list[2 * at + 1] ?? Number.NaN;
    times[at] = startUs + (list[2 * at] ?? 0);
    values[at] = isFloat32 ? Math.fround(value) : value;
  }
  return { times, values };
}

const STRING_ITEM = /"(\d+)":("[^"\\]*(?:\\.[^"\\]*)*")/g;

function decodeStrings(type: 'text' | 'bytes', startUs: number, items: string): DecodedItems {
  const decoded: DecodedItems = { times: [], values: [] };
  for (const [, key = '0', json = '""'] of items.matchAll(STRING_ITEM)) {
    const text = JSON.parse(json) as string;
    decoded.times.push(startUs + Number(key));
    decoded.values.push(type === 'text' ? text : fromHex(text));
  }
  return decoded;
}

/** A raw value as a row of its own holds it, so that plain SQL shows the same as from a segment. */
export function toCell(type: ReadingType, raw: RawValue): number | string {
  if (typeof raw === 'number') return type === 'float32' ? shortestFloat32(raw) : raw;
  return typeof raw === 'string' ? raw : toHex(raw);
}

/** Reads what {@link toCell} wrote; SQLite keeps NaN as null. */
export function fromCell(type: ReadingType, cell: number | string | null): RawValue {
  if (typeof cell === 'string') return type === 'bytes' ? fromHex(cell) : cell;
  const value = cell ?? Number.NaN;
  return type === 'float32' ? Math.fround(value) : value;
}

/** Count, least, greatest and sum of the numbers among raw values; NaN and what is not a number left out. */
export interface Summary {
  readonly numbers: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly sum: number | null;
}

/** Summarizes raw values `from` (included) to `to` (excluded). */
export function summarize(values: RawColumn, from: number, to: number): Summary {
  let numbers = 0;
  let min = Infinity;
  let max = -Infinity;
  let sum = 0;
  for (let at = from; at < to; at++) {
    const raw = values[at];
    if (typeof raw !== 'number' || Number.isNaN(raw)) continue;
    numbers += 1;
    if (raw < min) min = raw;
    if (raw > max) max = raw;
    sum += raw;
  }
  return numbers === 0 ? { numbers, min: null, max: null, sum: null } : { numbers, min, max, sum };
}

/** The same readings in order of time; what has one time keeps its order. */
export function inOrderOfTime(column: TimedColumn): TimedColumn {
  const { times, values } = column;
  let at = 1;
  while (at < times.length && times[at - 1]! <= times[at]!) at++;
  if (at >= times.length) return column;
  const order = Array.from(times, (_, index) => index).sort((a, b) => times[a]! - times[b]!);
  return { times: order.map(index => times[index]!), values: order.map(index => values[index]!) };
}
