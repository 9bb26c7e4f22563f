/**
 * Range requests (RFC 9110 section 14): which bytes of a file are wanted.
 */
import { MOST_RANGES } from './limits.ts';

export interface ByteRange {
  /** The first byte. */
  readonly start: number;
  /** Behind the last byte. */
  readonly end: number;
}

/** `whole`: the file, as if no range had been asked for. `none`: no byte of it is in the ranges. */
export type RangeAnswer = 'whole' | 'none' | readonly ByteRange[];

/**
 * The ranges as they were asked for, in that order, cut at the end of the file.
 *
 * What is no range of bytes counts for nothing, and so do more ranges than `MOST_RANGES` or more bytes than the file has:
 * then the whole file is the shorter answer.
 */
export function parseRanges(header: string | undefined, size: number): RangeAnswer {
  const list = /^[ \t]*bytes[ \t]*=(.*)$/is.exec(header ?? '')?.[1];
  if (list === undefined) return 'whole';
  const specs = list
    .split(',')
    .map(spec => spec.trim())
    .filter(spec => spec !== '');
  if (specs.length === 0 || specs.length > MOST_RANGES) return 'whole';
  const ranges: ByteRange[] = [];
  for (const spec of specs) {
    const range = parseRange(spec, size);
    if (range === undefined) return 'whole';
    if (range.start < range.end) ranges.push(range);
  }
  if (ranges.length === 0) return size === 0 ? 'whole' : 'none';
  const bytes = ranges.reduce((sum, { start, end }) => sum + end - start, 0);
  return bytes > size ? 'whole' : ranges;
}

/** Empty where no byte of the file is in it; undefined for what is no range. */
function parseRange(spec: string, size: number): ByteRange | undefined {
  const [, first, last] = /^([0-9]*)-([0-9]*)$/.exec(spec) ?? [];
  if (first === undefined || last === undefined || first + last === '') return undefined;
  // Digits beyond what a number holds exactly are far beyond every file.
  if (first === '') return { start: Math.max(0, size - Number(last)), end: size };
  const [start, stop] = [Number(first), last === '' ? Number.POSITIVE_INFINITY : Number(last)];
  return start > stop ? undefined : { start, end: Math.min(size, stop + 1) };
}

/** `bytes 0-499/1234` */
export function formatContentRange({ start, end }: ByteRange, size: number): string {
  return `bytes ${start}-${end - 1}/${size}`;
}
