/**
 * Values → bytes, by a plan. The mirror of `read.ts`, with the checks of `arguments.ts`.
 *
 * Each number is tested for the common case in place; whatever fails that goes to a check that converts it
 * (bigint, boolean) or throws.
 */
import { bytesOf, characterOf, floatOf, integerOf, tooLarge, wideIntegerOf } from './arguments.ts';
import type { Plan } from './format.ts';
import { encodeHalf } from './half.ts';
import * as scratch from './scratch.ts';

// Constants of this module: V8 builds them into the code, where it loads an import anew at each use.
const { float32, float64, HIGH, int64, LOW, words } = scratch;

/** Writes the struct at `start`. Padding, and what `s` and `p` leave over, must be zero already. */
export function writeValues(plan: Plan, bytes: Uint8Array, start: number, values: readonly unknown[]): void {
  const { kinds, letters, counts, lows, step } = plan;
  let next = 0;
  for (let run = 0; run < kinds.length; run++) {
    const letter = letters[run]!;
    const end = next + counts[run]!;
    let at = start + lows[run]!;
    switch (kinds[run]!) {
      case 'int8':
        for (; next < end; at += 1) {
          const value = values[next++];
          bytes[at] =
            typeof value === 'number' && value === (value << 24) >> 24
              ? value
              : integerOf(value, letter, next, -0x80, 0x7f);
        }
        break;
      case 'uint8':
        for (; next < end; at += 1) {
          const value = values[next++];
          bytes[at] =
            typeof value === 'number' && value === (value & 0xff)
              ? value
              : integerOf(value, letter, next, 0, 0xff);
        }
        break;
      case 'int16':
        for (; next < end; at += 2) {
          const value = values[next++];
          const isPlain = typeof value === 'number' && value === (value << 16) >> 16;
          write16(bytes, at, step, isPlain ? value : integerOf(value, letter, next, -0x8000, 0x7fff));
        }
        break;
      case 'uint16':
        for (; next < end; at += 2) {
          const value = values[next++];
          const isPlain = typeof value === 'number' && value === (value & 0xffff);
          write16(bytes, at, step, isPlain ? value : integerOf(value, letter, next, 0, 0xffff));
        }
        break;
      case 'int32':
        for (; next < end; at += 4) {
          const value = values[next++];
          const isPlain = typeof value === 'number' && value === (value | 0);
          write32(
            bytes,
            at,
            step,
            isPlain ? value : integerOf(value, letter, next, -0x8000_0000, 0x7fff_ffff),
          );
        }
        break;
      case 'uint32':
        for (; next < end; at += 4) {
          const value = values[next++];
          const isPlain = typeof value === 'number' && value === value >>> 0;
          write32(bytes, at, step, isPlain ? value : integerOf(value, letter, next, 0, 0xffff_ffff));
        }
        break;
      case 'int64':
      case 'uint64':
      case 'pointer':
        for (; next < end; at += 8) {
          const value = values[next++];
          int64[0] = wideIntegerOf(value, kinds[run]!, letter, next);
          const high = words[HIGH]!;
          write32(bytes, at, step, words[LOW]!);
          write32(bytes, at + 4 * step, step, high);
        }
        break;
      case 'float16':
        for (; next < end; at += 2) {
          const value = values[next++];
          const bits = encodeHalf(typeof value === 'number' ? value : floatOf(value, letter, next));
          if (bits < 0) throw tooLarge(value, letter, next);
          write16(bytes, at, step, bits);
        }
        break;
      case 'float32':
        for (; next < end; at += 4) {
          const value = values[next++];
          const number = typeof value === 'number' ? value : floatOf(value, letter, next);
          float32[0] = number;
          if ((words[0]! & 0x7fff_ffff) === FLOAT32_INFINITY && Math.abs(number) !== Infinity) {
            throw tooLarge(value, letter, next);
          }
          write32(bytes, at, step, words[0]!);
        }
        break;
      case 'nativeFloat32':
        for (; next < end; at += 4) {
          const value = values[next++];
          float32[0] = typeof value === 'number' ? value : floatOf(value, letter, next);
          write32(bytes, at, step, words[0]!);
        }
        break;
      case 'float64':
        for (; next < end; at += 8) {
          const value = values[next++];
          float64[0] = typeof value === 'number' ? value : floatOf(value, letter, next);
          write32(bytes, at, step, words[LOW]!);
          write32(bytes, at + 4 * step, step, words[HIGH]!);
        }
        break;
      case 'boolean':
        for (; next < end; at += 1) bytes[at] = values[next++] ? 1 : 0;
        break;
      case 'char':
        for (; next < end; at += 1) bytes[at] = characterOf(values[next++], next);
        break;
      case 'bytes':
        copyInto(bytes, at, bytesOf(values[next++], letter, next), counts[run]!);
        break;
      case 'pascal':
        writePascal(bytes, at, bytesOf(values[next++], letter, next), counts[run]!);
        break;
    }
  }
}

/** The bits of a 32-bit infinity, without its sign. */
export const FLOAT32_INFINITY: number = 0x7f80_0000;

function write16(bytes: Uint8Array, low: number, step: number, value: number): void {
  bytes[low] = value;
  bytes[low + step] = value >> 8;
}

function write32(bytes: Uint8Array, low: number, step: number, value: number): void {
  bytes[low] = value;
  bytes[low + step] = value >> 8;
  bytes[low + 2 * step] = value >> 16;
  bytes[low + 3 * step] = value >> 24;
}

/** A length byte (255 at most, even where more bytes follow), then what fits. */
export function writePascal(bytes: Uint8Array, at: number, value: Uint8Array, width: number): void {
  if (width === 0) return;
  bytes[at] = Math.min(value.length, width - 1, 255);
  copyInto(bytes, at + 1, value, width - 1);
}

export function copyInto(bytes: Uint8Array, at: number, value: Uint8Array, width: number): void {
  if (value.length > width) {
    bytes.set(value.subarray(0, width), at);
  } else if (value.length <= SMALL_COPY_BYTES) {
    for (let i = 0; i < value.length; i++) bytes[at + i] = value[i]!;
  } else {
    bytes.set(value, at);
  }
}

/** Up to here a loop beats the call of `set`. */
const SMALL_COPY_BYTES = 32;
