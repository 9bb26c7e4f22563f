/**
 * The `text` format: the value, one a line, and nothing else.
 *
 * Numbers as short as they can be (format/value.ts), bool as 1 and 0, text as it is with line breaks written
 * `\n` and `\r`, bytes as hexadecimal digits. NaN and infinities are `NaN`, `Infinity` and `-Infinity`.
 */
import type { Value } from '../../readings/batch.ts';
import type { ReadingFormat } from './format.ts';
import { toHex } from './value.ts';

export const TEXT_FORMAT: ReadingFormat = {
  header: '',
  lineWriter: () => (_timeUs, value) => `${valueText(value)}\n`,
};

function valueText(value: Value): string {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (typeof value === 'string') return value.replaceAll('\n', '\\n').replaceAll('\r', '\\r');
  return toHex(value);
}
