/**
 * The options of a pcapng block: code u16, length u16, value padded to four bytes; the code 0 ends them.
 */
import { u16 } from './byte-order.ts';

/** Codes that mean the same in every block. */
export const OPTION = {
  end: 0,
  comment: 1,
} as const;

/** Options for private use begin with the number of an enterprise, 4 bytes: as text or bytes, to be copied or not. */
const CUSTOM: ReadonlySet<number> = new Set([2988, 2989, 19372, 19373]);
const ENTERPRISE_BYTES = 4;
const HEADER_BYTES = 4;

const UTF8 = new TextDecoder('utf-8');

/** A cursor over options; one object serves all blocks. */
export class BlockOptions {
  /** Of the option at hand. */
  code = 0;
  length = 0;
  /** Where its value starts. */
  at = 0;
  /** What does not fit, where `next` gave false because of that. */
  problem: string | undefined = undefined;
  bytes: Uint8Array = new Uint8Array(0);
  #next = 0;
  #end = 0;
  #isLittle = true;

  /** Goes to the options in `bytes[start]` to `bytes[end - 1]`. */
  moveTo(bytes: Uint8Array, start: number, end: number, isLittle: boolean): void {
    this.bytes = bytes;
    this.#next = start;
    this.#end = end;
    this.#isLittle = isLittle;
    this.problem = undefined;
  }

  /** Goes to the next option; false at the end, and where one does not fit. */
  next(): boolean {
    const left = this.#end - this.#next;
    if (left === 0) return false;
    if (left < HEADER_BYTES) return this.#fail(`${left} bytes are left, too few for an option`);
    this.code = u16(this.bytes, this.#next, this.#isLittle);
    this.length = u16(this.bytes, this.#next + 2, this.#isLittle);
    this.at = this.#next + HEADER_BYTES;
    const padded = (this.length + 3) & ~3;
    if (HEADER_BYTES + padded > left)
      return this.#fail(`option ${this.code} of ${this.length} bytes does not fit into its block`);
    if (this.code === OPTION.end) return false;
    if (CUSTOM.has(this.code) && this.length < ENTERPRISE_BYTES)
      return this.#fail(`custom option ${this.code} has ${this.length} bytes: at least 4 were expected`);
    this.#next = this.at + padded;
    return true;
  }

  /** The value as text; what is no UTF-8 is replaced. */
  text(): string {
    // Some writers count a NUL at the end as part of it.
    return UTF8.decode(this.bytes.subarray(this.at, this.at + this.length)).replace(/\0+$/, '');
  }

  /** A copy of the first `count` bytes of the value. */
  copy(count: number = this.length): Uint8Array {
    return this.bytes.slice(this.at, this.at + count);
  }

  #fail(problem: string): boolean {
    this.problem = problem;
    return false;
  }
}
