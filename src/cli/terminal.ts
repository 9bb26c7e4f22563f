/**
 * What goes to the terminal: colours where they are wanted, one live line where there is somebody to see it.
 */
import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Colours text for standard error; NO_COLOR, FORCE_COLOR and a redirected output are respected. */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stderr });
}

/** Text of somebody else's as one line: control characters could rewrite the screen. */
export function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is taken out
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}

/** A number for people, with separators between thousands. */
export function number(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: value < 10 ? 2 : value < 100 ? 1 : 0 });
}

/** Microseconds as milliseconds with three significant digits, for JSON. */
export function ms(us: number): number {
  return Number((us / 1000).toPrecision(4));
}

/** Percentiles of a histogram in milliseconds, or null where nothing was measured. */
export function percentilesMs(histogram: {
  readonly count: number;
  readonly max: number;
  percentile(p: number): number;
}): Percentiles | null {
  if (histogram.count === 0) return null;
  return {
    p50: ms(histogram.percentile(50)),
    p95: ms(histogram.percentile(95)),
    p99: ms(histogram.percentile(99)),
    max: ms(histogram.max),
  };
}

export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Log lines and one line below them that is rewritten; on anything but a terminal there is no such line. */
export class Screen {
  readonly #live = process.stderr.isTTY === true;
  #line = '';

  get isLive(): boolean {
    return this.#live;
  }

  /** Prints a line on standard error, above the live one. */
  log(text: string): void {
    this.#erase();
    process.stderr.write(`${text}\n`);
    this.#draw();
  }

  /** Replaces the live line. */
  live(text: string): void {
    if (!this.#live) return;
    this.#erase();
    this.#line = text;
    this.#draw();
  }

  /** Takes the live line away. */
  end(): void {
    this.#erase();
    this.#line = '';
  }

  #erase(): void {
    if (this.#line !== '') process.stderr.write('\r\x1b[2K');
  }

  #draw(): void {
    if (this.#line !== '') process.stderr.write(cut(this.#line, (process.stderr.columns || 80) - 1));
  }
}

/** At most `columns` visible characters; escape sequences take no room. */
function cut(text: string, columns: number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
  const parts = text.split(/(\x1b\[[0-9;]*m)/);
  let left = columns;
  return parts
    .map((part, index) => {
      if (index % 2 === 1) return part;
      const shown = Array.from(part).slice(0, left).join('');
      left -= Array.from(shown).length;
      return shown;
    })
    .join('');
}

/** Prints one JSON line on standard output. */
export function printJson(event: string, fields: object): void {
  process.stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
}
