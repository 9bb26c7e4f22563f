/**
 * Conditional requests (RFC 9110 section 13): whether what the client has, or expects, is still so.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { parseHttpDate } from './http-date.ts';

/** What tells one version of a file from another. */
export interface Version {
  /** With its quotes, and `W/` before it where it is weak. */
  readonly etag: string;
  /** Milliseconds, whole seconds. */
  readonly modifiedMs: number;
}

export type Outcome = 'send' | 'not-modified' | 'precondition-failed';

/** In the order of RFC 9110 section 13.2.2, for GET and HEAD. A date that is none counts for nothing. */
export function checkConditions(headers: IncomingHttpHeaders, version: Version, nowMs: number): Outcome {
  const { etag, modifiedMs } = version;
  const date = (text: string | undefined): number | undefined =>
    text === undefined ? undefined : parseHttpDate(text, nowMs);
  const ifMatch = headers['if-match'];
  const unmodifiedSince = date(headers['if-unmodified-since']);
  if (ifMatch !== undefined) {
    if (!lists(ifMatch, tag => isSame(tag, etag))) return 'precondition-failed';
  } else if (unmodifiedSince !== undefined && modifiedMs > unmodifiedSince) return 'precondition-failed';
  const ifNoneMatch = headers['if-none-match'];
  const modifiedSince = date(headers['if-modified-since']);
  if (ifNoneMatch !== undefined) {
    if (lists(ifNoneMatch, tag => isAlike(tag, etag))) return 'not-modified';
  } else if (modifiedSince !== undefined && modifiedMs <= modifiedSince) return 'not-modified';
  return 'send';
}

/** Whether a range may be sent, since the client has a part of this very version (RFC 9110 section 13.1.5). */
export function checkIfRange(
  ifRange: string | undefined,
  { etag, modifiedMs }: Version,
  nowMs: number,
): boolean {
  if (ifRange === undefined) return true;
  if (/^(W\/)?"/.test(ifRange)) return isSame(ifRange, etag);
  // A date is worth as much as a strong tag only where the file was not changed since within that second.
  return !etag.startsWith('W/') && parseHttpDate(ifRange, nowMs) === modifiedMs;
}

/** Whether a list has a tag that fits: `*` fits whatever there is. What is no list has none. */
function lists(text: string, fits: (tag: string) => boolean): boolean {
  if (text.trim() === '*') return true;
  // No tag holds a quote, so what stands between two of them is one. Elements may be empty.
  if (!/^[ \t,]*(?:W\/)?"[^"]*"(?:[ \t]*,(?:[ \t]*(?:W\/)?"[^"]*")?)*[ \t]*$/.test(text)) return false;
  return (text.match(/(?:W\/)?"[^"]*"/g) ?? []).some(fits);
}

/** The strong comparison of RFC 9110 section 8.8.3.2: the same, byte for byte. */
function isSame(one: string, other: string): boolean {
  return one === other && !one.startsWith('W/');
}

/** The weak comparison: the same for whoever looks at it. */
function isAlike(one: string, other: string): boolean {
  return one.replace(/^W\//, '') === other.replace(/^W\//, '');
}
