/** Lines for standard output: colours where it is a terminal, words broken at its width. */
import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Wider lines are hard to read; narrower ones need no care. */
const MOST_COLUMNS = 110;
const LEAST_COLUMNS = 50;
/** Where nobody says: a file, a pipe. */
const USUAL_COLUMNS = 100;

/** Colours text for standard output; NO_COLOR, FORCE_COLOR and a redirected output are respected. */
export function colour(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/** How many characters a line has. */
export function lineWidth(): number {
  const { isTTY, columns } = process.stdout;
  if (!isTTY || columns === undefined || columns === 0) return USUAL_COLUMNS;
  return Math.min(MOST_COLUMNS, Math.max(LEAST_COLUMNS, columns));
}

/** Breaks text into lines of at most `width` characters, at spaces where there are some. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** A label and text beside it, further lines below the text. */
export function labelled(label: string, text: string, labelWidth: number, width: number): string[] {
  return wrap(text, width - labelWidth).map((line, index) =>
    index === 0 ? `${label.padEnd(labelWidth)}${line}` : `${' '.repeat(labelWidth)}${line}`,
  );
}

/** Rows under headings, each column as wide as its widest cell; numbers (marked by `right`) to the right. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: ReadonlySet<number>,
): string[] {
  const widths = head.map((title, index) =>
    Math.max(title.length, ...rows.map(row => (row[index] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => {
        const width = widths[index] ?? 0;
        return right.has(index) ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return [colour('bold', line(head)), ...rows.map(line)];
}
