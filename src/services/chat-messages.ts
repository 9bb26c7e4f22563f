/**
 * Finds `bye` in what a chat client sends. Pure.
 *
 * Clients end their messages with a newline, or, as the Python ones do, with nothing: then each piece that comes is a
 * message. So until a newline has come, a message begins with each piece, and the piece `bye` is the message; from then
 * on, with each line. `bye` with `\n`, `\r\n` or nothing behind it says goodbye; `goodbye` and `bye bye` do not. What
 * could still become `bye` is held back until more comes, or `settle` says that nothing does.
 */

const BYE = Buffer.from('bye');
const BYE_CR = Buffer.from('bye\r');
const [NEWLINE, RETURN] = [0x0a, 0x0d] as const;
const NOTHING = Buffer.alloc(0);

/** What to send back, and whether the client said goodbye after it. */
export interface Heard {
  readonly echo: Buffer;
  readonly bye: boolean;
}

export class ChatMessages {
  #held = NOTHING;
  #byLines = false;
  #midLine = false;

  /** True where something is held back: `settle` is to be called where nothing more comes. */
  get isHolding(): boolean {
    return this.#held.length > 0;
  }

  push(piece: Buffer): Heard {
    const isStart = this.isHolding || !(this.#byLines && this.#midLine);
    const bytes = this.isHolding ? Buffer.concat([this.#held, piece]) : piece;
    this.#held = NOTHING;
    for (let at = bytes.indexOf(BYE); at >= 0; at = bytes.indexOf(BYE, at + 1)) {
      const begins = at === 0 ? isStart : bytes[at - 1] === NEWLINE;
      if (begins && endsAt(bytes, at + BYE.length)) return { echo: bytes.subarray(0, at), bye: true };
    }
    if (!this.#byLines && bytes.equals(BYE)) return { echo: NOTHING, bye: true };
    const lineEnd = bytes.lastIndexOf(NEWLINE);
    this.#byLines ||= lineEnd >= 0;
    const line = lineEnd >= 0 || isStart ? bytes.subarray(lineEnd + 1) : undefined;
    if (line !== undefined && BYE_CR.subarray(0, line.length).equals(line)) {
      this.#held = Buffer.from(line);
      this.#midLine = false;
    } else this.#midLine = true;
    return { echo: bytes.subarray(0, bytes.length - this.#held.length), bye: false };
  }

  /** Nothing more comes, for now or for ever: what was held back is a message. */
  settle(): Heard {
    const held = this.#held;
    this.#held = NOTHING;
    if (held.length >= BYE.length) return { echo: NOTHING, bye: true };
    this.#midLine = held.length > 0;
    return { echo: held, bye: false };
  }
}

/** True where a line ends there, with its newline. */
function endsAt(bytes: Buffer, at: number): boolean {
  return bytes[at] === NEWLINE || (bytes[at] === RETURN && bytes[at + 1] === NEWLINE);
}
