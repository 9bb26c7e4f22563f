/** What prints one field of a frame. */
import type { AnalysedFrame } from './analysed-frame.ts';

/**
 * Writes a field into `out`, from `at` on; nothing where the frame has none.
 * @returns where the field ends
 */
export type FieldWriter = (out: Uint8Array, at: number, frame: AnalysedFrame) => number;

/** A field is at most so long: 500 layers with an IPv6 address each. */
export const MOST_FIELD_BYTES: number = 32 * 1_024;

/** Between several values of a field. */
export const COMMA = 0x2c;
