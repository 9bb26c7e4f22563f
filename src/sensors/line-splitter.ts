/**
 * Bytes to lines, whatever the pieces in which they come. Holds at most one line of `MAX_LINE_BYTES`.
 */

/** 64 KiB: far above any reading written as text, far below what hurts. */
export const MAX_LINE_BYTES = 65_536;

const NEWLINE = 0x0a;

/** A push decoder of lines; null stands for one that was too long, whose bytes were dropped. */
export class LineSplitter {
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #skipping = false;

  /** The lines that end in this chunk, without their line breaks. The chunk may be reused afterwards. */
  push(chunk: Uint8Array): (string | null)[] {
    const lines: (string | null)[] = [];
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
      this.#hold(chunk.subarray(from, at));
      lines.push(this.#take());
      from = at + 1;
    }
    // Not `slice`, which of a Buffer is no copy.
    this.#hold(new Uint8Array(chunk.subarray(from)));
    return lines;
  }

  /** The last line where the input does not end with a line break. */
  end(): (string | null)[] {
    return this.#heldBytes > 0 || this.#skipping ? [this.#take()] : [];
  }

  #hold(part: Uint8Array): void {
    if (part.length === 0) return;
    this.#skipping ||= this.#heldBytes + part.length > MAX_LINE_BYTES;
    if (this.#skipping) {
      this.#held = [];
      this.#heldBytes = 0;
      return;
    }
    this.#held.push(part);
    this.#heldBytes += part.length;
  }

  #take(): string | null {
    const line = this.#skipping ? null : Buffer.concat(this.#held).toString('utf8').replace(/\r$/, '');
    this.#held = [];
    this.#heldBytes = 0;
    this.#skipping = false;
    return line;
  }
}
