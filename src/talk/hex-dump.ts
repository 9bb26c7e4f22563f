/**
 * Bytes for people who look at bytes: lines of an offset, sixteen bytes in hexadecimal, and the same in ASCII.
 *
 *     > 00000000  48 65 6c 6c 6f 2c 20 77  6f 72 6c 64 0a           |Hello, world.|
 */

const PER_LINE = 16;
const HALF = PER_LINE / 2;
/** Sixteen bytes of two digits, with a space after each and one more between the halves. */
const HEX_WIDTH = PER_LINE * 3 + 1;

/**
 * Dumps bytes in whole lines, each with a line's end.
 * @param mark what each line begins with, such as `<` for what came
 * @param offset of the first byte, from 0; eight digits, more where it needs them
 */
export function hexDump(bytes: Uint8Array, mark: string, offset = 0): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += PER_LINE) {
    const line = bytes.subarray(at, at + PER_LINE);
    let hex = '';
    let ascii = '';
    for (const [index, byte] of line.entries()) {
      hex += `${byte.toString(16).padStart(2, '0')} ${index === HALF - 1 ? ' ' : ''}`;
      ascii += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.';
    }
    const where = (offset + at).toString(16).padStart(8, '0');
    text += `${mark} ${where}  ${hex.padEnd(HEX_WIDTH)} |${ascii}|\n`;
  }
  return text;
}
