/**
 * How `talk` shows what came: unchanged in a pipe, harmless on a terminal, as a dump, or as JSON lines.
 */
import { isUtf8 } from 'node:buffer';
import { toHex } from '../../bytes/hex.ts';
import { hexDump } from '../../talk/hex-dump.ts';
import type { MessageOrigin, TalkOutput } from '../../talk/ports.ts';
import { VisibleText, visibleText } from '../../talk/visible-text.ts';
import { ms, paint } from '../terminal.ts';
import type { TalkScreen } from './talk-screen.ts';

const LF = 0x0a;

export interface OutputOptions {
  readonly screen: TalkScreen;
  readonly json: boolean;
  readonly hex: boolean;
  /** No line ends are added to messages. */
  readonly raw: boolean;
  /** Bytes are counted from the beginning of the stream, not of each message. */
  readonly isStream: boolean;
  /** On a terminal, each piece of a stream gets a line of its own: its peers send no line ends. */
  readonly piecesAreLines: boolean;
}

/** The output for these flags and this standard output. */
export function openOutput(options: OutputOptions): TalkOutput {
  if (options.json) return new JsonOutput(options.hex);
  if (options.hex) return new HexOutput(options);
  return process.stdout.isTTY ? new TerminalOutput(options) : new PlainOutput(options);
}

/** Writes to standard output; a promise where it has no room, until it has or is gone. */
function write(data: Uint8Array | string): Promise<void> | undefined {
  const { stdout } = process;
  if (stdout.write(data) || stdout.destroyed || stdout.errored !== null) return undefined;
  return new Promise(resolve => {
    const done = (): void => {
      stdout.off('drain', done).off('close', done).off('error', done);
      resolve();
    };
    stdout.on('drain', done).on('close', done).on('error', done);
  });
}

/** The bytes unchanged; a line's end after a message that has none. */
class PlainOutput implements TalkOutput {
  readonly #options: OutputOptions;
  readonly #sayFrom: (from: string | undefined) => void;
  #last = LF;

  constructor(options: OutputOptions) {
    this.#options = options;
    this.#sayFrom = senderLines(options.screen);
  }

  piece(bytes: Uint8Array): Promise<void> | undefined {
    this.#last = bytes.at(-1) ?? this.#last;
    return write(bytes);
  }

  message(bytes: Uint8Array, { from }: MessageOrigin = {}): Promise<void> | undefined {
    this.#sayFrom(from);
    return write(this.#options.raw || bytes.at(-1) === LF ? bytes : Buffer.concat([bytes, NEWLINE]));
  }

  endOfPieces(isAnswer = false): Promise<void> | undefined {
    const isLine = isAnswer && !this.#options.raw;
    return isLine && this.#last !== LF ? write(NEWLINE) : undefined;
  }

  sent(): undefined {}
}

const NEWLINE = Buffer.from('\n');

/** Text that cannot harm the terminal. */
class TerminalOutput implements TalkOutput {
  readonly #options: OutputOptions;
  readonly #sayFrom: (from: string | undefined) => void;
  #pieces = new VisibleText();

  constructor(options: OutputOptions) {
    this.#options = options;
    this.#sayFrom = senderLines(options.screen);
  }

  piece(bytes: Uint8Array): undefined {
    const { screen, piecesAreLines } = this.#options;
    const text = this.#pieces.push(bytes);
    screen.print(piecesAreLines ? asLine(text) : text);
  }

  message(bytes: Uint8Array, { from }: MessageOrigin = {}): undefined {
    this.#sayFrom(from);
    this.#options.screen.print(asLine(visibleText(bytes)));
  }

  endOfPieces(): undefined {
    const { screen } = this.#options;
    screen.print(this.#pieces.end());
    this.#pieces = new VisibleText();
    screen.endLine();
  }

  sent(): undefined {}
}

/** Both directions as lines of offset, hexadecimal and ASCII. */
class HexOutput implements TalkOutput {
  readonly #options: OutputOptions;
  readonly #sayFrom: (from: string | undefined) => void;
  /** Bytes of the stream that have come, and that were sent. */
  #received = 0;
  #sent = 0;

  constructor(options: OutputOptions) {
    this.#options = options;
    this.#sayFrom = senderLines(options.screen);
  }

  piece(bytes: Uint8Array): Promise<void> | undefined {
    const offset = this.#received;
    if (this.#options.isStream) this.#received += bytes.length;
    return this.#print(hexDump(bytes, '<', offset));
  }

  message(bytes: Uint8Array, { from }: MessageOrigin = {}): Promise<void> | undefined {
    this.#sayFrom(from);
    return this.piece(bytes);
  }

  endOfPieces(): undefined {
    this.#received = 0;
  }

  sent(bytes: Uint8Array): Promise<void> | undefined {
    const offset = this.#sent;
    if (this.#options.isStream) this.#sent += bytes.length;
    return this.#print(hexDump(bytes, '>', offset));
  }

  #print(text: string): Promise<void> | undefined {
    if (!process.stdout.isTTY) return write(text);
    this.#options.screen.print(text);
    return undefined;
  }
}

/** One event for each piece or message. */
class JsonOutput implements TalkOutput {
  readonly #isHex: boolean;

  constructor(isHex: boolean) {
    this.#isHex = isHex;
  }

  piece(bytes: Uint8Array): Promise<void> | undefined {
    return this.message(bytes);
  }

  message(bytes: Uint8Array, { from, roundTripUs }: MessageOrigin = {}): Promise<void> | undefined {
    const event = {
      event: 'received',
      from,
      bytes: bytes.length,
      ...this.#content(bytes),
      ...(roundTripUs !== undefined && { rtt_ms: ms(roundTripUs) }),
    };
    return write(`${JSON.stringify(event)}\n`);
  }

  /** Text where it is text; pieces of a stream may cut a character, and go as base64 then. */
  #content(bytes: Uint8Array): object {
    if (this.#isHex) return { hex: toHex(bytes) };
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    return isUtf8(buffer) ? { text: buffer.toString() } : { base64: buffer.toString('base64') };
  }

  endOfPieces(): undefined {}

  sent(): undefined {}
}

function asLine(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}

/** Says whose messages follow, where it is somebody else than before. */
function senderLines(screen: TalkScreen): (from: string | undefined) => void {
  let last: string | undefined;
  return from => {
    if (from === last || from === undefined) return;
    last = from;
    screen.log(paint('dim', `from ${from}`));
  };
}
