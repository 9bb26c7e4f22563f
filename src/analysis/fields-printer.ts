/** Rows of tab-separated fields, one for each frame, as `tshark -T fields -E header=y -E occurrence=a` prints them. */
import type { AnalysedFrame } from './analysed-frame.ts';
import { type FieldWriter, MOST_FIELD_BYTES } from './field-writer.ts';
import { writerOfField } from './fields.ts';
import type { FrameSink } from './pipeline.ts';

const TAB = 0x09;
const NEWLINE = 0x0a;
/** Text is given in pieces of about this size: few calls, and little memory. */
const PIECE_BYTES = 128 * 1_024;

/** Writes the columns of a row; gives where the row ends. */
type RowWriter = (out: Uint8Array, at: number, frame: AnalysedFrame) => number;

export class FieldsPrinter implements FrameSink {
  readonly #writeRow: RowWriter;
  readonly #give: (text: Uint8Array) => void;
  readonly #piece: Uint8Array;
  #at = 0;

  /**
   * @param names of the fields
   * @param give takes pieces of text, whose bytes are written again after it returns
   * @throws UsageError SW_USAGE for a name that is not known
   */
  constructor(names: readonly string[], give: (text: Uint8Array) => void) {
    this.#writeRow = rowWriter(names.map(writerOfField));
    this.#give = give;
    const header = new TextEncoder().encode(`${names.join('\t')}\n`);
    this.#piece = new Uint8Array(PIECE_BYTES + Math.max(header.length, names.length * MOST_FIELD_BYTES));
    this.#piece.set(header);
    this.#at = header.length;
  }

  onFrame(frame: AnalysedFrame): void {
    const end = this.#writeRow(this.#piece, this.#at, frame);
    this.#piece[end] = NEWLINE;
    this.#at = end + 1;
    if (this.#at >= PIECE_BYTES) this.flush();
  }

  /** Gives what it still holds. */
  flush(): void {
    if (this.#at === 0) return;
    this.#give(this.#piece.subarray(0, this.#at));
    this.#at = 0;
  }
}

/**
 * One function that calls each writer at a place of its own, so that the engine learns what is called there and inlines it: an eighth
 * of the whole. `new Function` is safe here: nothing but numbers gets into its text. Where the runtime forbids it
 * (`--disallow-code-generation-from-strings`), a loop does the same.
 */
function rowWriter(writers: readonly FieldWriter[]): RowWriter {
  const calls = writers.map((_, index) => `at = write${index}(out, at, frame);`);
  const source = `return (out, at, frame) => { ${calls.join(` out[at++] = ${TAB};\n`)} return at; };`;
  try {
    return new Function(...writers.map((_, index) => `write${index}`), source)(...writers);
  } catch {
    return (out, start, frame) => {
      let at = start;
      for (const [index, write] of writers.entries()) {
        if (index > 0) out[at++] = TAB;
        at = write(out, at, frame);
      }
      return at;
    };
  }
}
