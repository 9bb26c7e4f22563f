/**
 * Makes repair symbols of the packets just sent (docs/RELIABLE-UDP.md section 7).
 */
import { coefficient } from './gf256.ts';
import { MOST_WINDOW, SOURCE_LENGTH_BYTES } from './layout.ts';
import { PartRing } from './part-ring.ts';

/** Packets that are kept: the packet that carries a symbol may be told before the symbol is made. */
const SOURCES: number = 2 * MOST_WINDOW;
const EMPTY = new Uint8Array(0);

/** What REPAIR holds. */
export interface RepairSymbol {
  /** A view, valid until the next one is made. Empty: nothing to repair, or a packet of the window was not told. */
  readonly symbol: Uint8Array;
  /** True where all packets of the window are as long as the symbol; otherwise their lengths are in it. */
  readonly equalLengths: boolean;
}

/**
 * Each numbered packet goes through `sent`, one with an empty protected part too.
 *
 * Windows are packets before the one that carries the symbol, 1 to 16; those below number 0 do not count.
 */
export class RepairEncoder {
  readonly #parts = new PartRing(SOURCES);
  #buffer: Uint8Array = EMPTY;
  #equalLengths = true;

  /** Remembers the protected part of a packet: a copy. */
  sent(packetNumber: number, protectedPart: Uint8Array): void {
    this.#parts.put(packetNumber, protectedPart, 0, protectedPart.length);
  }

  /** Bytes of the symbol that {@link symbol} would make; 0: none. REPAIR takes one more. */
  symbolLength(packetNumber: number, window: number): number {
    let shortest = Number.POSITIVE_INFINITY;
    let longest = 0;
    for (let number = Math.max(0, packetNumber - window); number < packetNumber; number++) {
      if (!this.#parts.has(number)) return 0;
      const length = this.#parts.lengthOf(number);
      if (length < shortest) shortest = length;
      if (length > longest) longest = length;
    }
    this.#equalLengths = shortest === longest;
    if (this.#equalLengths || longest === 0) return longest;
    return SOURCE_LENGTH_BYTES + longest;
  }

  /** The symbol that the packet of this number can carry. */
  symbol(packetNumber: number, window: number): RepairSymbol {
    const length = this.symbolLength(packetNumber, window);
    const equalLengths = this.#equalLengths;
    if (length === 0) return { symbol: EMPTY, equalLengths };
    if (this.#buffer.length < length) this.#buffer = new Uint8Array(2 * length);
    const buffer = this.#buffer;
    buffer.fill(0, 0, length);
    for (let number = Math.max(0, packetNumber - window); number < packetNumber; number++) {
      const factor = coefficient(packetNumber, number);
      if (equalLengths) this.#parts.addTo(buffer, 0, number, factor);
      else this.#parts.addPrefixedTo(buffer, 0, number, factor);
    }
    return { symbol: buffer.subarray(0, length), equalLengths };
  }
}
