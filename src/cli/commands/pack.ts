/**
 * `sensewire pack` and `sensewire unpack`: Python's struct from the command line.
 */
import { fromHex, toHex } from '../../bytes/hex.ts';
import { UsageError } from '../../errors/errors.ts';
import { parseFormat } from '../../struct/format.ts';
import { pack, unpack } from '../../struct/struct.ts';
import type { JsonFlag } from '../definitions/flags.ts';
import { jsonOf, textOf } from '../struct-values.ts';

/** Packs values given as text. */
export function packValues(format: string, texts: readonly string[], flags: JsonFlag): void {
  const codes = codesOf(format);
  const values = texts.map((text, index) => valueFor(text, codes[index] ?? 'i'));
  const bytes = pack(format, ...values);
  if (flags.json)
    process.stdout.write(
      `${JSON.stringify({ event: 'packed', format, size: bytes.length, hex: toHex(bytes) })}\n`,
    );
  else process.stdout.write(`${toHex(bytes, ' ')}\n`);
}

/** Unpacks bytes given as hexadecimal digits. */
export function unpackBytes(format: string, hex: readonly string[], flags: JsonFlag): void {
  const values = unpack(format, fromHex(hex.join('')));
  if (flags.json)
    process.stdout.write(`${JSON.stringify({ event: 'unpacked', format, values: values.map(jsonOf) })}\n`);
  else process.stdout.write(`${values.map(textOf).join(' ')}\n`);
}

/** The code of each value of a format. */
function codesOf(format: string): string[] {
  const { letters, counts } = parseFormat(format);
  return letters.flatMap((letter, index) => {
    // A count before s or p is a width, and padding takes no value.
    if (letter === 'x') return [];
    return letter === 's' || letter === 'p'
      ? [letter]
      : Array.from({ length: counts[index] ?? 1 }, () => letter);
  });
}

function valueFor(text: string, code: string): unknown {
  if (code === 'c' || code === 's' || code === 'p') return new TextEncoder().encode(text);
  if (code === '?') return !['', '0', 'false', 'no', 'off'].includes(text.toLowerCase());
  if (code === 'e' || code === 'f' || code === 'd') return floatOf(text);
  if (!/^[+-]?(\d+|0x[0-9a-f]+|0b[01]+|0o[0-7]+)$/i.test(text)) {
    throw new UsageError('SW_USAGE', `"${text}" is not a whole number, which ${code} needs`);
  }
  const magnitude = BigInt(text.replace(/^[+-]/, ''));
  return text.startsWith('-') ? -magnitude : magnitude;
}

function floatOf(text: string): number {
  const special = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (special !== null)
    return special[2]?.toLowerCase() === 'nan' ? Number.NaN : Number(`${special[1]}Infinity`);
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value))
    throw new UsageError('SW_USAGE', `"${text}" is not a number`);
  return value;
}
