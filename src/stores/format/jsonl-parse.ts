/**
 * Reads lines of the `jsonl` format (jsonl.ts).
 */
import type { Value } from '../../readings/batch.ts';
import { type ParsedLine, typeOf } from './parsed-line.ts';
import { parseTime } from './time.ts';
import { fromHex } from './value.ts';

/** The reading of a line without its line feed, or undefined where it is none. */
export function parseJsonLine(line: string): ParsedLine | undefined {
  const object = parseObject(line);
  const { source, sensor, unit, time, value } = object ?? {};
  if (typeof source !== 'string' || typeof sensor !== 'string' || typeof unit !== 'string') return undefined;
  const timeUs = typeof time === 'string' ? parseTime(time) : undefined;
  const parsed = parseValue(value);
  if (timeUs === undefined || parsed === undefined) return undefined;
  return { source, sensor, unit, timeUs, value: parsed, type: typeOf(parsed) };
}

function parseObject(line: string): Partial<Record<keyof ParsedLine | 'time', unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(line);
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function parseValue(value: unknown): Value | undefined {
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string') return value;
  if (value === null) return Number.NaN;
  const isHex =
    typeof value === 'object' && value !== null && 'hex' in value && typeof value.hex === 'string';
  return isHex ? fromHex((value as { hex: string }).hex) : undefined;
}
