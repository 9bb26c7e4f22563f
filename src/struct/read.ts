/**
 * Bytes → values, by a plan.
 *
 * One long `switch` on purpose: it reads as a table, and a function of its own for each code would cost a call
 * for each value. Lengths have been checked by the caller.
 */
import type { Plan } from './format.ts';
import { decodeHalf } from './half.ts';
import * as scratch from './scratch.ts';
import type { Value } from './values.ts';

// Constants of this module: V8 builds them into the code, where it loads an import anew at each use.
const { float32, float64, HIGH, int64, LOW, uint64, words } = scratch;

/** The values of the struct that begins at `start`; `s`, `p` and `c` are copies. */
export function readValues(plan: Plan, bytes: Uint8Array, start: number): Value[] {
  const { kinds, counts, lows, step } = plan;
  const values = emptyValues(plan.valueCount);
  let next = 0;
  for (let run = 0; run < kinds.length; run++) {
    const end = next + counts[run]!;
    let at = start + lows[run]!;
    switch (kinds[run]!) {
      case 'int8':
        for (; next < end; at += 1) values[next++] = (bytes[at]! << 24) >> 24;
        break;
      case 'uint8':
        for (; next < end; at += 1) values[next++] = bytes[at]!;
        break;
      case 'int16':
        for (; next < end; at += 2) values[next++] = (read16(bytes, at, step) << 16) >> 16;
        break;
      case 'uint16':
        for (; next < end; at += 2) values[next++] = read16(bytes, at, step);
        break;
      case 'int32':
        for (; next < end; at += 4) values[next++] = read32(bytes, at, step);
        break;
      case 'uint32':
        for (; next < end; at += 4) values[next++] = read32(bytes, at, step) >>> 0;
        break;
      case 'int64':
        for (; next < end; at += 8) {
          words[LOW] = read32(bytes, at, step);
          words[HIGH] = read32(bytes, at + 4 * step, step);
          values[next++] = int64[0]!;
        }
        break;
      case 'uint64':
      case 'pointer':
        for (; next < end; at += 8) {
          words[LOW] = read32(bytes, at, step);
          words[HIGH] = read32(bytes, at + 4 * step, step);
          values[next++] = uint64[0]!;
        }
        break;
      case 'float16':
        for (; next < end; at += 2) values[next++] = decodeHalf(read16(bytes, at, step));
        break;
      case 'float32':
      case 'nativeFloat32':
        for (; next < end; at += 4) {
          words[0] = read32(bytes, at, step);
          values[next++] = float32[0]!;
        }
        break;
      case 'float64':
        for (; next < end; at += 8) {
          words[LOW] = read32(bytes, at, step);
          words[HIGH] = read32(bytes, at + 4 * step, step);
          values[next++] = float64[0]!;
        }
        break;
      case 'boolean':
        for (; next < end; at += 1) values[next++] = bytes[at] !== 0;
        break;
      case 'char':
        for (; next < end; at += 1) values[next++] = Uint8Array.of(bytes[at]!);
        break;
      case 'bytes':
        values[next++] = copyOf(bytes, at, counts[run]!);
        break;
      case 'pascal':
        values[next++] = readPascal(bytes, at, counts[run]!);
        break;
    }
  }
  return values;
}

const read16 = (bytes: Uint8Array, low: number, step: number): number =>
  bytes[low]! | (bytes[low + step]! << 8);

const read32 = (bytes: Uint8Array, low: number, step: number): number =>
  bytes[low]! | (bytes[low + step]! << 8) | (bytes[low + 2 * step]! << 16) | (bytes[low + 3 * step]! << 24);

/** A length byte, then at most `width - 1` bytes. A `0p` has no room even for the length, and is empty. */
export function readPascal(bytes: Uint8Array, at: number, width: number): Uint8Array {
  return width === 0 ? new Uint8Array(0) : copyOf(bytes, at + 1, Math.min(bytes[at]!, width - 1));
}

/** Not `bytes.slice`: on a Node.js `Buffer` that is a view. */
export function copyOf(bytes: Uint8Array, from: number, length: number): Uint8Array {
  const copy = new Uint8Array(length);
  if (length <= SMALL_COPY_BYTES) {
    for (let i = 0; i < length; i++) copy[i] = bytes[from + i]!;
  } else {
    copy.set(bytes.subarray(from, from + length));
  }
  return copy;
}

/** Up to here a loop beats `set`, whose `subarray` costs about 100 ns. */
const SMALL_COPY_BYTES = 64;

/**
 * An array of `count` places to be overwritten.
 *
 * Filled with `undefined` and not empty: V8 then makes it an array of anything from the start, where
 * `new Array(n)` begins as one of small integers and is converted, at several times the cost of reading a
 * small struct, when the first float or bigint arrives.
 */
function emptyValues(count: number): Value[] {
  const values: (Value | undefined)[] =
    count > 4 ? [undefined, undefined, undefined, undefined, undefined] : fewValues(count);
  while (values.length < count) values.push(undefined);
  return values as Value[];
}

function fewValues(count: number): undefined[] {
  switch (count) {
    case 0:
      return [];
    case 1:
      return [undefined];
    case 2:
      return [undefined, undefined];
    case 3:
      return [undefined, undefined, undefined];
    default:
      return [undefined, undefined, undefined, undefined];
  }
}
