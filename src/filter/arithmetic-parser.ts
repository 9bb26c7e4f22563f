/**
 * Byte expressions: `tcp[tcpflags] & (tcp-syn|tcp-fin)`, `ip[2:2] - 4*(ip[0] & 0xf)`, `len`. Operators bind as in C.
 */
import { quoted } from './problem.ts';
import type { Arithmetic, ArithmeticOperator, Protocol, Relation } from './syntax.ts';
import { PROTOCOLS } from './syntax.ts';
import type { TokenStream } from './token-stream.ts';
import { CONSTANTS } from './words.ts';

/** From the loosest to the tightest. */
const LEVELS: readonly (readonly ArithmeticOperator[])[] = [
  ['|'],
  ['^'],
  ['&'],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
];
const RELATIONS: ReadonlyMap<string, Relation> = new Map([
  ['=', '='],
  ['==', '='],
  ['!=', '!='],
  ['<', '<'],
  ['<=', '<='],
  ['>', '>'],
  ['>=', '>='],
]);

/**
 * Parentheses and brackets within each other: enough for anybody, and safe for the stack. The compiler has 16 registers
 * for what waits (BPF_MEMWORDS), and says where they do not suffice.
 */
export const MOST_NESTED = 64;

/** Protocols of an IP packet, and those whose fields `[` can ask for. */
export function isProtocol(word: string): word is Protocol {
  return (PROTOCOLS as readonly string[]).includes(word);
}

/** `link` is another word for `ether`. */
export function protocolOf(word: string): Protocol | undefined {
  return word === 'link' ? 'ether' : isProtocol(word) ? word : undefined;
}

/** True where a relation is clearly meant here: what comes first can be nothing else. */
export function startsArithmetic(tokens: TokenStream): boolean {
  const { kind, text } = tokens.peek();
  if (kind === 'number') {
    const after = tokens.peek(1);
    return (
      after.kind === 'operator' &&
      after.text !== ')' &&
      after.text !== '/' &&
      !/^(!|&&|\|\|)$/.test(after.text)
    );
  }
  if (kind === 'operator') return text === '-';
  if (kind !== 'word') return false;
  return (
    text === 'len' || CONSTANTS.has(text) || (protocolOf(text) !== undefined && tokens.peek(1).text === '[')
  );
}

/** The sign of a relation, taken; undefined: there is none. */
export function acceptRelation(tokens: TokenStream): Relation | undefined {
  const { kind, text } = tokens.peek();
  const relation = kind === 'operator' ? RELATIONS.get(text) : undefined;
  if (relation !== undefined) tokens.next();
  return relation;
}

export function parseArithmetic(tokens: TokenStream, depth = 0, level = 0): Arithmetic {
  const operators = LEVELS[level];
  if (operators === undefined) return parseOperand(tokens, depth);
  const first = tokens.peek();
  let left = parseArithmetic(tokens, depth, level + 1);
  for (;;) {
    const sign = operators.find(operator => tokens.is(operator));
    if (sign === undefined) return left;
    tokens.next();
    const right = parseArithmetic(tokens, depth, level + 1);
    left = operation(tokens, first, sign, left, right);
  }
}

function operation(
  tokens: TokenStream,
  first: { readonly start: number; readonly end: number },
  operator: ArithmeticOperator,
  left: Arithmetic,
  right: Arithmetic,
): Arithmetic {
  const span = tokens.since(first);
  if ((operator === '/' || operator === '%') && right.kind === 'number' && right.value === 0) {
    throw tokens.problem(span, 'this divides by zero');
  }
  if ((operator === '<<' || operator === '>>') && right.kind === 'number' && right.value > 31) {
    throw tokens.problem(span, 'values have 32 bits: shift them by 31 at most');
  }
  if (left.kind === 'number' && right.kind === 'number') {
    return { kind: 'number', value: calculate(operator, left.value, right.value) };
  }
  return { kind: 'operation', operator, left, right, span };
}

/** As the kernel calculates: unsigned 32 bits. A shift by 32 or more gives nothing. */
export function calculate(operator: ArithmeticOperator, left: number, right: number): number {
  switch (operator) {
    case '+':
      return (left + right) >>> 0;
    case '-':
      return (left - right) >>> 0;
    case '*':
      return Math.imul(left, right) >>> 0;
    case '/':
      return Math.floor(left / right);
    case '%':
      return left % right;
    case '&':
      return (left & right) >>> 0;
    case '|':
      return (left | right) >>> 0;
    case '^':
      return (left ^ right) >>> 0;
    case '<<':
      return right < 32 ? (left << right) >>> 0 : 0;
    case '>>':
      return right < 32 ? left >>> right : 0;
  }
}

function parseOperand(tokens: TokenStream, depth: number): Arithmetic {
  const token = tokens.peek();
  if (depth >= MOST_NESTED)
    throw tokens.problem(token, `more than ${MOST_NESTED} brackets within each other`);
  if (token.kind === 'number') return { kind: 'number', value: tokens.next().value };
  if (tokens.accept('-')) {
    const operand = parseOperand(tokens, depth + 1);
    return operation(tokens, token, '-', { kind: 'number', value: 0 }, operand);
  }
  if (tokens.accept('(')) {
    const inner = parseArithmetic(tokens, depth + 1);
    tokens.expect(')', 'after the calculation');
    return inner;
  }
  if (tokens.accept('len')) return { kind: 'length' };
  const constant = token.kind === 'word' ? CONSTANTS.get(token.text) : undefined;
  if (constant !== undefined) {
    tokens.next();
    return { kind: 'number', value: constant };
  }
  const protocol = token.kind === 'word' ? protocolOf(token.text) : undefined;
  if (protocol === undefined) throw tokens.expected('a number, "len", or bytes such as "tcp[13]"');
  tokens.next();
  tokens.expect('[', `after "${token.text}", as in ${token.text}[0]`);
  const index = parseArithmetic(tokens, depth + 1);
  const size = tokens.accept(':') ? parseSize(tokens) : 1;
  tokens.expect(']', 'after the position');
  return { kind: 'bytes', protocol, index, size, span: tokens.since(token) };
}

function parseSize(tokens: TokenStream): 1 | 2 | 4 {
  const token = tokens.next();
  if (token.kind === 'number' && (token.value === 1 || token.value === 2 || token.value === 4))
    return token.value;
  throw tokens.problem(token, `1, 2 or 4 bytes can be read at a time, not ${quoted(token.text)}`);
}
