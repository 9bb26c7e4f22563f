/**
 * The parser's place in the tokens of a filter, and how it complains of one.
 */
import { type Token, tokensOf } from './lexer.ts';
import { filterProblem, quoted, type Span } from './problem.ts';

export class TokenStream {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  /** Index of the next token; may be set back to an earlier one. */
  at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokensOf(text);
  }

  /** The next token, or one behind it; `end` after the last one. */
  peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.at + ahead, this.#tokens.length - 1)] as Token;
  }

  next(): Token {
    const token = this.peek();
    this.at++;
    return token;
  }

  /** True where the next token is one of these words or signs. */
  is(...texts: readonly string[]): boolean {
    const { kind, text } = this.peek();
    return (kind === 'word' || kind === 'operator') && texts.includes(text);
  }

  /** Takes the next token if it is one of these words or signs. */
  accept(...texts: readonly string[]): boolean {
    const found = this.is(...texts);
    if (found) this.at++;
    return found;
  }

  expect(text: string, after: string): void {
    if (!this.accept(text)) throw this.expected(`"${text}" ${after}`);
  }

  /** The complaint that something else should be here. */
  expected(what: string): Error {
    const token = this.peek();
    const came = token.kind === 'end' ? 'the filter ends' : `there is ${quoted(token.text)}`;
    return filterProblem(this.#text, token, `expected ${what}, but ${came}`);
  }

  /** A complaint about tokens that have been taken. */
  problem(span: Span, message: string): Error {
    return filterProblem(this.#text, span, message);
  }

  /** From a token to the last one taken. */
  since({ start }: Span): Span {
    return { start, end: (this.#tokens[this.at - 1] as Token).end };
  }
}
