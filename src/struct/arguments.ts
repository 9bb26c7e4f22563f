/**
 * What `pack` accepts for each code, and what it says of the rest.
 *
 * Messages begin as Python's do, so that they can be searched for, then say which value it was and what to
 * pass instead. Positions count from 1. Everything here throws `SW_STRUCT_VALUE`.
 */
import { UsageError } from '../errors/errors.ts';
import type { Kind } from './codes.ts';

/** Python's words for the small codes; the larger ones go by their letter. */
const names: Readonly<Record<string, string>> = { b: 'byte', B: 'ubyte', h: 'short', H: 'ushort' };

/** A whole number from `min` to `max`: a number, a bigint, or a boolean as 0 or 1, as in Python. */
export function integerOf(
  value: unknown,
  letter: string,
  position: number,
  min: number,
  max: number,
): number {
  const whole = exactInteger(value, letter, position);
  if (whole < min || whole > max) throw outOfRange(value, letter, position, BigInt(min), BigInt(max));
  return Number(whole);
}

/** A whole number of 64 bits; of an unsigned one, the signed number with the same bits. */
export function wideIntegerOf(value: unknown, wide: Kind, letter: string, position: number): bigint {
  const whole = BigInt(exactInteger(value, letter, position));
  const min = wide === 'uint64' ? 0n : MIN_INT64;
  const max = wide === 'int64' ? MAX_INT64 : MAX_UINT64;
  if (whole < min || whole > max) throw outOfRange(value, letter, position, min, max);
  return whole;
}

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;
const MAX_UINT64 = 2n ** 64n - 1n;

/** A float from anything but a number: a bigint or, as in Python, a boolean. */
export function floatOf(value: unknown, letter: string, position: number): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value !== 'bigint') {
    throw wrong(`required argument is not a float`, letter, position, value, 'pass a number');
  }
  const number = Number(value);
  if (Number.isFinite(number)) return number;
  throw wrong(`int too large to convert to float`, letter, position, value, 'pass a number below 1.8e308');
}

/** The byte of a `c`. */
export function characterOf(value: unknown, position: number): number {
  if (value instanceof Uint8Array && value.length === 1) return value[0]!;
  const text = 'char format requires a bytes object of length 1';
  throw wrong(text, 'c', position, value, 'pass a Uint8Array of one byte, such as Uint8Array.of(65)');
}

/** The bytes of an `s` or `p`; text must be encoded by the caller, who knows how. */
export function bytesOf(value: unknown, letter: string, position: number): Uint8Array {
  if (value instanceof Uint8Array) return value;
  const advice =
    typeof value === 'string' ? 'encode it: new TextEncoder().encode(text)' : 'pass a Uint8Array';
  throw wrong(`argument for '${letter}' must be a bytes object`, letter, position, value, advice);
}

/** The error for a finite number that rounds to infinity. */
export function tooLarge(value: unknown, letter: string, position: number): UsageError {
  const limit = letter === 'e' ? "65504, or use 'f' or 'd'" : "3.4028234663852886e+38, or use 'd'";
  return wrong(
    `float too large to pack with ${letter} format`,
    letter,
    position,
    value,
    `pass at most ${limit}`,
  );
}

function exactInteger(value: unknown, letter: string, position: number): number | bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  const isUnsafe = typeof value === 'number' && Number.isInteger(value);
  throw wrong(
    isUnsafe ? 'argument out of range' : 'required argument is not an integer',
    letter,
    position,
    value,
    isUnsafe ? 'numbers from 2^53 on are not exact: pass a bigint' : 'pass a whole number or a bigint',
  );
}

function outOfRange(value: unknown, letter: string, position: number, min: bigint, max: bigint): UsageError {
  const text = `${names[letter] ?? `'${letter}'`} format requires ${min} <= number <= ${max}`;
  return wrong(text, letter, position, value, 'pass a number in that range or choose a wider code');
}

function wrong(text: string, letter: string, position: number, value: unknown, advice: string): UsageError {
  const message = `${text}: value ${position} of the format, for '${letter}', is ${shown(value)}; ${advice}`;
  return new UsageError('SW_STRUCT_VALUE', message);
}

/** Short enough for one line, whatever was passed. */
function shown(value: unknown): string {
  if (value instanceof Uint8Array) return `a Uint8Array of length ${value.length}`;
  if (typeof value === 'string') return `the string ${JSON.stringify(value.slice(0, 40))}`;
  if (typeof value === 'object' && value !== null)
    return `an object (${Object.prototype.toString.call(value)})`;
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`;
  return String(value).slice(0, 80);
}
