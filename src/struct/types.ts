/**
 * The format language a second time, at compile time: from the text of a format to the types of its values.
 *
 * `Unpacked<'=iif'>` is `[number, number, number]`. A count above 99 becomes an open array (`number[]`), since
 * a tuple that long helps nobody and deep types stop the compiler. A format that is not known until run time,
 * or is not valid, gives `Value[]`; the error is then thrown when it is parsed.
 */
import type { IntegerInput, Value } from './values.ts';

interface Standard {
  c: Uint8Array;
  b: number;
  B: number;
  '?': boolean;
  h: number;
  H: number;
  i: number;
  I: number;
  l: number;
  L: number;
  q: bigint;
  Q: bigint;
  e: number;
  f: number;
  d: number;
}

interface Native extends Omit<Standard, 'l' | 'L'> {
  l: bigint;
  L: bigint;
  n: bigint;
  N: bigint;
  P: bigint;
}

interface StandardInput {
  c: Uint8Array;
  b: IntegerInput;
  B: IntegerInput;
  '?': unknown;
  h: IntegerInput;
  H: IntegerInput;
  i: IntegerInput;
  I: IntegerInput;
  l: IntegerInput;
  L: IntegerInput;
  q: IntegerInput;
  Q: IntegerInput;
  e: IntegerInput;
  f: IntegerInput;
  d: IntegerInput;
}

interface NativeInput extends StandardInput {
  n: IntegerInput;
  N: IntegerInput;
  P: IntegerInput;
}

/** The values that `unpack` gives for a format. */
export type Unpacked<Format extends string> = string extends Format
  ? readonly Value[]
  : Format extends `@${infer Items}`
    ? Parse<Items, Native, readonly Value[]>
    : Format extends `${'=' | '<' | '>' | '!'}${infer Items}`
      ? Parse<Items, Standard, readonly Value[]>
      : Parse<Format, Native, readonly Value[]>;

/** The values that `pack` takes for a format. */
export type Packable<Format extends string> = string extends Format
  ? readonly unknown[]
  : Format extends `@${infer Items}`
    ? Parse<Items, NativeInput, readonly unknown[]>
    : Format extends `${'=' | '<' | '>' | '!'}${infer Items}`
      ? Parse<Items, StandardInput, readonly unknown[]>
      : Parse<Format, NativeInput, readonly unknown[]>;

type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9';
type Whitespace = ' ' | '\t' | '\n' | '\v' | '\f' | '\r';

/** One character a step, in tail position: TypeScript follows 1000 of those. */
type Parse<
  Text extends string,
  Codes,
  Unknown extends readonly unknown[],
  Count extends string = '',
  Values extends readonly unknown[] = [],
> = Text extends `${infer Letter}${infer Rest}`
  ? Letter extends Digit
    ? Parse<Rest, Codes, Unknown, Count extends '0' ? Letter : `${Count}${Letter}`, Values>
    : Letter extends Whitespace
      ? Count extends ''
        ? Parse<Rest, Codes, Unknown, '', Values>
        : Unknown
      : Letter extends 'x'
        ? Parse<Rest, Codes, Unknown, '', Values>
        : Letter extends 's' | 'p'
          ? Parse<Rest, Codes, Unknown, '', [...Values, Uint8Array]>
          : Letter extends keyof Codes
            ? Parse<Rest, Codes, Unknown, '', [...Values, ...Repeat<Codes[Letter], Count>]>
            : Unknown
  : Count extends ''
    ? Values
    : Unknown;

type Repeat<Item, Count extends string> = Count extends ''
  ? [Item]
  : Count extends Digit | `${Digit}${Digit}`
    ? Count extends `${infer Length extends number}`
      ? Tuple<Item, Length>
      : never
    : Item[];

type Tuple<Item, Length extends number, Items extends Item[] = []> = Items['length'] extends Length
  ? Items
  : Tuple<Item, Length, [...Items, Item]>;
