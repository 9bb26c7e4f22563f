/**
 * The terminal of a conversation: what comes is printed above the line that is being typed.
 */
import { clearScreenDown, cursorTo, type Interface, moveCursor } from 'node:readline';

/** A line that the other end has begun stays below the others until it is ended, unless it is longer. */
const MOST_BEGUN_CHARACTERS = 512;

export class TalkScreen {
  readonly #isQuiet: boolean;
  readonly #isTerminal = process.stdout.isTTY === true;
  #keyboard: Interface | undefined;
  /** The beginning of a line that came without its end: readline's prompt, where there is a keyboard. */
  #begun = '';

  /** @param isQuiet no log lines */
  constructor(isQuiet: boolean) {
    this.#isQuiet = isQuiet;
  }

  /** From now on somebody types here. */
  attach(keyboard: Interface): void {
    this.#keyboard = keyboard;
    // What was typed and entered leaves the cursor at the beginning of a line.
    keyboard.on('line', () => this.#begin(''));
    keyboard.on('close', () => {
      this.#keyboard = undefined;
      // What is typed or begun stays on the screen; what comes next does not go on after it.
      if (keyboard.line !== '' || this.#begun !== '') process.stdout.write('\n');
      this.#begun = '';
    });
  }

  /** A line of ours, on standard error. */
  log(text: string): void {
    if (!this.#isQuiet) this.complain(text);
  }

  /** The same, said even to who wants it quiet. */
  complain(text: string): void {
    this.#above(() => {
      if (this.#keyboard === undefined) this.endLine();
      process.stderr.write(`${text}\n`);
    });
  }

  /** Text of the other end, without control characters, for a terminal. */
  print(text: string): void {
    const all = this.#begun + text;
    const end = all.lastIndexOf('\n') + 1;
    this.#above(() => {
      if (this.#keyboard === undefined) {
        process.stdout.write(text);
        // Only whether there is something is of interest here.
        this.#begun = all.slice(Math.max(end, all.length - 1));
        return;
      }
      const isLong = all.length - end > MOST_BEGUN_CHARACTERS;
      process.stdout.write(isLong ? `${all}\n` : all.slice(0, end));
      this.#begin(isLong ? '' : all.slice(end));
    });
  }

  /** Ends a line that was begun. */
  endLine(): void {
    if (this.#begun === '' || !this.#isTerminal) return;
    this.#begun = '';
    process.stdout.write('\n');
  }

  #begin(text: string): void {
    this.#begun = text;
    this.#keyboard?.setPrompt(text);
  }

  /** Takes away what is being typed, and draws it again below what was written. */
  #above(write: () => void): void {
    const keyboard = this.#keyboard;
    if (keyboard === undefined) {
      write();
      return;
    }
    moveCursor(process.stdout, 0, -keyboard.getCursorPos().rows);
    cursorTo(process.stdout, 0);
    clearScreenDown(process.stdout);
    write();
    keyboard.prompt(true);
  }
}
