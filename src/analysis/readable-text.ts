/** Text in bytes: runs of printable characters, in ASCII and UTF-8. */

/** A run of text: the bytes `start` to `end` − 1. */
export interface TextRun {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * A run in binary data is no accident from this length on: of 2,048 random bytes, 38 % of which are printable, fewer than one
 * sample in a hundred has one.
 */
const LEAST_RUN = 12;
/** Where so much is printable, all of it is taken as text. */
const TEXT_SHARE = 0.85;
/** Fewer bytes than this say nothing. */
const LEAST_TEXT = 4;

const UTF8 = new TextDecoder('utf-8');

/** Share of the bytes that are printable, 0 to 1. */
export function printableShare(bytes: Uint8Array): number {
  if (bytes.length === 0) return 0;
  let printable = 0;
  for (let at = 0; at < bytes.length; ) {
    const length = characterLength(bytes, at);
    if (length > 0) printable += length;
    at += Math.max(length, 1);
  }
  return printable / bytes.length;
}

/** True where bytes are text for the most part. */
export function isText(bytes: Uint8Array): boolean {
  return bytes.length >= LEAST_TEXT && printableShare(bytes) >= TEXT_SHARE;
}

/** Runs of text, in order; in binary data only those that are no accident. */
export function textRuns(bytes: Uint8Array, isAllText: boolean): TextRun[] {
  const least = isAllText ? 1 : LEAST_RUN;
  const runs: TextRun[] = [];
  let start = 0;
  for (let at = 0; at <= bytes.length; ) {
    const length = at < bytes.length ? characterLength(bytes, at) : 0;
    if (length > 0) {
      at += length;
      continue;
    }
    if (at - start >= least && at > start) {
      const text = UTF8.decode(bytes.subarray(start, at));
      if (isAllText || isWordy(text)) runs.push({ start, end: at, text });
    }
    at++;
    start = at;
  }
  return runs;
}

/** Letters and digits of ASCII, and spaces: what words consist of; two thirds of random characters would do. */
const WORDY = /[A-Za-z0-9 ]/g;
const WORDY_SHARE = 0.8;

function isWordy(text: string): boolean {
  return (text.match(WORDY)?.length ?? 0) >= WORDY_SHARE * text.length;
}

/** Bytes of the printable character at `at`: 1 to 4, or 0 where there is none. Tab, line feed and carriage return count. */
function characterLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number;
  if (first < 0x80)
    return (first >= 0x20 && first < 0x7f) || first === 9 || first === 10 || first === 13 ? 1 : 0;
  const length =
    first >= 0xf0 && first < 0xf5 ? 4 : first >= 0xe0 ? (first < 0xf0 ? 3 : 0) : first >= 0xc2 ? 2 : 0;
  if (length === 0 || at + length > bytes.length) return 0;
  for (let index = 1; index < length; index++) if (((bytes[at + index] as number) & 0xc0) !== 0x80) return 0;
  const second = bytes[at + 1] as number;
  // C1 control characters, overlong forms, surrogates, beyond U+10FFFF.
  if (first === 0xc2 && second < 0xa0) return 0;
  if ((first === 0xe0 && second < 0xa0) || (first === 0xed && second > 0x9f)) return 0;
  return (first === 0xf0 && second < 0x90) || (first === 0xf4 && second > 0x8f) ? 0 : length;
}
