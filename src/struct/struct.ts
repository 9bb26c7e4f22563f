/**
 * Python's `struct` module over `Uint8Array`: a compiled format, and the module's functions.
 *
 * Pure: no views of the caller's memory are kept, and nothing but the cache of compiled formats outlives a call.
 */
import { UsageError } from '../errors/errors.ts';
import { type Compiled, compile } from './compile.ts';
import { type Plan, parseFormat } from './format.ts';
import { readValues } from './read.ts';
import type { Packable, Unpacked } from './types.ts';
import type { Value } from './values.ts';
import { writeValues } from './write.ts';

/**
 * A format, parsed once.
 *
 * Throws `SW_STRUCT_FORMAT` where the format is wrong.
 *
 * @example
 * const reading = new Struct('<Ihf');
 * const bytes = reading.pack(7, -40, 21.5); // 10 bytes
 * const [id, offset, celsius] = reading.unpack(bytes); // numbers, known to TypeScript
 */
export class Struct<const Format extends string = string> {
  /** The format as it was given. */
  readonly format: Format;
  /** Bytes of one struct. */
  readonly size: number;
  readonly #plan: Plan;
  #usesLeft = COMPILE_AT_USE;
  /** The plan as JavaScript, from a few uses on where the runtime allows it. */
  #compiled: Compiled | undefined;

  constructor(format: Format) {
    this.#plan = parseFormat(format);
    this.format = format;
    this.size = this.#plan.sizeBytes;
  }

  /**
   * The values as a new array of `size` bytes.
   *
   * Integers may be numbers or bigints (a number for a 64-bit code must be a safe integer); `s`, `p` and `c`
   * take bytes, never text; `?` takes anything, by its truth in JavaScript.
   *
   * Throws `SW_STRUCT_VALUE` for a value that does not fit its code or a wrong number of values, and
   * `SW_STRUCT_BUFFER` where `size` is more than the machine can allocate.
   */
  pack(...values: Packable<Format>): Uint8Array;
  pack(...values: readonly unknown[]): Uint8Array {
    this.#checkCount('pack', values.length);
    const bytes = this.size <= SMALL_SIZE_BYTES ? new Uint8Array(this.size) : allocate(this.size);
    this.#write(bytes, 0, ...values);
    return bytes;
  }

  /**
   * Writes the values into `buffer`, from byte `offset`; a negative offset counts from the end.
   *
   * Padding becomes zero, and no byte outside the struct is touched. When a value is refused, the values
   * before it have been written, as in Python. Throws as `pack` does, and `SW_STRUCT_BUFFER` where the struct
   * does not fit.
   */
  packInto(buffer: Uint8Array, offset: number, ...values: Packable<Format>): void;
  packInto(buffer: Uint8Array, offset: number, ...values: readonly unknown[]): void {
    this.#checkCount('pack_into', values.length);
    const start = this.#startIn(buffer, offset, 'pack_into');
    if (this.#plan.needsZeroes) buffer.fill(0, start, start + this.size);
    this.#write(buffer, start, ...values);
  }

  /**
   * The values of `buffer`, which must be exactly `size` bytes long.
   *
   * The result is new, and its bytes are copies: the buffer may be used again. Codes of 64 bits give bigints.
   * Throws `SW_STRUCT_BUFFER` for any other length.
   */
  unpack(buffer: Uint8Array): Unpacked<Format> {
    if (!(buffer instanceof Uint8Array) || buffer.length !== this.size) throw this.#wrongLength(buffer);
    return this.#read(buffer, 0);
  }

  /**
   * The values of the struct at byte `offset` of a longer buffer; a negative offset counts from the end.
   *
   * Throws `SW_STRUCT_BUFFER` where fewer than `size` bytes are left there.
   */
  unpackFrom(buffer: Uint8Array, offset = 0): Unpacked<Format> {
    return this.#read(buffer, this.#startIn(buffer, offset, 'unpack_from'));
  }

  /**
   * The values of one struct after the other, to the end of the buffer, which is read as the iteration goes.
   *
   * Throws `SW_STRUCT_BUFFER`, when called and not at the first step, where the length is not a multiple of
   * `size`, and `SW_STRUCT_FORMAT` where `size` is 0.
   */
  iterUnpack(buffer: Uint8Array): IterableIterator<Unpacked<Format>> {
    if (this.size === 0) {
      throw new UsageError(
        'SW_STRUCT_FORMAT',
        `cannot iteratively unpack with a struct of length 0: '${this.format}' has no bytes to advance by`,
      );
    }
    checkBuffer(buffer);
    if (buffer.length % this.size !== 0) {
      throw new UsageError(
        'SW_STRUCT_BUFFER',
        `iterative unpacking requires a buffer of a multiple of ${this.size} bytes (got ${buffer.length}); ` +
          `${buffer.length % this.size} bytes are left over: keep them until the rest arrives`,
      );
    }
    return this.#each(buffer);
  }

  *#each(buffer: Uint8Array): Generator<Unpacked<Format>, undefined> {
    for (let start = 0; start < buffer.length; start += this.size) yield this.#read(buffer, start);
  }

  /** The one place where run time's values become compile time's: both are read from the same format. */
  #read(buffer: Uint8Array, start: number): Unpacked<Format> {
    const values = this.#compiled?.read(buffer, start) ?? this.#readSlowly(buffer, start);
    return values as readonly unknown[] as Unpacked<Format>;
  }

  #readSlowly(buffer: Uint8Array, start: number): Value[] {
    this.#countUse();
    return readValues(this.#plan, buffer, start);
  }

  /** Spread all the way: V8 then passes the values on without making an array of them. */
  #write(bytes: Uint8Array, start: number, ...values: readonly unknown[]): void {
    if (this.#compiled !== undefined) this.#compiled.write(bytes, start, ...values);
    else this.#writeSlowly(bytes, start, ...values);
  }

  #writeSlowly(bytes: Uint8Array, start: number, ...values: readonly unknown[]): void {
    this.#countUse();
    writeValues(this.#plan, bytes, start, values);
  }

  #countUse(): void {
    if (this.#usesLeft > 0 && --this.#usesLeft === 0) this.#compiled = compile(this.#plan);
  }

  #checkCount(name: string, count: number): void {
    const expected = this.#plan.valueCount;
    if (count === expected) return;
    throw new UsageError(
      'SW_STRUCT_VALUE',
      `${name} expected ${expected} items for packing (got ${count}); '${this.format}' takes ${expected}, ` +
        "of which each 's' and 'p' is one and an 'x' none",
    );
  }

  #startIn(buffer: Uint8Array, offset: number, name: 'pack_into' | 'unpack_from'): number {
    checkBuffer(buffer);
    const start = offset < 0 ? offset + buffer.length : offset;
    if (Number.isSafeInteger(offset) && start >= 0 && start + this.size <= buffer.length) return start;
    throw this.#misplaced(buffer.length, offset, name);
  }

  #misplaced(length: number, offset: number, name: 'pack_into' | 'unpack_from'): UsageError {
    const task = name === 'pack_into' ? 'packing' : 'unpacking';
    let message = `${name} requires a buffer of at least ${offset + this.size} bytes for ${task} ${this.size} bytes at offset ${offset} (actual buffer size is ${length}); pass a longer buffer or a smaller offset`;
    if (!Number.isSafeInteger(offset)) {
      message = `the offset must be a whole number of bytes (got ${String(offset)})`;
    } else if (offset < 0 && offset + this.size > 0) {
      const lack = name === 'pack_into' ? 'no space to pack' : 'not enough data to unpack';
      message = `${lack} ${this.size} bytes at offset ${offset}; the last place for them is -${this.size}`;
    } else if (offset < 0) {
      message = `offset ${offset} out of range for ${length}-byte buffer; the first byte is -${length}`;
    }
    return new UsageError('SW_STRUCT_BUFFER', message);
  }

  #wrongLength(buffer: Uint8Array): UsageError {
    checkBuffer(buffer);
    return new UsageError(
      'SW_STRUCT_BUFFER',
      `unpack requires a buffer of ${this.size} bytes (got ${buffer.length}); for part of a buffer use unpackFrom`,
    );
  }
}

/** Compiling takes about 0.1 ms, as long as 1000 interpreted calls: a format used once or twice should not pay it. */
const COMPILE_AT_USE = 8;

/** Below this an allocation does not fail for its size. */
const SMALL_SIZE_BYTES = 65_536;

function allocate(sizeBytes: number): Uint8Array {
  try {
    return new Uint8Array(sizeBytes);
  } catch (cause) {
    const message = `cannot allocate ${sizeBytes} bytes for the packed struct; use a format with smaller counts`;
    throw new UsageError('SW_STRUCT_BUFFER', message, { cause });
  }
}

function checkBuffer(buffer: unknown): void {
  if (buffer instanceof Uint8Array) return;
  throw new UsageError(
    'SW_STRUCT_BUFFER',
    `a bytes-like object is required: pass a Uint8Array (got ${Object.prototype.toString.call(buffer)}); ` +
      'for an ArrayBuffer use new Uint8Array(buffer)',
  );
}

/** As in Python's `struct`: enough for the formats of a program, and a bound against formats made at run time. */
const MAX_CACHED_FORMATS = 100;

/** Compiled formats by their text. Only a memo: what it holds follows from the key. */
const cache = new Map<string, Struct>();

function compiled(format: string): Struct {
  const known = cache.get(format);
  if (known !== undefined) return known;
  const struct = new Struct<string>(format);
  if (cache.size >= MAX_CACHED_FORMATS) cache.clear();
  cache.set(format, struct);
  return struct;
}

/**
 * Bytes of one struct of this format.
 *
 * @example
 * calcsize('=iif'); // 12
 */
export function calcsize(format: string): number {
  return compiled(format).size;
}

/**
 * The values as bytes; see `Struct.pack`.
 *
 * @example
 * pack('>H3s', 513, new TextEncoder().encode('abc')); // 02 01 61 62 63
 */
export function pack<const Format extends string>(format: Format, ...values: Packable<Format>): Uint8Array;
export function pack(format: string, ...values: readonly unknown[]): Uint8Array {
  return compiled(format).pack(...values);
}

/** Writes the values into a buffer; see `Struct.packInto`. */
export function packInto<const Format extends string>(
  format: Format,
  buffer: Uint8Array,
  offset: number,
  ...values: Packable<Format>
): void;
export function packInto(
  format: string,
  buffer: Uint8Array,
  offset: number,
  ...values: readonly unknown[]
): void {
  compiled(format).packInto(buffer, offset, ...values);
}

/**
 * The values of a buffer of exactly the format's size; see `Struct.unpack`.
 *
 * @example
 * const [a, b, c] = unpack('=iif', bytes);
 */
export function unpack<const Format extends string>(format: Format, buffer: Uint8Array): Unpacked<Format>;
export function unpack(format: string, buffer: Uint8Array): readonly unknown[] {
  return compiled(format).unpack(buffer);
}

/** The values at an offset of a longer buffer; see `Struct.unpackFrom`. */
export function unpackFrom<const Format extends string>(
  format: Format,
  buffer: Uint8Array,
  offset?: number,
): Unpacked<Format>;
export function unpackFrom(format: string, buffer: Uint8Array, offset = 0): readonly unknown[] {
  return compiled(format).unpackFrom(buffer, offset);
}

/** The values of each struct of a buffer in turn; see `Struct.iterUnpack`. */
export function iterUnpack<const Format extends string>(
  format: Format,
  buffer: Uint8Array,
): IterableIterator<Unpacked<Format>>;
export function iterUnpack(format: string, buffer: Uint8Array): IterableIterator<readonly unknown[]> {
  return compiled(format).iterUnpack(buffer);
}
