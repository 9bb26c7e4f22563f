/**
 * A filter as people write it (pcap-filter(7)) → its tree.
 *
 * `and` and `or` bind alike, from left to right, and `not` tighter, as in tcpdump. After `and` or `or` a bare address or
 * number takes the words of the one before it: `tcp port 80 or 443`.
 */
import { acceptRelation, MOST_NESTED, parseArithmetic, startsArithmetic } from './arithmetic-parser.ts';
import { parseIdentifier } from './identifiers.ts';
import type { Token } from './lexer.ts';
import { parseHead, parseOther, type Qualifiers } from './primitives.ts';
import { quoted } from './problem.ts';
import type { Expression } from './syntax.ts';
import { TokenStream } from './token-stream.ts';
import { KEYWORDS } from './words.ts';

/** An expression, and what a bare address or number after it takes from it. */
interface Parsed {
  readonly expression: Expression;
  readonly qualifiers: Qualifiers | undefined;
}

/** @throws UsageError SW_BAD_FILTER, with the place */
export function parseFilter(text: string): Expression {
  const tokens = new TokenStream(text);
  if (tokens.peek().kind === 'end') return { kind: 'all' };
  const { expression } = parseExpression(tokens, undefined, 0);
  if (tokens.peek().kind !== 'end') throw tokens.expected('"and", "or" or the end');
  return expression;
}

function parseExpression(tokens: TokenStream, inherited: Qualifiers | undefined, depth: number): Parsed {
  let { expression, qualifiers } = parseTerm(tokens, inherited, depth);
  for (;;) {
    const kind = tokens.accept('and', '&&') ? 'and' : tokens.accept('or', '||') ? 'or' : undefined;
    if (kind === undefined) return { expression, qualifiers };
    const right = parseTerm(tokens, qualifiers, depth);
    expression = joined(kind, expression, right.expression);
    ({ qualifiers } = right);
  }
}

/** A chain of the same kind is one node, so that a filter of thousands of addresses is not thousands deep. */
function joined(kind: 'and' | 'or', left: Expression, right: Expression): Expression {
  if (left.kind !== kind) return { kind, operands: [left, right] };
  (left.operands as Expression[]).push(right);
  return left;
}

function parseTerm(tokens: TokenStream, inherited: Qualifiers | undefined, depth: number): Parsed {
  const token = tokens.peek();
  if (depth >= MOST_NESTED)
    throw tokens.problem(token, `more than ${MOST_NESTED} parentheses within each other`);
  if (tokens.accept('not', '!')) {
    const { expression, qualifiers } = parseTerm(tokens, inherited, depth + 1);
    return { expression: { kind: 'not', operand: expression }, qualifiers };
  }
  if (startsArithmetic(tokens)) return { expression: parseRelation(tokens), qualifiers: undefined };
  if (tokens.is('(')) return parseParenthesis(tokens, inherited, depth);
  if (isIdentifier(token)) {
    const isCapital = token.kind === 'word' && KEYWORDS.has(token.text.toLowerCase());
    if (inherited === undefined || isCapital) throw bareIdentifier(tokens, token);
    return { expression: parseIdentifier(tokens, inherited), qualifiers: inherited };
  }
  const other = parseOther(tokens);
  if (other !== undefined) return { expression: other, qualifiers: undefined };
  const head = parseHead(tokens);
  if ('kind' in head) return { expression: head, qualifiers: undefined };
  return { expression: parseIdentifiers(tokens, head, depth), qualifiers: head };
}

/** Either an expression or a calculation: `(tcp[13] & 2) != 0`. What gets further is what was meant. */
function parseParenthesis(tokens: TokenStream, inherited: Qualifiers | undefined, depth: number): Parsed {
  const start = tokens.at;
  let inner = start;
  while (tokens.peek(inner - start).text === '(') inner++;
  tokens.at = inner;
  const isCalculation = startsArithmetic(tokens);
  tokens.at = start;
  if (isCalculation) {
    try {
      return { expression: parseRelation(tokens), qualifiers: undefined };
    } catch (error) {
      const reached = tokens.at;
      tokens.at = start;
      try {
        return parseGroup(tokens, inherited, depth);
      } catch (other) {
        throw tokens.at > reached ? other : error;
      }
    }
  }
  return parseGroup(tokens, inherited, depth);
}

function parseGroup(tokens: TokenStream, inherited: Qualifiers | undefined, depth: number): Parsed {
  tokens.expect('(', '');
  const { expression } = parseExpression(tokens, inherited, depth + 1);
  closeGroup(tokens);
  // What comes after it takes the words from before it.
  return { expression, qualifiers: inherited };
}

function closeGroup(tokens: TokenStream): void {
  if (!tokens.accept(')')) throw tokens.expected('"and", "or" or ")"');
}

/** What follows `port` or `src net`: one address or number, or several in parentheses. */
function parseIdentifiers(tokens: TokenStream, qualifiers: Qualifiers, depth: number): Expression {
  const token = tokens.peek();
  if (depth >= MOST_NESTED)
    throw tokens.problem(token, `more than ${MOST_NESTED} parentheses within each other`);
  if (tokens.accept('not', '!')) {
    return { kind: 'not', operand: parseIdentifiers(tokens, qualifiers, depth + 1) };
  }
  if (!tokens.accept('(')) return parseIdentifier(tokens, qualifiers);
  let expression = parseIdentifiers(tokens, qualifiers, depth + 1);
  for (;;) {
    const kind = tokens.accept('and', '&&') ? 'and' : tokens.accept('or', '||') ? 'or' : undefined;
    if (kind === undefined) break;
    expression = joined(kind, expression, parseIdentifiers(tokens, qualifiers, depth + 1));
  }
  closeGroup(tokens);
  return expression;
}

function parseRelation(tokens: TokenStream): Expression {
  const left = parseArithmetic(tokens);
  const operator = acceptRelation(tokens);
  if (operator === undefined) throw tokens.expected('a comparison such as "= 0" or "> 5"');
  return { kind: 'relation', left, operator, right: parseArithmetic(tokens) };
}

function isIdentifier({ kind, text }: Token): boolean {
  return kind === 'word' ? !KEYWORDS.has(text) : kind !== 'operator' && kind !== 'end';
}

function bareIdentifier(tokens: TokenStream, token: Token): Error {
  if (token.kind === 'word' && KEYWORDS.has(token.text.toLowerCase())) {
    return tokens.problem(
      token,
      `${quoted(token.text)} is written in small letters: "${token.text.toLowerCase()}"`,
    );
  }
  if (token.kind === 'number') {
    return tokens.problem(token, `a number needs a word before it, as in "port ${token.text}"`);
  }
  if (token.kind !== 'word' && token.kind !== 'escaped') {
    return tokens.problem(token, `an address needs a word before it, as in "host ${token.text}"`);
  }
  return tokens.problem(
    token,
    `${quoted(token.text)} is no word of filters: there are tcp, udp, icmp, ip, ip6, arp, host, net, port, and others`,
  );
}
