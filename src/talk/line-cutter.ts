/**
 * Bytes to lines, whatever the pieces in which they come, without a change of their bytes. A line ends with LF or CRLF.
 */
import { UsageError } from '../errors/errors.ts';

const LF = 0x0a;
const CR = 0x0d;

/** A push decoder of lines, which holds at most one. */
export class LineCutter {
  readonly #mostBytes: number;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #lines = 0;

  /** @param mostBytes the longest line that is taken */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** The lines that end in this piece, without their ends. The piece may be reused afterwards. @throws UsageError SW_LIMIT */
  push(piece: Uint8Array): Uint8Array[] {
    const lines: Uint8Array[] = [];
    let from = 0;
    for (let at = piece.indexOf(LF); at !== -1; at = piece.indexOf(LF, from)) {
      this.#hold(piece.subarray(from, at));
      lines.push(this.#take());
      from = at + 1;
    }
    // A copy: `slice` of a Buffer is none.
    this.#hold(Uint8Array.from(piece.subarray(from)));
    return lines;
  }

  /** The last line, where the input does not end with a line's end. */
  end(): Uint8Array[] {
    return this.#heldBytes > 0 ? [this.#take()] : [];
  }

  #hold(part: Uint8Array): void {
    this.#heldBytes += part.length;
    // A CR at the end may belong to the line's end.
    if (this.#heldBytes > this.#mostBytes + 1) throw this.#tooLong();
    if (part.length > 0) this.#held.push(part);
  }

  #take(): Uint8Array {
    const line = Buffer.concat(this.#held);
    this.#held = [];
    this.#heldBytes = 0;
    const taken = line.at(-1) === CR ? line.subarray(0, -1) : line;
    if (taken.length > this.#mostBytes) throw this.#tooLong();
    this.#lines++;
    return taken;
  }

  #tooLong(): UsageError {
    return new UsageError(
      'SW_LIMIT',
      `line ${this.#lines + 1} of the input is longer than ${this.#mostBytes} bytes: without --eol, to udp:// with --raw, the input goes in pieces`,
    );
  }
}
