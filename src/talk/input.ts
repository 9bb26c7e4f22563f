/**
 * A stream of bytes as the input of a conversation: in pieces as they come, or line by line.
 */
import type { Readable } from 'node:stream';
import { StoreError } from '../errors/errors.ts';
import { LineCutter } from './line-cutter.ts';
import type { TalkInput } from './ports.ts';

/** What leaves a chat (a client's own word: the server does not hear it). */
export const LEAVING_WORD = 'end';

abstract class StreamInput {
  readonly #stream: Readable;
  #stopped = false;

  constructor(stream: Readable) {
    this.#stream = stream;
  }

  stop(): void {
    this.#stopped = true;
    this.#stream.destroy();
  }

  protected async *chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* this.#stream as AsyncIterable<Uint8Array>;
    } catch (error) {
      if (this.#stopped) return;
      throw new StoreError('SW_STORE_FAILED', `standard input failed: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }
}

/** The bytes unchanged, in pieces as they come. */
export class PieceInput extends StreamInput implements TalkInput {
  readonly left = false;
  readonly #mostBytes: number;

  /** @param mostBytes of a piece */
  constructor(stream: Readable, mostBytes: number = Number.POSITIVE_INFINITY) {
    super(stream);
    this.#mostBytes = mostBytes;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of this.chunks()) {
      for (let at = 0; at < chunk.length; at += this.#mostBytes)
        yield chunk.subarray(at, at + this.#mostBytes);
    }
  }
}

/** How lines are read and sent. */
export interface LineOptions {
  /** What ends a line when it is sent. */
  readonly eol: string;
  /** The longest line in bytes. */
  readonly mostBytes: number;
  /** Whether the line `end` ends the input, and the conversation with it. */
  readonly endLeaves: boolean;
}

/** The lines, each a piece of its own. */
export class LineInput extends StreamInput implements TalkInput {
  readonly #options: LineOptions;
  #left = false;

  constructor(stream: Readable, options: LineOptions) {
    super(stream);
    this.#options = options;
  }

  get left(): boolean {
    return this.#left;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    const { endLeaves, mostBytes } = this.#options;
    const cutter = new LineCutter(mostBytes);
    for await (const line of linesOf(this.chunks(), cutter)) {
      if (endLeaves && isLeavingWord(Buffer.from(line).toString())) {
        this.#left = true;
        return;
      }
      yield withEnd(line, this.#options.eol);
    }
  }
}

export function isLeavingWord(line: string): boolean {
  return line.trim() === LEAVING_WORD;
}

/** A line as it is sent. */
export function withEnd(line: Uint8Array, eol: string): Uint8Array {
  return eol === '' ? line : Buffer.concat([line, Buffer.from(eol)]);
}

async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  cutter: LineCutter,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunks) yield* cutter.push(chunk);
  yield* cutter.end();
}
