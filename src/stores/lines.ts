/**
 * Lines of a file in pieces, each line whole. A last line without a line feed is one that is being written,
 * or was left half-written by a crash: it is not given.
 */
import { createReadStream } from 'node:fs';
import { fileFailure } from './store-failure.ts';

/** Bytes read at a time. */
const CHUNK_BYTES = 262_144;

/** A line longer than this is not one of ours: a reading of text fills a message at most. */
const MAX_LINE_CHARACTERS = 67_108_864;

/** Gives lines without their line feeds; in CSV a line feed within quotes does not end a line. */
export async function* linesOf(path: string, hasQuotes: boolean): AsyncGenerator<string[]> {
  const stream = createReadStream(path, { encoding: 'utf8', highWaterMark: CHUNK_BYTES });
  let rest = '';
  try {
    for await (const chunk of stream) {
      const { lines, open } = splitLines(rest + String(chunk), hasQuotes);
      rest = open.length > MAX_LINE_CHARACTERS ? '' : open;
      if (lines.length > 0) yield lines;
    }
  } catch (error) {
    throw fileFailure(error, path);
  }
}

function splitLines(text: string, hasQuotes: boolean): { lines: string[]; open: string } {
  const pieces = text.split('\n');
  const open = pieces.pop() ?? '';
  if (!hasQuotes || !text.includes('"')) return { lines: pieces, open };
  const lines: string[] = [];
  let unfinished: string | undefined;
  for (const piece of pieces) {
    const line: string = unfinished === undefined ? piece : `${unfinished}\n${piece}`;
    unfinished = isQuoteOpen(line) ? line : undefined;
    if (unfinished === undefined) lines.push(line);
  }
  return { lines, open: unfinished === undefined ? open : `${unfinished}\n${open}` };
}

/** A field's quote is open where the quotes so far are odd in number; a doubled one counts twice. */
function isQuoteOpen(line: string): boolean {
  let isOpen = false;
  for (let at = line.indexOf('"'); at !== -1; at = line.indexOf('"', at + 1)) isOpen = !isOpen;
  return isOpen;
}
