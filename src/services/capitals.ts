/**
 * Text in capitals. Pure.
 */
import { isUtf8 } from 'node:buffer';

const [LOWER_A, LOWER_Z, TO_UPPER] = [0x61, 0x7a, -0x20] as const;

/**
 * The capitals of a text in UTF-8: `straße é` becomes `STRASSE É`, as Python's `str.upper` has it; it may grow. What is not
 * UTF-8 has its ASCII letters changed and every other byte left as it is, as Python's `bytes.upper` does.
 */
export function capitals(bytes: Buffer): Buffer {
  if (isUtf8(bytes)) return Buffer.from(bytes.toString('utf8').toUpperCase());
  return Buffer.from(bytes.map(byte => (byte >= LOWER_A && byte <= LOWER_Z ? byte + TO_UPPER : byte)));
}
