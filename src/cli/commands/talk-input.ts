/**
 * Where `talk` takes what it sends: a keyboard, lines, or bytes as they are.
 */
import { createInterface, type Interface } from 'node:readline';
import { isLeavingWord, LineInput, PieceInput, withEnd } from '../../talk/input.ts';
import type { TalkInput } from '../../talk/ports.ts';
import type { TalkScreen } from './talk-screen.ts';

/** The longest line of a stream; a datagram has its own limit. */
const MOST_LINE_BYTES = 2 ** 20;

/** Lines that somebody types, with what readline offers for it. */
class KeyboardInput implements TalkInput {
  readonly #keyboard: Interface;
  readonly #eol: string;
  #left = false;

  constructor(screen: TalkScreen, eol: string, onInterrupt: () => void) {
    this.#eol = eol;
    this.#keyboard = createInterface({ input: process.stdin, output: process.stdout, prompt: '' });
    this.#keyboard.on('SIGINT', onInterrupt);
    screen.attach(this.#keyboard);
  }

  get left(): boolean {
    return this.#left;
  }

  stop(): void {
    this.#keyboard.close();
    process.stdin.destroy();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const line of this.#keyboard) {
      if (isLeavingWord(line)) {
        this.#left = true;
        return;
      }
      yield withEnd(Buffer.from(line), this.#eol);
    }
  }
}

export interface InputChoice {
  /** What ends lines; undefined: nobody asked for lines. */
  readonly eol: string | undefined;
  /** Whether answers are shown on the terminal on which somebody types. */
  readonly isShared: boolean;
  /** Where each piece is a datagram: the longest line, or the size of pieces instead of lines. */
  readonly datagrams?: { readonly mostLineBytes: number; readonly pieceBytes: number | undefined };
}

/** Standard input as it suits who gives it, and who gets it. */
export function openInput(choice: InputChoice, screen: TalkScreen, onInterrupt: () => void): TalkInput {
  const { datagrams } = choice;
  const isPerson = process.stdin.isTTY === true;
  const isBytes = !isPerson && datagrams === undefined && choice.eol === undefined;
  if (isBytes || datagrams?.pieceBytes !== undefined)
    return new PieceInput(process.stdin, datagrams?.pieceBytes);
  const eol = choice.eol ?? (datagrams === undefined ? '\n' : '');
  if (isPerson && choice.isShared) return new KeyboardInput(screen, eol, onInterrupt);
  return new LineInput(process.stdin, {
    eol,
    mostBytes: (datagrams?.mostLineBytes ?? MOST_LINE_BYTES) - eol.length,
    endLeaves: isPerson || choice.eol !== undefined,
  });
}
