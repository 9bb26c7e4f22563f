/**
 * Eight bytes that turn the words of a float or a 64-bit integer into its value, and back.
 *
 * With them, structs are read and written byte by byte, without a `DataView`: making one costs more than
 * reading a whole small struct, and the `.buffer` of a fresh small `Uint8Array`, which it needs, ten times that.
 * What is written here is read again at once, never across a call.
 */

const memory = new ArrayBuffer(8);
const isLittleEndianMachine = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** The scratch as two words, in the order of the machine. */
export const words: Int32Array = new Int32Array(memory);
/** The first word as a 32-bit float. */
export const float32: Float32Array = new Float32Array(memory, 0, 1);
/** Both words as a 64-bit float. */
export const float64: Float64Array = new Float64Array(memory);
/** Both words as a signed integer. */
export const int64: BigInt64Array = new BigInt64Array(memory);
/** Both words as an unsigned integer. */
export const uint64: BigUint64Array = new BigUint64Array(memory);

/** Which of `words` holds the low half of a 64-bit value. */
export const LOW: 0 | 1 = isLittleEndianMachine ? 0 : 1;
/** Which of `words` holds the high half of a 64-bit value. */
export const HIGH: 0 | 1 = isLittleEndianMachine ? 1 : 0;
