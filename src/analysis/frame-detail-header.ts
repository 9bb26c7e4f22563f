/** Reads the fields of one header for `frame-detail`: only those of which all bytes were captured. */
import { AddressText } from './address-text.ts';
import { FieldTree, hexNumber } from './frame-detail-fields.ts';

const addresses = new AddressText();

export class HeaderReader {
  readonly tree: FieldTree = new FieldTree();
  readonly bytes: Uint8Array;
  /** Where the header starts and where its captured bytes end, in `bytes`. */
  readonly start: number;
  readonly end: number;
  /** Where the frame, or what was put together, starts in `bytes`: places are counted from there. */
  readonly base: number;

  constructor(bytes: Uint8Array, start: number, end: number, base: number) {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.base = base;
  }

  get length(): number {
    return this.end - this.start;
  }

  has(offset: number, length: number): boolean {
    return offset >= 0 && this.start + offset + length <= this.end;
  }

  u8(offset: number): number {
    return this.bytes[this.start + offset] ?? 0;
  }

  u16(offset: number): number {
    return (this.u8(offset) << 8) | this.u8(offset + 1);
  }

  u32(offset: number): number {
    return this.u16(offset) * 0x1_0000 + this.u16(offset + 2);
  }

  slice(offset: number, length: number): Uint8Array {
    return this.bytes.subarray(this.start + offset, this.start + offset + length);
  }

  /** Adds a field of `length` bytes at `offset`, where all of it was captured. */
  add(
    name: string | null,
    label: string,
    offset: number,
    length: number,
    value: () => string,
    meaning: string | null = null,
  ): void {
    if (!this.has(offset, length)) return;
    const start = this.start + offset - this.base;
    this.tree.add(name, label, value(), start, start + length, meaning);
  }

  number(
    name: string,
    label: string,
    offset: number,
    length: 1 | 2 | 4,
    meaning: string | null = null,
    unit = '',
  ): void {
    this.add(name, label, offset, length, () => `${this.#whole(offset, length)}${unit}`, meaning);
  }

  hex(name: string, label: string, offset: number, length: 1 | 2 | 4, meaning: string | null = null): void {
    this.add(name, label, offset, length, () => hexNumber(this.#whole(offset, length), 2 * length), meaning);
  }

  /** A number that stands for something. */
  named(
    name: string,
    label: string,
    offset: number,
    length: 1 | 2,
    names: Readonly<Record<number, string>>,
    meaning: string | null = null,
  ): void {
    this.add(
      name,
      label,
      offset,
      length,
      () => {
        const value = this.#whole(offset, length);
        // EtherTypes and the like are known by their digits.
        const isHex = length === 2 && (value > 0xff || Object.keys(names).some(key => Number(key) > 0xff));
        const text = isHex ? hexNumber(value, 4) : String(value);
        return names[value] === undefined ? text : `${text} (${names[value]})`;
      },
      meaning,
    );
  }

  /** An Ethernet address. */
  hardware(name: string, label: string, offset: number, meaning: string | null = null): void {
    this.add(name, label, offset, 6, () => hardwareText(this.slice(offset, 6)), meaning);
  }

  /** An IP address of 4 or 16 bytes. */
  address(name: string, label: string, offset: number, length: 4 | 16, meaning: string | null = null): void {
    this.add(name, label, offset, length, () => addressText(this.slice(offset, length)), meaning);
  }

  #whole(offset: number, length: 1 | 2 | 4): number {
    return length === 1 ? this.u8(offset) : length === 2 ? this.u16(offset) : this.u32(offset);
  }
}

export function addressText(bytes: Uint8Array): string {
  return addresses.of(bytes);
}

export function hardwareText(bytes: Uint8Array): string {
  const text = Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join(':');
  if (text === 'ff:ff:ff:ff:ff:ff') return `${text} (everybody)`;
  if (text === '00:00:00:00:00:00') return `${text} (none: loopback)`;
  return ((bytes[0] ?? 0) & 1) === 1 ? `${text} (a group)` : text;
}

/** Names of the bits that are set, in order. */
export function bitNames(value: number, names: readonly (readonly [number, string])[]): string {
  const set = names.filter(([bit]) => (value & bit) !== 0).map(([, name]) => name);
  return set.length === 0 ? 'none' : set.join(', ');
}
