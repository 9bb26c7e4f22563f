/**
 * Numbers of either byte order, taken from bytes by arithmetic: a DataView of every piece would cost more.
 */

/** 16 bits, unsigned. */
export function u16(bytes: Uint8Array, at: number, isLittle: boolean): number {
  const first = bytes[at] as number;
  const second = bytes[at + 1] as number;
  return isLittle ? first | (second << 8) : (first << 8) | second;
}

/** 32 bits, unsigned. */
export function u32(bytes: Uint8Array, at: number, isLittle: boolean): number {
  return isLittle
    ? ((bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24)) >>>
        0
    : (((bytes[at] as number) << 24) |
        ((bytes[at + 1] as number) << 16) |
        ((bytes[at + 2] as number) << 8) |
        (bytes[at + 3] as number)) >>>
        0;
}

/** 64 bits, unsigned; the nearest double above 2^53. */
export function u64(bytes: Uint8Array, at: number, isLittle: boolean): number {
  const first = u32(bytes, at, isLittle);
  const second = u32(bytes, at + 4, isLittle);
  return isLittle ? second * 2 ** 32 + first : first * 2 ** 32 + second;
}

/** 64 bits, signed; the nearest double beyond ±2^53. */
export function s64(bytes: Uint8Array, at: number, isLittle: boolean): number {
  const high = u32(bytes, isLittle ? at + 4 : at, isLittle) | 0;
  return high * 2 ** 32 + u32(bytes, isLittle ? at : at + 4, isLittle);
}
