/**
 * What a line of a store says. The lines hold values, so the type is the one that a value shows:
 * every number is a float64 without scale.
 */
import type { Value } from '../../readings/batch.ts';
import type { ReadingType } from '../../readings/sensor-info.ts';

export interface ParsedLine {
  readonly source: string;
  readonly sensor: string;
  readonly unit: string;
  readonly timeUs: number;
  readonly value: Value;
  readonly type: ReadingType;
}

/** The type that a value shows. */
export function typeOf(value: Value): ReadingType {
  if (typeof value === 'number') return 'float64';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'string' ? 'text' : 'bytes';
}
