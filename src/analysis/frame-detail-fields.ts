/**
 * Fields as people look them up: name, value, meaning, and which bytes they are. What a header or a message of ours is made of
 * comes as a tree of these.
 */

/** One field; also a group of fields. */
export interface DetailField {
  /** Wireshark's filter name, or that of our dissector; null where there is none. */
  readonly name: string | null;
  readonly label: string;
  /** As people read it, its unit included. */
  readonly value: string;
  /** What it says, or what follows from it; null where the label says all. */
  readonly meaning: string | null;
  /** Bytes `start` to `end` − 1 of what was read: see `DetailLayer.pieces`. Both 0 where it is worked out from elsewhere. */
  readonly start: number;
  readonly end: number;
  readonly fields: readonly DetailField[];
}

/** Takes fields in the order of their bytes; groups nest. */
export class FieldTree {
  readonly fields: DetailField[] = [];
  #open: DetailField[] = this.fields;

  add(
    name: string | null,
    label: string,
    value: string,
    start: number,
    end: number,
    meaning: string | null = null,
  ): void {
    this.#open.push({ name, label, value, meaning, start, end, fields: [] });
  }

  /** Adds a group, whose fields `fill` adds; `fill` gives where it ends, and may give its value. */
  group(
    label: string,
    start: number,
    fill: () => { readonly end: number; readonly value?: string; readonly meaning?: string | null },
    name: string | null = null,
  ): void {
    const outer = this.#open;
    const fields: DetailField[] = [];
    this.#open = fields;
    let told: ReturnType<typeof fill> = { end: start };
    try {
      told = fill();
    } finally {
      this.#open = outer;
      const end = Math.max(told.end, fields.at(-1)?.end ?? start);
      outer.push({ name, label, value: told.value ?? '', meaning: told.meaning ?? null, start, end, fields });
    }
  }
}

/** Bytes of a value that are printed in hexadecimal: two lines of a narrow terminal. */
const MOST_HEX_BYTES = 32;

/** Bytes as hexadecimal digits, shortened. */
export function hexText(bytes: Uint8Array): string {
  const shown = Array.from(bytes.subarray(0, MOST_HEX_BYTES), byte =>
    byte.toString(16).padStart(2, '0'),
  ).join(' ');
  return bytes.length > MOST_HEX_BYTES ? `${shown} … (${bytes.length} bytes)` : shown;
}

/** `0x1f`, with so many digits. */
export function hexNumber(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}
