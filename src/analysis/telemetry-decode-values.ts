/**
 * Fields of our own protocols as text: names, labels, meanings and units come from the tables of the Wireshark dissector, so
 * that both say the same.
 */
import type { Field, ValueNames } from '../dissector/fields.ts';
import { RELIABLE_UDP } from '../dissector/rudp-fields.ts';
import { TELEMETRY } from '../dissector/telemetry-fields.ts';
import { type FieldTree, hexNumber, hexText } from './frame-detail-fields.ts';

export type FieldValue = number | string | Uint8Array;

const FIELDS: ReadonlyMap<string, Field> = new Map(
  [TELEMETRY, RELIABLE_UDP].flatMap(({ name: protocol, fields }) =>
    fields.map(field => [`${protocol}.${field.name}`, field] as const),
  ),
);

/** Adds the field `name` (`sensewire.hello.epoch`) with its value as text; of bits of a byte `value` is the whole byte. */
export function addField(tree: FieldTree, name: string, value: FieldValue, start: number, end: number): void {
  const field = FIELDS.get(name);
  if (field === undefined) throw new Error(`${name} is in no table of the dissector`);
  const text =
    field.mask === undefined || typeof value !== 'number' ? textOf(field, value) : bits(field, value);
  tree.add(name, field.label, text, start, end, asNote(field.about));
}

/** A sentence as a note beside a value. */
function asNote(sentence: string): string {
  const isWord = /^[A-Z][a-z ]/.test(sentence);
  const begun = isWord ? sentence.slice(0, 1).toLowerCase() + sentence.slice(1) : sentence;
  return begun.replace(/\.$/, '');
}

/** What a number stands for in a field's table. */
export function nameOfValue(name: string, value: number): string | undefined {
  return find(FIELDS.get(name)?.values, value);
}

function textOf(field: Field, value: FieldValue): string {
  if (value instanceof Uint8Array) return hexText(value);
  if (typeof value === 'string') return field.type === 'bytes' ? value : `"${value}"`;
  if (field.type === 'absolute_time') return timeText(value);
  if (field.type === 'bool') return value === 0 ? 'no' : 'yes';
  const digits = field.type === 'uint24' ? 6 : field.type === 'uint32' ? 8 : 2;
  const number = field.hex === true ? hexNumber(value, digits) : String(value);
  const meaning = find(field.values, value);
  const withUnit = field.unit === undefined ? number : `${number} ${field.unit}`;
  return meaning === undefined ? withUnit : `${withUnit} (${meaning})`;
}

function bits(field: Field, byte: number): string {
  const mask = field.mask as number;
  const shift = 31 - Math.clz32(mask & -mask);
  return textOf(field, (byte & mask) >>> shift);
}

function find(values: ValueNames | undefined, value: number): string | undefined {
  if (values === undefined) return undefined;
  const exact = values[value];
  if (exact !== undefined) return exact;
  for (const [key, text] of Object.entries(values)) {
    const [first, last] = key.split('-').map(Number);
    if (first !== undefined && last !== undefined && value >= first && value <= last) return text;
  }
  return undefined;
}

const US_PER_SECOND = 1_000_000;
/** What a Date can hold, in milliseconds. */
const MOST_DATE_MS = 8.64e15;

/** Microseconds since 1970 as `2027-01-15 08:00:00.000001 UTC`. */
export function timeText(us: number): string {
  const seconds = Math.floor(us / US_PER_SECOND);
  if (!(Math.abs(seconds * 1_000) <= MOST_DATE_MS)) return `${us} µs`;
  const fraction = String(us - seconds * US_PER_SECOND).padStart(6, '0');
  return `${new Date(seconds * 1_000).toISOString().slice(0, 19).replace('T', ' ')}.${fraction} UTC`;
}
