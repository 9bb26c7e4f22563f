/** Bytes for people who look at bytes: rows of an offset, sixteen bytes in hexadecimal, and the same as characters. */

export const ROW_BYTES = 16;

export interface HexRow {
  /** Of its first byte. */
  readonly offset: number;
  /** Two digits for each byte, up to ROW_BYTES of them. */
  readonly digits: readonly string[];
  /** A character for each byte; a point where there is none that can be shown. */
  readonly characters: readonly string[];
}

/** @param offset of the first byte */
export function hexRows(bytes: Uint8Array, offset = 0): HexRow[] {
  const rows: HexRow[] = [];
  for (let at = 0; at < bytes.length; at += ROW_BYTES) {
    const row = Array.from(bytes.subarray(at, at + ROW_BYTES));
    rows.push({
      offset: offset + at,
      digits: row.map(byte => byte.toString(16).padStart(2, '0')),
      characters: row.map(byte => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')),
    });
  }
  return rows;
}

/** `0040`, longer where `length` asks for it: all offsets of a dump have the same digits. */
export function offsetText(offset: number, length: number): string {
  return offset.toString(16).padStart(length > 0x1_0000 ? 8 : 4, '0');
}
