/**
 * What is sent of a file: everything that request and version decide, before a byte of it is read.
 */
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { checkConditions, checkIfRange, type Version } from './conditions.ts';
import { formatHttpDate } from './http-date.ts';
import { type ByteRange, formatContentRange, parseRanges } from './ranges.ts';

/** A piece of the body: text of ours, or bytes of the file. */
export type BodyPart = string | ByteRange;

export interface FilePlan {
  readonly status: 200 | 206 | 304 | 412 | 416;
  readonly headers: OutgoingHttpHeaders;
  readonly body: readonly BodyPart[];
}

/** What a plan is made for. */
export interface FileRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly file: Version & { readonly size: number };
  readonly type: string;
  readonly nowMs: number;
  /** Stands between the parts of several ranges: must not be in the file. */
  readonly boundary: string;
}

export function planFile({ method, headers, file, type, nowMs, boundary }: FileRequest): FilePlan {
  const { size, etag, modifiedMs } = file;
  const version = { ETag: etag, 'Last-Modified': formatHttpDate(modifiedMs), 'Cache-Control': 'no-cache' };
  const outcome = checkConditions(headers, file, nowMs);
  if (outcome === 'not-modified') return { status: 304, headers: version, body: [] };
  if (outcome === 'precondition-failed') {
    const text = 'the file is another than the one that was expected\n';
    return { status: 412, headers: { ...version, ...plainText(text) }, body: [text] };
  }
  const common = { ...version, 'Accept-Ranges': 'bytes' };
  // Ranges mean something for GET only (RFC 9110 section 14.2).
  const ifRange = headers['if-range'] as string | undefined;
  const mayBePart = method === 'GET' && checkIfRange(ifRange, file, nowMs);
  const ranges = parseRanges(mayBePart ? headers.range : undefined, size);
  if (ranges === 'none') {
    const text = `the file has ${size} bytes, and none of them is in that range\n`;
    const heads = { ...common, ...plainText(text), 'Content-Range': `bytes */${size}` };
    return { status: 416, headers: heads, body: [text] };
  }
  const [first, ...others] = ranges === 'whole' ? [{ start: 0, end: size }] : ranges;
  const range = first as ByteRange;
  if (others.length > 0) return multipart(ranges as readonly ByteRange[], size, type, boundary, common);
  const heads = { ...common, 'Content-Type': type, 'Content-Length': range.end - range.start };
  if (ranges === 'whole') return { status: 200, headers: heads, body: [range] };
  return {
    status: 206,
    headers: { ...heads, 'Content-Range': formatContentRange(range, size) },
    body: [range],
  };
}

/** Several ranges in one answer (RFC 9110 section 14.6). */
function multipart(
  ranges: readonly ByteRange[],
  size: number,
  type: string,
  boundary: string,
  common: OutgoingHttpHeaders,
): FilePlan {
  const heads = ranges.map(
    range =>
      `\r\n--${boundary}\r\nContent-Type: ${type}\r\nContent-Range: ${formatContentRange(range, size)}\r\n\r\n`,
  );
  const body = [
    ...ranges.flatMap((range, index) => [heads[index] as string, range]),
    `\r\n--${boundary}--\r\n`,
  ];
  const length = body.reduce((sum, part) => sum + sizeOf(part), 0);
  const type_ = `multipart/byteranges; boundary=${boundary}`;
  return { status: 206, headers: { ...common, 'Content-Type': type_, 'Content-Length': length }, body };
}

/** All of it is ASCII. */
function sizeOf(part: BodyPart): number {
  return typeof part === 'string' ? part.length : part.end - part.start;
}

function plainText(text: string): OutgoingHttpHeaders {
  return { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': text.length };
}
