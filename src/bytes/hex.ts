/**
 * Bytes as hexadecimal digits and back. (`Uint8Array.fromHex` is younger than the oldest Node.js that we run on.)
 */
import { UsageError } from '../errors/errors.ts';

/** Two lower-case digits a byte, with `separator` between bytes. */
export function toHex(bytes: Uint8Array, separator = ''): string {
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join(separator);
}

/**
 * Bytes from digits; white space, colons and an `0x` in front are skipped.
 * @throws UsageError SW_USAGE
 */
export function fromHex(text: string): Uint8Array {
  const digits = text.replace(/^\s*0x/i, '').replace(/[\s:]/g, '');
  if (digits.length % 2 !== 0 || /[^0-9a-f]/i.test(digits)) {
    throw new UsageError(
      'SW_USAGE',
      `"${text}" is not hexadecimal: give two digits a byte, such as 01 04 ff`,
    );
  }
  const bytes = new Uint8Array(digits.length / 2);
  for (let index = 0; index < bytes.length; index++) {
    bytes[index] = Number.parseInt(digits.slice(2 * index, 2 * index + 2), 16);
  }
  return bytes;
}
