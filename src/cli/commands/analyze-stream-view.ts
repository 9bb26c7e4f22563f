/** The ways to show a conversation's bytes: text, a hex dump, one side as it is, JSON lines. */
import { hexRows, offsetText, ROW_BYTES } from '../../analysis/hex-dump.ts';
import { isText } from '../../analysis/readable-text.ts';
import { counted, countText } from '../../analysis/words.ts';
import { visibleText } from '../../talk/visible-text.ts';
import type { AnalyzeFlags } from '../definitions/analyze.ts';
import { snakeCased } from '../json-fields.ts';
import { plain } from '../terminal.ts';
import { colour } from './analyze-layout.ts';
import type { FollowedConversation, StreamView } from './analyze-stream-follow.ts';
import { writeOutput } from './analyze-write.ts';

export interface StreamPrinter extends StreamView {
  /** Everything has come. @param ends client and server */
  end(ends: readonly [string, string], followed: FollowedConversation): void;
}

const NAMES = ['client', 'server'] as const;
const MARKS = ['>', '<'] as const;
const COLOURS = ['magenta', 'cyan'] as const;
const UTF8 = new TextEncoder();

/** @param onUnread nobody reads the output any more */
export function streamView({ json, hex, raw }: AnalyzeFlags, onUnread: () => void): StreamPrinter {
  const write = (bytes: Uint8Array | string): void => {
    if (!writeOutput(typeof bytes === 'string' ? UTF8.encode(bytes) : bytes)) onUnread();
  };
  if (raw !== undefined) return new RawView(NAMES.indexOf(raw) as 0 | 1, write);
  if (json === true) return new JsonView(write);
  return new ShownView(hex === true, write);
}

type Write = (bytes: Uint8Array | string) => void;

/** The bytes of one side, and nothing else: gaps are told in the summary. */
class RawView implements StreamPrinter {
  readonly #side: 0 | 1;
  readonly #write: Write;

  constructor(side: 0 | 1, write: Write) {
    this.#side = side;
    this.#write = write;
  }

  bytes(from: 0 | 1, bytes: Uint8Array): void {
    if (from === this.#side) this.#write(bytes);
  }

  gap(): void {}

  end(): void {}
}

class JsonView implements StreamPrinter {
  readonly #write: Write;
  readonly #offsets = [0, 0];

  constructor(write: Write) {
    this.#write = write;
  }

  bytes(from: 0 | 1, bytes: Uint8Array, frame: number): void {
    const offset = this.#offsets[from] as number;
    this.#offsets[from] = offset + bytes.length;
    const base64 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
    this.#line('bytes', { from: NAMES[from], frame, offset, length: bytes.length, base64 });
  }

  gap(from: 0 | 1, missing: number, frame: number): void {
    const offset = this.#offsets[from] as number;
    this.#line('gap', { from: NAMES[from], frame, offset, missing });
  }

  end(ends: readonly [string, string], followed: FollowedConversation): void {
    const { protocol, number, sides, cutBytes, unfinished, forcedGaps } = followed;
    const [client, server] = sides;
    this.#line('summary', {
      protocol,
      stream: number,
      client: { address: ends[0], ...snakeCased(client) },
      server: { address: ends[1], ...snakeCased(server) },
      cut_bytes: cutBytes,
      unfinished_bytes: unfinished,
      forced_gaps: forcedGaps,
    });
  }

  #line(event: string, fields: object): void {
    this.#write(`${JSON.stringify({ event, ...fields })}\n`);
  }
}

/** For people: a line says who speaks and in which frame; our own telemetry is told, other things that are no text are dumped. */
class ShownView implements StreamPrinter {
  readonly #hex: boolean;
  readonly #write: Write;
  readonly #offsets = [0, 0];
  /** Nobody has spoken yet: −1. */
  #speaker = -1;

  constructor(hex: boolean, write: Write) {
    this.#hex = hex;
    this.#write = write;
  }

  bytes(from: 0 | 1, bytes: Uint8Array, frame: number, messages: readonly string[] | undefined): void {
    const offset = this.#offsets[from] as number;
    this.#offsets[from] = offset + bytes.length;
    this.#head(from, frame, bytes.length, offset);
    const lines =
      messages !== undefined
        ? messageLines(messages)
        : this.#hex || !isText(bytes)
          ? dump(bytes, offset)
          : textLines(bytes);
    const mark = MARKS[from];
    const painted = lines.map(line => `${colour(COLOURS[from], `${mark} ${line}`)}\n`);
    this.#write(painted.join(''));
  }

  gap(from: 0 | 1, missing: number, frame: number): void {
    const text = `${counted(missing, 'byte')} of the ${NAMES[from]} are missing in the capture (seen in frame ${frame})`;
    this.#write(`${colour('red', `! ${text}`)}\n`);
  }

  end(): void {}

  #head(from: 0 | 1, frame: number, length: number, offset: number): void {
    const space = this.#speaker >= 0 && this.#speaker !== from ? '\n' : '';
    this.#speaker = from;
    const where = `frame ${countText(frame)}, ${counted(length, 'byte')}${offset === 0 ? '' : ` from ${countText(offset)} on`}`;
    this.#write(`${space}${colour('dim', `${NAMES[from]}, ${where}`)}\n`);
  }
}

/** Messages of our own telemetry; --hex shows their bytes. */
function messageLines(messages: readonly string[]): string[] {
  return messages.length === 0 ? ['(no message ends here)'] : messages.map(plain);
}

/** Lines of text, line ends left out; control characters are shown. */
function textLines(bytes: Uint8Array): string[] {
  const lines = visibleText(bytes).split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function dump(bytes: Uint8Array, offset: number): string[] {
  return hexRows(bytes, offset).map(row => {
    const left = row.digits.slice(0, ROW_BYTES / 2).join(' ');
    const right = row.digits.slice(ROW_BYTES / 2).join(' ');
    const hex = `${left}  ${right}`.padEnd(3 * ROW_BYTES);
    return `${offsetText(row.offset, offset + bytes.length)}  ${hex}  ${row.characters.join('')}`;
  });
}
