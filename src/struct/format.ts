/**
 * Format string → plan.
 *
 * Grammar: one optional prefix (`@ = < > !`) as the very first character, then items: an optional decimal
 * count directly before a code. C whitespace may stand between items, not between a count and its code.
 *
 * A plan holds runs, not single values, so `1000000000i` costs no more than `i` to parse or to keep.
 */
import { UsageError } from '../errors/errors.ts';
import { type Code, type Kind, nativeCodes, standardCodes } from './codes.ts';

/** A parsed format. `kinds`, `letters`, `counts` and `lows` are parallel: one entry for each run of equal codes. */
export interface Plan {
  readonly sizeBytes: number;
  /** How many values `pack` takes and `unpack` gives. */
  readonly valueCount: number;
  /** True where bytes may be left over, which `pack` makes zero: padding, `s` and `p`. */
  readonly needsZeroes: boolean;
  /** From the lowest byte of a number to its next higher one: 1 in little-endian formats, -1 in big-endian. */
  readonly step: 1 | -1;
  readonly kinds: readonly Kind[];
  readonly letters: readonly string[];
  /** Values in the run; for `s` and `p`, which are one value each, its width in bytes. */
  readonly counts: readonly number[];
  /** Bytes from the start of the struct to the lowest byte of the run's first value. */
  readonly lows: readonly number[];
}

/** The largest size or count. Python stops at 2^63 - 1; this is where JavaScript's numbers stop being exact. */
const MAX_SIZE_BYTES: number = Number.MAX_SAFE_INTEGER;

const prefixes = '@=<>!';
const whitespace = ' \t\n\v\f\r';

/**
 * Reads a format.
 *
 * Throws `SW_STRUCT_FORMAT` where Python's `struct.error` speaks of the format.
 */
export function parseFormat(format: string): Plan {
  if (typeof format !== 'string') {
    throw new UsageError(
      'SW_STRUCT_FORMAT',
      `a struct format must be a string, such as '<Ihf' (got ${typeof format})`,
    );
  }
  const prefix = format !== '' && prefixes.includes(format[0]!) ? format[0]! : '';
  const builder = new PlanBuilder(format, prefix);
  let count = -1;
  for (let at = prefix.length; at < format.length; at++) {
    const letter = format[at]!;
    if (letter >= '0' && letter <= '9') {
      count = builder.checked(Math.max(count, 0) * 10 + Number(letter));
    } else if (count >= 0 || !whitespace.includes(letter)) {
      builder.add(letter, at, count);
      count = -1;
    }
  }
  if (count >= 0) {
    throw new UsageError(
      'SW_STRUCT_FORMAT',
      `repeat count given without format specifier: ${quoted(format)} ends in a number; put a code after it, such as '3h'`,
    );
  }
  return builder.plan();
}

class PlanBuilder {
  readonly #format: string;
  readonly #isNative: boolean;
  readonly #step: 1 | -1;
  readonly #kinds: Kind[] = [];
  readonly #letters: string[] = [];
  readonly #counts: number[] = [];
  readonly #lows: number[] = [];
  #sizeBytes = 0;
  #valueCount = 0;
  #needsZeroes = false;
  /** Where the last run of repeatable codes ends, so that `ii` becomes one run. */
  #lastEnd = -1;

  constructor(format: string, prefix: string) {
    this.#format = format;
    this.#isNative = prefix === '' || prefix === '@';
    this.#step = prefix === '>' || prefix === '!' ? -1 : 1;
  }

  /** One item; `count` is -1 where the format has none. */
  add(letter: string, at: number, count: number): void {
    const code = (this.#isNative ? nativeCodes : standardCodes).get(letter);
    if (code === undefined) throw this.#badCharacter(letter, at);
    const repeat = count < 0 ? 1 : count;
    this.#align(code);
    const offset = this.#sizeBytes;
    this.#sizeBytes = this.checked(offset + repeat * code.sizeBytes);
    if (code.kind === 'pad') {
      this.#needsZeroes ||= repeat > 0;
    } else if (code.kind === 'bytes' || code.kind === 'pascal') {
      this.#needsZeroes ||= repeat > 0;
      this.#push(code, offset, repeat, 1);
    } else if (repeat > 0) {
      const last = this.#letters.length - 1;
      if (this.#letters[last] === letter && this.#lastEnd === offset) {
        this.#counts[last]! += repeat;
        this.#valueCount += repeat;
      } else {
        this.#push(code, this.#step > 0 ? offset : offset + code.sizeBytes - 1, repeat, repeat);
      }
      this.#lastEnd = this.#sizeBytes;
    }
  }

  plan(): Plan {
    return {
      sizeBytes: this.#sizeBytes,
      valueCount: this.#valueCount,
      needsZeroes: this.#needsZeroes,
      step: this.#step,
      kinds: this.#kinds,
      letters: this.#letters,
      counts: this.#counts,
      lows: this.#lows,
    };
  }

  /** The number, if it is not too large to count with. */
  checked(size: number): number {
    if (size > MAX_SIZE_BYTES) {
      throw new UsageError(
        'SW_STRUCT_FORMAT',
        `total struct size too long: ${quoted(this.#format)} needs more than ${MAX_SIZE_BYTES} bytes; use smaller counts`,
      );
    }
    return size;
  }

  /** Also for a count of 0: `0q` at the end pads a struct as C does. */
  #align(code: Code): void {
    const over = this.#isNative ? this.#sizeBytes % code.sizeBytes : 0;
    if (over === 0) return;
    this.#sizeBytes = this.checked(this.#sizeBytes + code.sizeBytes - over);
    this.#needsZeroes = true;
  }

  #push(code: Code, low: number, count: number, values: number): void {
    this.#kinds.push(code.kind);
    this.#letters.push(code.letter);
    this.#counts.push(count);
    this.#lows.push(low);
    this.#valueCount += values;
  }

  #badCharacter(letter: string, at: number): UsageError {
    return new UsageError(
      'SW_STRUCT_FORMAT',
      `bad char in struct format: ${quoted(letter)} at position ${at} of ${quoted(this.#format)}; ${this.#advice(letter)}`,
    );
  }

  #advice(letter: string): string {
    if (whitespace.includes(letter)) return 'write a count directly before its code, with no space between';
    if (prefixes.includes(letter)) return 'a byte order character may only be the very first character';
    if (nativeCodes.has(letter))
      return `'${letter}' exists only in native formats ('@' or no prefix); use 'q' or 'Q'`;
    return `the codes are x c b B ? h H i I l L q Q e f d s p${this.#isNative ? ' n N P' : ''}`;
  }
}

const quoted = (text: string): string => JSON.stringify(text).replace(/^"|"$/g, "'");
