/**
 * Packet and sequence numbers on the wire: their lowest 1 to 4 bytes (docs/RELIABLE-UDP.md section 2).
 */

/** No number reaches this; the connection then closes with code 5. Far below 2^53, so that sums stay exact. */
export const NUMBERS_END: number = 2 ** 48;

/**
 * Bytes of a number that its reader can expand again, 1 to 4: enough for twice the distance, as RFC 9000 §A.2.
 *
 * @param distance how far the number lies above the smallest one that is not known to have arrived, from 0 to 2^31 − 1.
 */
export function truncatedLength(distance: number): number {
  if (distance < 0x80) return 1;
  if (distance < 0x8000) return 2;
  return distance < 0x80_0000 ? 3 : 4;
}

/**
 * The number from 0 to 2^48 − 1 nearest to the expected one whose lowest bytes are these (RFC 9000 §A.3).
 *
 * @param truncated those bytes as a number.
 * @param bytes how many there are, 1 to 4.
 * @param expected the number most likely to come next, from 0 to 2^48. Of two equally near ones the higher is taken.
 */
export function expand(truncated: number, bytes: number, expected: number): number {
  const window = 2 ** (8 * bytes);
  const half = window / 2;
  // The bit operators work modulo 2^32, which is exact for any whole number of a double.
  const distance = truncated - (bytes === 4 ? expected >>> 0 : expected & (window - 1));
  const near = expected + distance;
  if (distance > half && near >= window) return near - window;
  if (distance <= -half && near < NUMBERS_END - window) return near + window;
  return near;
}
