/**
 * The values that codes stand for, as TypeScript sees them without knowing the format.
 */

/** What `unpack` gives for some code. */
export type Value = number | bigint | boolean | Uint8Array;

/** What `pack` takes for an integer code: whole numbers (64-bit codes: only safe ones), or a bigint. */
export type IntegerInput = number | bigint;
