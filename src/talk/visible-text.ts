/**
 * Bytes of somebody else's as text that a terminal only shows: control characters could rewrite the screen, change the
 * keyboard, or answer in the user's name.
 */

/** A push decoder of UTF-8, cut anywhere. Line ends and tabs stay; other control characters become `\x1b` and the like. */
export class VisibleText {
  readonly #decoder = new TextDecoder();
  /** A CR that came last: with an LF after it, it is a line's end. */
  #heldReturn = false;

  push(bytes: Uint8Array): string {
    return this.#show(this.#decoder.decode(bytes, { stream: true }), false);
  }

  /** What was held back, because it might have gone on. */
  end(): string {
    return this.#show(this.#decoder.decode(), true);
  }

  #show(decoded: string, isEnd: boolean): string {
    let text = this.#heldReturn ? `\r${decoded}` : decoded;
    this.#heldReturn = !isEnd && text.endsWith('\r');
    if (this.#heldReturn) text = text.slice(0, -1);
    return (
      text
        .replace(/\r\n/g, '\n')
        // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is shown
        .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, escaped)
        // Marks that turn the direction of writing hide what a text says (CVE-2021-42574).
        .replace(/[\u202a-\u202e\u2066-\u2069]/g, escaped)
    );
  }
}

function escaped(character: string): string {
  const code = character.charCodeAt(0);
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** A whole text made visible. */
export function visibleText(bytes: Uint8Array): string {
  const text = new VisibleText();
  return text.push(bytes) + text.end();
}
