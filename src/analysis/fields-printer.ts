/** Rows of tab-separated fields, one for each frame, as `tshark -T fields -E header=y -E occurrence=a` prints them. */
import type { AnalysedFrame } from './analysed-frame.ts';
import { type FieldWriter, MOST_FIELD_BYTES } from './field-writer.ts';
import { writerOfField } from './fields.ts';
import type { FrameSink } from './pipeline.ts';
import { putText } from './text-bytes.ts';

const TAB = 0x09;
const NEWLINE = 0x0a;
/** Text is given in pieces of about this size: few calls, and little memory. */
const PIECE_BYTES = 128 * 1_024;

export class FieldsPrinter implements FrameSink {
  readonly #writers: readonly FieldWriter[];
  readonly #give: (text: Uint8Array) => void;
  readonly #piece = new Uint8Array(PIECE_BYTES + MOST_FIELD_BYTES);
  #at = 0;

  /**
   * @param names of the fields
   * @param give takes pieces of text, whose bytes are written again after it returns
   * @throws UsageError SW_USAGE for a name that is not known
   */
  constructor(names: readonly string[], give: (text: Uint8Array) => void) {
    this.#writers = names.map(writerOfField);
    this.#give = give;
    names.forEach((name, index) => {
      const end = putText(this.#piece, this.#at, name);
      this.#piece[end] = index === names.length - 1 ? NEWLINE : TAB;
      this.#at = end + 1;
      if (this.#at >= PIECE_BYTES) this.flush();
    });
  }

  onFrame(frame: AnalysedFrame): void {
    const writers = this.#writers;
    const last = writers.length - 1;
    const piece = this.#piece;
    let at = this.#at;
    for (let index = 0; index <= last; index++) {
      at = (writers[index] as FieldWriter)(piece, at, frame);
      piece[at++] = index === last ? NEWLINE : TAB;
      if (at < PIECE_BYTES) continue;
      this.#at = at;
      this.flush();
      at = 0;
    }
    this.#at = at;
  }

  /** Gives what it still holds. */
  flush(): void {
    if (this.#at === 0) return;
    this.#give(this.#piece.subarray(0, this.#at));
    this.#at = 0;
  }
}
