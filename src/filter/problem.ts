/**
 * What is said where a filter is not understood: the place, what was expected there, and the filter with a caret under it.
 */
import { UsageError } from '../errors/errors.ts';

/** A part of the filter's text: offsets of its first character and of the one after its last. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** So many characters of a long filter are shown on each side of the place: both fit a line of 80 with what is between. */
const SHOWN_BESIDE = 32;

/** A syntax error at a place of a filter. */
export function filterProblem(text: string, { start, end }: Span, message: string): UsageError {
  const first = Math.max(0, start - SHOWN_BESIDE);
  const last = Math.min(text.length, Math.max(end, start + 1) + SHOWN_BESIDE);
  const before = first > 0 ? '…' : '';
  const shown = `${before}${oneLine(text.slice(first, last))}${last < text.length ? '…' : ''}`;
  const caret = `${' '.repeat(before.length + start - first)}${'^'.repeat(Math.max(1, Math.min(end, last) - start))}`;
  return new UsageError('SW_BAD_FILTER', `filter: ${message}\n  ${shown}\n  ${caret}`);
}

/** A part of a filter within a message. */
export function quoted(text: string): string {
  return `"${oneLine(text.length > 40 ? `${text.slice(0, 40)}…` : text)}"`;
}

/** Every character stays one character wide, so that the caret stands where it should. */
function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is taken out
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ');
}
