/**
 * Plan → straight-line JavaScript: `read.ts` and `write.ts` with the loops and the table worked out beforehand.
 *
 * `new Function` is safe here. Its text is made only of this file's own pieces and a plan's numbers and letters,
 * which come from our code table; nothing that a user wrote reaches it. Where the runtime forbids it (a content
 * security policy, `--disallow-code-generation-from-strings`), `compile` gives `undefined` and the interpreter goes on.
 *
 * Byte by byte, as the interpreter: a `DataView` kept for the next call would be faster still for the same buffer,
 * but would hold on to the caller's memory and have to follow buffers that are resized.
 */
import { bytesOf, characterOf, floatOf, integerOf, tooLarge, wideIntegerOf } from './arguments.ts';
import type { Kind } from './codes.ts';
import type { Plan } from './format.ts';
import { decodeHalf, encodeHalf } from './half.ts';
import { copyOf, readPascal } from './read.ts';
import * as scratch from './scratch.ts';
import type { Value } from './values.ts';
import { copyInto, FLOAT32_INFINITY, writePascal } from './write.ts';

/** The two functions of a format; lengths and the number of values have been checked by the caller. */
export interface Compiled {
  /** As `readValues` without its plan. */
  readonly read: (bytes: Uint8Array, start: number) => Value[];
  /** As `writeValues` without its plan, and with the values as arguments. */
  readonly write: (bytes: Uint8Array, start: number, ...values: readonly unknown[]) => void;
}

/** A format with more values keeps the loops: its code would be long to compile, and too long to be inlined. */
const MAX_VALUES = 32;

/** Everything that generated code may name besides its own variables. */
const scope: Readonly<Record<string, unknown>> = {
  ...scratch,
  bytesOf,
  characterOf,
  copyInto,
  copyOf,
  decodeHalf,
  encodeHalf,
  floatOf,
  integerOf,
  readPascal,
  tooLarge,
  wideIntegerOf,
  writePascal,
};

/** The functions for a plan, or `undefined` where it is too long or the runtime allows no generated code. */
export function compile(plan: Plan): Compiled | undefined {
  if (plan.valueCount > MAX_VALUES) return undefined;
  const fields = fieldsOf(plan);
  const names = fields.map(field => field.name);
  const source = `'use strict'; return {
    read(b, s) { ${fields.map(readOf).join('\n')} return [${names}]; },
    write(${['b', 's', ...names]}) { ${fields.map(writeOf).join('\n')} },
  };`;
  try {
    return new Function(...Object.keys(scope), source)(...Object.values(scope));
  } catch {
    return undefined;
  }
}

/** One value of the format. */
interface Field {
  /** The variable that holds it. */
  readonly name: string;
  readonly kind: Kind;
  readonly letter: string;
  /** As arguments of the checks: the value, its letter, its position from 1. */
  readonly checked: string;
  readonly position: number;
  /** Bytes from the start of the struct, and from there to the next higher byte of a number. */
  readonly low: number;
  readonly step: 1 | -1;
  /** Of an `s` or `p`. */
  readonly widthBytes: number;
}

function fieldsOf({ kinds, letters, counts, lows, step }: Plan): Field[] {
  const fields: Field[] = [];
  kinds.forEach((kind, run) => {
    const isBytes = kind === 'bytes' || kind === 'pascal';
    for (let i = 0; i < (isBytes ? 1 : counts[run]!); i++) {
      const position = fields.length + 1;
      const name = `v${position}`;
      const letter = letters[run]!;
      const checked = `${name}, '${letter}', ${position}`;
      const low = lows[run]! + i * sizes[kind];
      fields.push({ name, kind, letter, checked, position, low, step, widthBytes: counts[run]! });
    }
  });
  return fields;
}

const sizes: Readonly<Record<Kind, number>> = {
  ...{ bytes: 1, pascal: 1, char: 1, boolean: 1, pad: 1, int8: 1, uint8: 1, int16: 2, uint16: 2, float16: 2 },
  ...{ int32: 4, uint32: 4, float32: 4, nativeFloat32: 4, int64: 8, uint64: 8, pointer: 8, float64: 8 },
};

/** A byte of a number, counted from its lowest. */
const byteAt = ({ low, step }: Field, index: number): string => `b[s + ${low + index * step}]`;

// ---- reading ----

const read16 = (field: Field): string => `(${byteAt(field, 0)} | ${byteAt(field, 1)} << 8)`;

const read32 = (field: Field, from = 0): string =>
  `(${[0, 1, 2, 3].map(i => `${byteAt(field, from + i)} << ${8 * i}`).join(' | ')})`;

const readWords = (field: Field): string =>
  `words[LOW] = ${read32(field)}; words[HIGH] = ${read32(field, 4)};`;

/** The statements that declare the field's variable. */
function readOf(field: Field): string {
  const is = `const ${field.name} =`;
  const start = `s + ${field.low}`;
  switch (field.kind) {
    case 'int8':
      return `${is} ${byteAt(field, 0)} << 24 >> 24;`;
    case 'uint8':
      return `${is} ${byteAt(field, 0)};`;
    case 'int16':
      return `${is} ${read16(field)} << 16 >> 16;`;
    case 'uint16':
      return `${is} ${read16(field)};`;
    case 'int32':
      return `${is} ${read32(field)};`;
    case 'uint32':
      return `${is} ${read32(field)} >>> 0;`;
    case 'int64':
      return `${readWords(field)} ${is} int64[0];`;
    case 'uint64':
    case 'pointer':
      return `${readWords(field)} ${is} uint64[0];`;
    case 'float16':
      return `${is} decodeHalf(${read16(field)});`;
    case 'float32':
    case 'nativeFloat32':
      return `words[0] = ${read32(field)}; ${is} float32[0];`;
    case 'float64':
      return `${readWords(field)} ${is} float64[0];`;
    case 'boolean':
      return `${is} ${byteAt(field, 0)} !== 0;`;
    case 'char':
      return `${is} copyOf(b, ${start}, 1);`;
    case 'bytes':
      return `${is} copyOf(b, ${start}, ${field.widthBytes});`;
    case 'pascal':
      return `${is} readPascal(b, ${start}, ${field.widthBytes});`;
    case 'pad':
      return '';
  }
}

// ---- writing ----

/** Stores the low bytes of a variable, from the field's byte `from`. */
const store = (field: Field, count: number, name: string, from = 0): string =>
  Array.from({ length: count }, (_, i) => `${byteAt(field, from + i)} = ${name} >> ${8 * i};`).join(' ');

const storeWords = (field: Field): string =>
  `const l${field.position} = words[LOW], h${field.position} = words[HIGH];
  ${store(field, 4, `l${field.position}`)} ${store(field, 4, `h${field.position}`, 4)}`;

/** Replaces the value by an integer in range: as it is if it equals `plain`, else by the full check. */
const integer = ({ name, checked }: Field, plain: string, min: number, max: number): string =>
  `if (typeof ${name} !== 'number' || ${name} !== ${plain}) ${name} = integerOf(${checked}, ${min}, ${max});`;

const number = ({ name, checked }: Field): string =>
  `typeof ${name} === 'number' ? ${name} : floatOf(${checked})`;

/** The statements that check the field's variable and write it. */
function writeOf(field: Field): string {
  const { name: v, checked, position } = field;
  const start = `s + ${field.low}`;
  switch (field.kind) {
    case 'int8':
      return `${integer(field, `${v} << 24 >> 24`, -0x80, 0x7f)} ${store(field, 1, v)}`;
    case 'uint8':
      return `${integer(field, `(${v} & 0xff)`, 0, 0xff)} ${store(field, 1, v)}`;
    case 'int16':
      return `${integer(field, `${v} << 16 >> 16`, -0x8000, 0x7fff)} ${store(field, 2, v)}`;
    case 'uint16':
      return `${integer(field, `(${v} & 0xffff)`, 0, 0xffff)} ${store(field, 2, v)}`;
    case 'int32':
      return `${integer(field, `(${v} | 0)`, -0x8000_0000, 0x7fff_ffff)} ${store(field, 4, v)}`;
    case 'uint32':
      return `${integer(field, `${v} >>> 0`, 0, 0xffff_ffff)} ${store(field, 4, v)}`;
    case 'int64':
    case 'uint64':
    case 'pointer':
      return `int64[0] = wideIntegerOf(${v}, '${field.kind}', '${field.letter}', ${position}); ${storeWords(field)}`;
    case 'float16':
      return `const w${position} = encodeHalf(${number(field)});
        if (w${position} < 0) throw tooLarge(${checked}); ${store(field, 2, `w${position}`)}`;
    case 'float32':
      return `const n${position} = ${number(field)}; float32[0] = n${position}; const w${position} = words[0];
        if ((w${position} & 0x7fff_ffff) === ${FLOAT32_INFINITY} && Math.abs(n${position}) !== Infinity) throw tooLarge(${checked});
        ${store(field, 4, `w${position}`)}`;
    case 'nativeFloat32':
      return `float32[0] = ${number(field)}; const w${position} = words[0]; ${store(field, 4, `w${position}`)}`;
    case 'float64':
      return `float64[0] = ${number(field)}; ${storeWords(field)}`;
    case 'boolean':
      return `b[${start}] = ${v} ? 1 : 0;`;
    case 'char':
      return `b[${start}] = characterOf(${v}, ${position});`;
    case 'bytes':
      return `copyInto(b, ${start}, bytesOf(${checked}), ${field.widthBytes});`;
    case 'pascal':
      return `writePascal(b, ${start}, bytesOf(${checked}), ${field.widthBytes});`;
    case 'pad':
      return '';
  }
}
