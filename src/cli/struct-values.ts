/**
 * Values of Python's struct formats as text and as JSON.
 */
import { toHex } from '../bytes/hex.ts';

/** Text bytes as quoted text, others as hexadecimal digits. */
export function textOf(value: unknown): string {
  if (!(value instanceof Uint8Array)) return String(value);
  const isText = value.every(byte => byte >= 0x20 && byte < 0x7f);
  return isText ? JSON.stringify(String.fromCharCode(...value)) : `0x${toHex(value)}`;
}

/** JSON has no 64-bit integers, infinities or bytes: those become text. */
export function jsonOf(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  if (typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value)))
    return String(value);
  return value;
}
