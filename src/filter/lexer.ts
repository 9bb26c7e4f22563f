/**
 * A filter's text → tokens. Words hold letters, digits, `-`, `_` and `.`, as host names do; so `len-4` is one word.
 */
import { parseHardware, parseIpv6 } from './addresses.ts';
import { filterProblem, quoted, type Span } from './problem.ts';

export interface Token extends Span {
  /**
   * `escaped`: a name that is no keyword here, written with a backslash; `text` is without it.
   * `end`: after the last one.
   */
  readonly kind: 'word' | 'escaped' | 'number' | 'dotted' | 'ipv6' | 'hardware' | 'operator' | 'end';
  readonly text: string;
  /** Of a number. */
  readonly value: number;
}

/** The kernel takes programs of 4,096 instructions (BPF_MAXINSNS), and hardly a filter needs more tokens than twice that. */
const MOST_TOKENS = 8_192;
/** The largest number that a filter can compare with: registers have 32 bits. */
const MOST_NUMBER = 0xffff_ffff;

const SPACE = /[ \t\r\n]+/y;
const ESCAPED = /\\[^ !()\r\n\t]+/y;
const WORD = /[A-Za-z0-9_](?:[-_.A-Za-z0-9]*[_.A-Za-z0-9])?/y;
const WITH_COLONS = /[0-9A-Fa-f]*:[0-9A-Fa-f:.]*/y;
const OPERATOR = /&&|\|\||==|!=|<=|>=|<<|>>|[-!()[\]+*/%&|^<>=:]/y;
const NUMBER = /^(0[xX][0-9a-fA-F]+|[0-9]+)$/;
const DOTTED = /^[0-9]+(\.[0-9]+){1,3}$/;

/** @throws UsageError SW_BAD_FILTER */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let brackets = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  for (;;) {
    at += match(SPACE)?.length ?? 0;
    if (at >= text.length)
      return [...tokens, { kind: 'end', text: '', value: 0, start: text.length, end: text.length }];
    if (tokens.length >= MOST_TOKENS) {
      throw filterProblem(
        text,
        { start: at, end: at + 1 },
        `it is too long: it may have ${MOST_TOKENS} words and signs`,
      );
    }
    // Between brackets a colon stands before a size: tcp[12:2].
    const colons = brackets === 0 ? match(WITH_COLONS) : undefined;
    const word = colons === undefined || colons === ':' ? match(WORD) : undefined;
    const operator = match(OPERATOR);
    const escaped = match(ESCAPED);
    const found = (colons === ':' ? undefined : colons) ?? word ?? escaped ?? operator;
    if (found === undefined) {
      throw filterProblem(
        text,
        { start: at, end: at + 1 },
        `${quoted(text[at] as string)} means nothing in a filter`,
      );
    }
    const span = { start: at, end: at + found.length };
    if (found === operator) {
      brackets += found === '[' ? 1 : found === ']' ? -1 : 0;
      tokens.push({ kind: 'operator', text: found, value: 0, ...span });
    } else if (found === escaped) {
      tokens.push({ kind: 'escaped', text: found.slice(1), value: 0, ...span });
    } else {
      tokens.push(classified(text, found, span));
    }
    at = span.end;
  }
}

function classified(filter: string, text: string, span: Span): Token {
  if (text.includes(':')) {
    if (parseHardware(text)) return { kind: 'hardware', text, value: 0, ...span };
    if (parseIpv6(text)) return { kind: 'ipv6', text, value: 0, ...span };
    throw filterProblem(filter, span, `${quoted(text)} is neither an IPv6 nor a hardware address`);
  }
  if (NUMBER.test(text) && text.length !== 12) {
    // As in C, and in tcpdump: 010 is eight.
    const value = /^0[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number(text);
    if (value > MOST_NUMBER) throw filterProblem(filter, span, `${quoted(text)} does not fit 32 bits`);
    return { kind: 'number', text, value, ...span };
  }
  const kind = parseHardware(text) ? 'hardware' : DOTTED.test(text) ? 'dotted' : 'word';
  return { kind, text, value: 0, ...span };
}
