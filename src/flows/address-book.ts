/**
 * IPv6 addresses ↔ small numbers in order of appearance, so that a conversation's key is three 32-bit words for both
 * families. Bounded by what the capture holds: 24 to 32 bytes an address.
 */

/** Words of 32 bits in an address. */
const WORDS = 4;
/** The table grows when it is half full: linear probing stays short. */
const FIRST_SLOTS = 64;

/** Mixes three words into an index: sums of products, then folded twice so that every bit reaches the low ones. */
export function mix(a: number, b: number, c: number): number {
  let hash = (Math.imul(a, 0x9e3779b1) + Math.imul(b, 0x85ebca77) + Math.imul(c, 0xc2b2ae3d)) | 0;
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return hash ^ (hash >>> 14);
}

export class AddressBook {
  #words = new Int32Array((WORDS * FIRST_SLOTS) / 2);
  /** Number of an address plus 1; 0: empty. */
  #slots = new Int32Array(FIRST_SLOTS);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** The number of the 16 bytes at `start`; a new one where they were not seen before. */
  numberOf(bytes: Uint8Array, start: number): number {
    const a = word(bytes, start);
    const b = word(bytes, start + 4);
    const c = word(bytes, start + 8);
    const d = word(bytes, start + 12);
    const mask = this.#slots.length - 1;
    let slot = mix(a ^ d, b, c) & mask;
    for (;;) {
      const number = this.#slots[slot]! - 1;
      if (number < 0) return this.#add(slot, a, b, c, d);
      const at = number * WORDS;
      const words = this.#words;
      if (words[at + 3] === d && words[at + 2] === c && words[at + 1] === b && words[at] === a) return number;
      slot = (slot + 1) & mask;
    }
  }

  /** The 16 bytes of an address; a copy. */
  bytesOf(number: number): Uint8Array {
    const bytes = new Uint8Array(4 * WORDS);
    const view = new DataView(bytes.buffer);
    for (let index = 0; index < WORDS; index++) {
      view.setInt32(4 * index, this.#words[WORDS * number + index]!);
    }
    return bytes;
  }

  /** −1, 0 or 1: the order of the bytes. */
  compare(left: number, right: number): number {
    for (let index = 0; index < WORDS; index++) {
      const a = this.#words[WORDS * left + index]! >>> 0;
      const b = this.#words[WORDS * right + index]! >>> 0;
      if (a !== b) return a < b ? -1 : 1;
    }
    return 0;
  }

  #add(slot: number, a: number, b: number, c: number, d: number): number {
    const number = this.#count++;
    if (WORDS * this.#count > this.#words.length) this.#words = doubled(this.#words);
    this.#words.set([a, b, c, d], WORDS * number);
    this.#slots[slot] = number + 1;
    if (2 * this.#count > this.#slots.length) this.#grow();
    return number;
  }

  #grow(): void {
    this.#slots = new Int32Array(2 * this.#slots.length);
    const mask = this.#slots.length - 1;
    for (let number = 0; number < this.#count; number++) {
      const at = number * WORDS;
      const [a, b, c, d] = this.#words.subarray(at, at + WORDS) as unknown as [
        number,
        number,
        number,
        number,
      ];
      let slot = mix(a ^ d, b, c) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = number + 1;
    }
  }
}

/** A copy with room for twice as much. */
export function doubled(words: Int32Array): Int32Array<ArrayBuffer> {
  const more = new Int32Array(2 * words.length);
  more.set(words);
  return more;
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}
