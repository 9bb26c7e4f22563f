/**
 * The format codes: what each one packs, how wide it is, and how it is aligned.
 *
 * Two modes, as in Python. *Standard* (`=`, `<`, `>`, `!`): fixed sizes, no alignment. *Native* (`@`, or no
 * prefix): the sizes and alignment of C on 64-bit little-endian Linux (LP64: x86-64 and arm64), on whatever
 * machine this runs, so that a format means the same bytes everywhere. There every code aligns to its size.
 */

/** What one code reads and writes. */
export type Kind =
  | 'bytes'
  | 'pascal'
  | 'char'
  | 'boolean'
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'pointer'
  | 'float16'
  | 'float32'
  /** Native `f`: C's cast, so a number too large becomes infinity; the standard one refuses it. */
  | 'nativeFloat32'
  | 'float64'
  /** `x`: bytes that hold nothing. */
  | 'pad';

/** A row of the table: a code in one mode. */
export interface Code {
  readonly letter: string;
  readonly kind: Kind;
  /** Bytes of one item; for `s` and `p`, of one unit of the count. */
  readonly sizeBytes: number;
}

type Row = readonly [letter: string, kind: Kind, sizeBytes: number];

const shared: readonly Row[] = [
  ['x', 'pad', 1],
  ['c', 'char', 1],
  ['b', 'int8', 1],
  ['B', 'uint8', 1],
  ['?', 'boolean', 1],
  ['h', 'int16', 2],
  ['H', 'uint16', 2],
  ['i', 'int32', 4],
  ['I', 'uint32', 4],
  ['q', 'int64', 8],
  ['Q', 'uint64', 8],
  ['e', 'float16', 2],
  ['d', 'float64', 8],
  ['s', 'bytes', 1],
  ['p', 'pascal', 1],
];

const table = (rows: readonly Row[]): ReadonlyMap<string, Code> =>
  new Map(rows.map(([letter, kind, sizeBytes]) => [letter, { letter, kind, sizeBytes }]));

/** The codes of `=`, `<`, `>` and `!`. */
export const standardCodes: ReadonlyMap<string, Code> = table([
  ...shared,
  ['l', 'int32', 4],
  ['L', 'uint32', 4],
  ['f', 'float32', 4],
]);

/** The codes of `@` and of a format without a prefix; only here do `n`, `N` and `P` exist. */
export const nativeCodes: ReadonlyMap<string, Code> = table([
  ...shared,
  ['l', 'int64', 8],
  ['L', 'uint64', 8],
  ['n', 'int64', 8],
  ['N', 'uint64', 8],
  ['P', 'pointer', 8],
  ['f', 'nativeFloat32', 4],
]);
