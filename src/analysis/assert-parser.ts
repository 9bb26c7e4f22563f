/**
 * The small language of `--assert`: comparisons of named numbers, `and`, `or`, `not`, arithmetic, brackets; numbers with units.
 *
 *     retransmissions == 0
 *     tcp[0].client.rtt.p95 < 5ms and tcp[0].close.state == "closed"
 *     repeated_bytes / payload_bytes <= 0.01
 */
import { UsageError } from '../errors/errors.ts';

export type Value = number | string | null;

/** Finds what a name stands for. @throws UsageError SW_USAGE where there is no such name */
export type Resolve = (name: string) => Value;

export interface Assertion {
  readonly text: string;
  /** Names in it, in the order of their appearance. */
  readonly names: readonly string[];
  evaluate(resolve: Resolve): Value | boolean;
}

type Node = (resolve: Resolve) => Value | boolean;

/** Brackets within brackets: more is a slip, and would use up the stack. */
const MOST_DEPTH = 50;

/** Times in nanoseconds, sizes in bytes, rates in bits a second. */
const UNITS: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['ns', 1],
  ['us', 1e3],
  ['µs', 1e3],
  ['ms', 1e6],
  ['s', 1e9],
  ['min', 60e9],
  ['m', 60e9],
  ['h', 3_600e9],
  ['%', 0.01],
  ['B', 1],
  ['kB', 1e3],
  ['MB', 1e6],
  ['GB', 1e9],
  ['KiB', 1_024],
  ['MiB', 1_048_576],
  ['GiB', 1_073_741_824],
  ['bit/s', 1],
  ['kbit/s', 1e3],
  ['Mbit/s', 1e6],
  ['Gbit/s', 1e9],
]);

const TOKEN =
  /\s*(?:(?<number>[0-9]+(?:\.[0-9]+)?(?:e[0-9]+)?)\s?(?<unit>(?:[kMG]?bit\/s|[kMG]B|[KMG]iB|B|ns|us|µs|ms|min|[smh]|%)(?![A-Za-z0-9_]))?|(?<name>[A-Za-z_][A-Za-z0-9_]*(?:\[[0-9]+\])*(?:\.[A-Za-z_][A-Za-z0-9_]*(?:\[[0-9]+\])*)*)|(?<string>"[^"]*"|'[^']*')|(?<sign>==|!=|<=|>=|&&|\|\||[<>()+\-*/!]))/y;

interface Token {
  readonly kind: 'number' | 'name' | 'string' | 'sign' | 'end';
  readonly text: string;
  readonly value: number;
  readonly at: number;
}

/** @throws UsageError SW_USAGE, with the place */
export function parseAssertion(text: string): Assertion {
  const parser = new Parser(text);
  const node = parser.parse();
  return { text, names: parser.names, evaluate: resolve => node(resolve) };
}

class Parser {
  readonly names: string[] = [];
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokensOf(text);
  }

  parse(): Node {
    const node = this.#or();
    if (this.#peek().kind !== 'end') throw this.#problem('expected a comparison, "and" or "or"');
    return node;
  }

  #or(): Node {
    let left = this.#and();
    while (this.#take('or', '||')) {
      const [first, second] = [left, this.#and()];
      left = resolve => isTrue(first(resolve)) || isTrue(second(resolve));
    }
    return left;
  }

  #and(): Node {
    let left = this.#comparison();
    while (this.#take('and', '&&')) {
      const [first, second] = [left, this.#comparison()];
      left = resolve => isTrue(first(resolve)) && isTrue(second(resolve));
    }
    return left;
  }

  #comparison(): Node {
    if (this.#take('not', '!')) {
      const node = this.#nested(() => this.#comparison());
      return resolve => !isTrue(node(resolve));
    }
    const left = this.#sum();
    const sign = this.#peek().text;
    const compare = this.#peek().kind === 'sign' ? COMPARISONS.get(sign) : undefined;
    if (compare === undefined) return left;
    this.#next++;
    const right = this.#sum();
    return resolve => {
      const [one, other] = [left(resolve), right(resolve)];
      // What is not known fulfils nothing, not even "!=".
      return one !== null && other !== null && compare(one, other);
    };
  }

  #sum(): Node {
    let left = this.#product();
    for (;;) {
      const isPlus = this.#take('+');
      if (!isPlus && !this.#take('-')) return left;
      const [first, second] = [left, this.#product()];
      left = resolve => calculate(first(resolve), second(resolve), (a, b) => (isPlus ? a + b : a - b));
    }
  }

  #product(): Node {
    let left = this.#value();
    for (;;) {
      const isTimes = this.#take('*');
      if (!isTimes && !this.#take('/')) return left;
      const [first, second] = [left, this.#value()];
      left = resolve => calculate(first(resolve), second(resolve), (a, b) => (isTimes ? a * b : a / b));
    }
  }

  #value(): Node {
    const token = this.#peek();
    this.#next++;
    switch (token.kind) {
      case 'number':
        return () => token.value;
      case 'string':
        return () => token.text.slice(1, -1);
      case 'name':
        if (token.text === 'true' || token.text === 'false') return () => Number(token.text === 'true');
        this.names.push(token.text);
        return resolve => resolve(token.text);
      default:
        if (token.text === '-') {
          const node = this.#nested(() => this.#value());
          return resolve => calculate(0, node(resolve), (a, b) => a - b);
        }
        if (token.text !== '(') {
          this.#next--;
          throw this.#problem('expected a name, a number or a bracket');
        }
    }
    const inner = this.#nested(() => this.#or());
    if (!this.#take(')')) throw this.#problem('expected ")"');
    return inner;
  }

  #nested(parse: () => Node): Node {
    if (++this.#depth > MOST_DEPTH) throw this.#problem(`more than ${MOST_DEPTH} brackets within each other`);
    const node = parse();
    this.#depth--;
    return node;
  }

  #peek(): Token {
    return this.#tokens[Math.min(this.#next, this.#tokens.length - 1)] as Token;
  }

  #take(...texts: readonly string[]): boolean {
    const { kind, text } = this.#peek();
    if (kind === 'string' || !texts.includes(text)) return false;
    this.#next++;
    return true;
  }

  #problem(what: string): UsageError {
    return problem(this.#text, this.#peek().at, what);
  }
}

const COMPARISONS: ReadonlyMap<string, (left: Value | boolean, right: Value | boolean) => boolean> = new Map([
  ['==', (left, right) => plainValue(left) === plainValue(right)],
  ['!=', (left, right) => plainValue(left) !== plainValue(right)],
  ['<', (left, right) => Number(left) < Number(right)],
  ['<=', (left, right) => Number(left) <= Number(right)],
  ['>', (left, right) => Number(left) > Number(right)],
  ['>=', (left, right) => Number(left) >= Number(right)],
]);

function plainValue(value: Value | boolean): Value {
  return typeof value === 'boolean' ? Number(value) : value;
}

function calculate(
  left: Value | boolean,
  right: Value | boolean,
  operate: (a: number, b: number) => number,
): Value {
  return left === null || right === null ? null : operate(Number(left), Number(right));
}

export function isTrue(value: Value | boolean): boolean {
  return value !== null && value !== 0 && value !== false && value !== '' && !Number.isNaN(value);
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let at = 0; at < text.trimEnd().length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const groups = TOKEN.exec(text)?.groups;
    if (groups === undefined) throw problem(text, at, 'nothing that is understood');
    const { number, unit = '', name, string, sign } = groups;
    const start = TOKEN.lastIndex - (number ?? name ?? string ?? sign ?? '').length - unit.length;
    const kind =
      number !== undefined
        ? 'number'
        : name !== undefined
          ? 'name'
          : string !== undefined
            ? 'string'
            : 'sign';
    tokens.push({
      kind,
      text: number ?? name ?? string ?? sign ?? '',
      value: Number(number ?? 0) * (UNITS.get(unit) ?? 1),
      at: Math.max(at, start),
    });
  }
  return [...tokens, { kind: 'end', text: '', value: 0, at: text.length }];
}

function problem(text: string, at: number, what: string): UsageError {
  return new UsageError(
    'SW_USAGE',
    `--assert: ${what} at character ${at + 1}\n  ${text}\n  ${' '.repeat(at)}^\nwrite it like 'retransmissions == 0' or 'tcp[0].client.rtt.p95 < 5ms'`,
  );
}
