/** A telemetry message in a line: its name, and its readings or its fields. */
import { type DetailField, FieldTree } from './frame-detail-fields.ts';
import { walkFrame } from './telemetry-decode-message.ts';
import type { ReadingContext } from './telemetry-decode-readings.ts';

/** Readings of a message that are told; a READINGS may have 4,096. */
const MOST_READINGS_TOLD = 8;
/** Every message has these. */
const COMMON: ReadonlySet<string | null> = new Set([
  'sensewire.length',
  'sensewire.type',
  'sensewire.hello.magic',
]);

/** `READING  temperature = 21.4 °C`. The frame starts at `start`, its message at `bodyStart`. */
export function messageLine(
  bytes: Uint8Array,
  start: number,
  bodyStart: number,
  end: number,
  context: ReadingContext,
): string {
  const tree = new FieldTree();
  const readings = walkFrame(bytes, start, bodyStart, end, tree, context);
  const [message] = tree.fields;
  if (message === undefined) return '';
  const told = readings.length > 0 ? readingsText(message.fields) : fieldsText(message.fields);
  return `${message.label}  ${told}`.trimEnd();
}

function readingsText(fields: readonly DetailField[]): string {
  const values = fields.filter(({ name }) => name === 'sensewire.reading').map(({ value }) => value);
  const more = values.length - MOST_READINGS_TOLD;
  return `${values.slice(0, MOST_READINGS_TOLD).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function fieldsText(fields: readonly DetailField[]): string {
  return fields
    .filter(({ name }) => !COMMON.has(name))
    .map(({ label, value }) => `${label}: ${value}`)
    .join(' · ');
}
