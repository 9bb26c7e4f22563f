/**
 * The heads of an answer as they are on the wire: taken from the bytes that pass, before anything is made of them.
 */

/** Node.js refuses heads of more than 16 KiB; an answer may have several, as 100 and 103 come before the last. */
const MOST_TAPPED_BYTES = 65_536;

const END = Buffer.from('\r\n\r\n');

export class HeadTap {
  readonly #onHead: (head: string) => void;
  #bytes: Buffer = Buffer.alloc(0);
  #isDone = false;

  /** @param onHead called with each head, without its empty line; a character for each byte */
  constructor(onHead: (head: string) => void) {
    this.#onHead = onHead;
  }

  /** Looks at the next bytes of the stream. */
  take(bytes: Buffer): void {
    if (this.#isDone) return;
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    for (let end = this.#bytes.indexOf(END); end >= 0 && !this.#isDone; end = this.#bytes.indexOf(END)) {
      const head = this.#bytes.toString('latin1', 0, end);
      this.#bytes = this.#bytes.subarray(end + END.length);
      // After an interim answer another one comes, but not after 101.
      this.#isDone = !/^HTTP\/1\.[01] 1(?!01)/.test(head);
      this.#onHead(head);
    }
    if (this.#bytes.length > MOST_TAPPED_BYTES) this.#isDone = true;
  }
}
