/**
 * `sensewire/struct` against CPython's `struct`: the same requests to both, the same answers from both.
 *
 * All are answered by the interpreter over the plan, and every fourth also by generated code.
 * Every packed result is also given to both to unpack, so bytes cross in both directions. The seed is printed;
 * `SEED=… npx vitest run test/interop/struct-python.test.ts` replays a run. Left out on purpose: `0p` (CPython
 * 3.11 writes outside the struct), empty values for `?` (each language has its own truth) and NaNs with a payload to pack (JavaScript may change it).
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { UsageError } from '../../src/errors/errors.ts';
import {
  calcsize,
  iterUnpack,
  pack,
  packInto,
  unpack,
  unpackFrom,
  type Value,
} from '../../src/struct/index.ts';

const PACK_CASES = 60_000;
const OTHER_CASES = 50_000;
/** Compiling each of so many formats would take most of the test's time. */
const GENERATED_EVERY = 4;

type Request =
  | readonly ['calcsize', format: string]
  | readonly ['pack', format: string, values: readonly string[]]
  | readonly ['packInto', format: string, buffer: string, offset: number, values: readonly string[]]
  | readonly ['unpack' | 'iterUnpack', format: string, buffer: string]
  | readonly ['unpackFrom', format: string, buffer: string, offset: number];

test('packs, unpacks, measures and refuses as CPython does', () => {
  const { SEED } = process.env;
  const seed = Number(SEED ?? Date.now() % 2 ** 31);
  console.log(`struct against CPython: SEED=${seed}`);
  const random = randomFrom(seed);
  const requests: Request[] = [];
  for (let i = 0; i < PACK_CASES; i++) requests.push(...packAndBack(random));
  for (let i = 0; i < OTHER_CASES; i++) requests.push(otherRequest(random));
  const ours = requests.map(answer);
  const generated = requests.map((request, i) => {
    if (i % GENERATED_EVERY !== 0) return ours[i];
    compileFormat(request[1]);
    return answer(request);
  });
  const theirs = askPython(requests);

  const differences = requests
    .flatMap((request, i) => [
      { request, by: 'first use', ours: ours[i], python: theirs[i] },
      { request, by: 'generated code', ours: generated[i], python: theirs[i] },
    ])
    .filter(({ ours, python }) => JSON.stringify(ours) !== JSON.stringify(python));
  expect(differences.slice(0, 5)).toEqual([]);
  const refused = ours.filter(result => result === null).length;
  console.log(`${requests.length} requests, ${refused} refused by both`);
  expect(refused).toBeGreaterThan(requests.length / 50);
  expect(refused).toBeLessThan(requests.length / 2);
});

/** Uses a format often enough for the struct module to compile it; the next request then runs generated code. */
function compileFormat(format: string): void {
  try {
    const zeroes = new Uint8Array(calcsize(format));
    for (let i = 0; i < 10; i++) unpack(format, zeroes);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
  }
}

function askPython(requests: readonly Request[]): unknown[] {
  const oracle = fileURLToPath(new URL('struct_oracle.py', import.meta.url));
  const { error, status, stdout, stderr } = spawnSync('python3', [oracle], {
    input: requests.map(request => JSON.stringify(request)).join('\n'),
    encoding: 'utf8',
    maxBuffer: 2 ** 29,
  });
  if (error !== undefined) {
    throw new Error(`this test needs python3 on the PATH, to compare with: ${error.message}`, {
      cause: error,
    });
  }
  if (status !== 0) throw new Error(`struct_oracle.py failed with status ${status}: ${stderr}`);
  return stdout
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line));
}

/** Our answer, in the oracle's form. Only a `UsageError` is a refusal; anything else fails the test. */
function answer(request: Request): unknown {
  try {
    return answerOrThrow(request);
  } catch (error) {
    if (error instanceof UsageError && error.code.startsWith('SW_STRUCT_')) return null;
    throw new Error(`${JSON.stringify(request)} threw ${error}`, { cause: error });
  }
}

function answerOrThrow(request: Request): unknown {
  const format: string = request[1];
  switch (request[0]) {
    case 'calcsize':
      return calcsize(format);
    case 'pack':
      return toHex(pack(format, ...request[2].map(fromTagged)));
    case 'packInto': {
      const target = fromHex(request[2]);
      packInto(format, target, request[3], ...request[4].map(fromTagged));
      return toHex(target);
    }
    case 'unpack':
      return unpack(format, fromHex(request[2])).map(toTagged);
    case 'unpackFrom':
      return unpackFrom(format, fromHex(request[2]), request[3]).map(toTagged);
    case 'iterUnpack':
      return [...iterUnpack(format, fromHex(request[2]))].flat().map(toTagged);
  }
}

// ---- requests ----

/** A whole number from 0 to `below - 1`. */
type Random = (below: number) => number;

/** Mulberry32: 32 bits of state are enough to pick test cases. */
function randomFrom(seed: number): Random {
  let state = seed | 0;
  return below => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const pick = <Item>(random: Random, items: ArrayLike<Item>): Item => items[random(items.length)]!;

interface RandomFormat {
  readonly text: string;
  /** The code of each value. */
  readonly codes: readonly string[];
}

function randomFormat(random: Random): RandomFormat {
  const prefix = pick(random, ['', '@', '=', '<', '>', '!']);
  const letters = prefix === '' || prefix === '@' ? 'xcbB?hHiIlLqQnNefdspP' : 'xcbB?hHiIlLqQefdsp';
  let text = prefix;
  const codes: string[] = [];
  for (let items = random(7); items > 0; items--) {
    const letter = pick(random, letters);
    const count = random(3) > 0 ? '' : String(random(letter === 's' || letter === 'p' ? 20 : 5));
    if (letter === 'p' && Number(count) === 0 && count !== '') continue;
    text += `${random(6) === 0 ? pick(random, [' ', '\t', '\n ', '\v', '\f', '\r']) : ''}${count}${letter}`;
    const values = letter === 'x' ? 0 : 'sp'.includes(letter) || count === '' ? 1 : Number(count);
    for (let i = 0; i < values; i++) codes.push(letter);
  }
  return { text, codes };
}

function packAndBack(random: Random): Request[] {
  const { text, codes } = randomFormat(random);
  const values = codes.map(code =>
    code !== '?' && random(150) === 0 ? wrongValue(random) : valueFor(code, random),
  );
  if (random(60) === 0) values.pop();
  if (random(60) === 0) values.push('i1');
  const request: Request = ['pack', text, values];
  const packed = answer(request);
  return typeof packed === 'string' ? [request, ['unpack', text, packed]] : [request];
}

function otherRequest(random: Random): Request {
  const { text, codes } = randomFormat(random);
  const size = calcsize(text);
  const offset = random(3) === 0 ? random(2 * size + 4) - size - 2 : random(4);
  const length = Math.max(0, random(4) === 0 ? size + random(9) - 4 : size + Math.abs(offset));
  switch (random(5)) {
    case 0:
      return ['calcsize', damaged(text, random)];
    case 1:
      return ['unpack', text, randomHex(random(5) === 0 ? length : size, random)];
    case 2:
      return ['unpackFrom', text, randomHex(length, random), offset];
    case 3:
      return ['iterUnpack', text, randomHex(random(5) === 0 ? length : size * random(4), random)];
    default:
      return ['packInto', text, randomHex(length, random), offset, codes.map(code => valueFor(code, random))];
  }
}

function damaged(text: string, random: Random): string {
  const at = random(text.length + 1);
  const junk = pick(random, ['', '3', '12 ', ' ', '@', '<', 'z', 'P', 'n', '\0', '-', '0q', '99999h', '0']);
  return text.slice(0, at) + junk + text.slice(at + random(2));
}

const bitsOf: Readonly<Record<string, number>> = { b: 8, h: 16, i: 32, l: 64, q: 64, n: 64, p: 64 };

function valueFor(code: string, random: Random): string {
  if (code === 'c') return `b${randomHex(1, random)}`;
  if (code === 's' || code === 'p') return `b${randomHex(random(24), random)}`;
  if (code === '?') return pick(random, ['t', 'F', 'i0', 'i5', 'N', 'b00', 's', 'sx', `f${doubleHex(0.5)}`]);
  if ('efd'.includes(code)) return floatFor(code, random);
  const isUnsigned = code !== code.toLowerCase();
  const bits = random(8) === 0 ? 64 : code === 'l' || code === 'L' ? 32 : bitsOf[code.toLowerCase()]!;
  const edge = 1n << BigInt(isUnsigned ? bits : bits - 1);
  const near = BigInt(random(random(40) === 0 ? 5 : 3) - (random(2) === 0 ? 3 : 2));
  const anywhere = (BigInt(random(2 ** 32)) << 32n) | BigInt(random(2 ** 32));
  switch (random(6)) {
    case 0:
      return `i${edge + (near < 0n ? near : near > 0n ? near - 3n : -1n)}`;
    case 1:
      return `i${isUnsigned ? BigInt(random(3)) : -edge + BigInt(random(3))}`;
    case 2:
      return random(40) === 0 ? `i${edge + near}` : 'i0';
    case 3:
      return random(40) === 0 ? 't' : `i${BigInt(random(100))}`;
    default:
      return `i${isUnsigned ? BigInt.asUintN(bits, anywhere) : BigInt.asIntN(bits, anywhere)}`;
  }
}

function floatFor(code: string, random: Random): string {
  const uniform = random(2 ** 32) / 2 ** 31 - 1 + random(2 ** 20) / 2 ** 52;
  const range = code === 'e' ? 42 : code === 'f' ? 280 : 2000;
  switch (random(8)) {
    case 0:
      return pick(random, ['fnan', 'i7', 'i-3', 't', `f${doubleHex(-0)}`, `f${doubleHex(Infinity)}`]);
    case 1:
      // The edges of half and single: overflow, ties, subnormals.
      return `f${doubleHex(pick(random, [65504, 65519.99, 65520, -65520, 2 ** -24, 2 ** -25, 3 * 2 ** -25, 2 ** -26, 2049, 2051, 3.4028235677973366e38, 3.4028235677973362e38, 1.4e-45, 5e-324]))}`;
    case 2:
      // Exactly between two halves.
      return `f${doubleHex((random(2048) + 1024.5) * 2 ** (random(30) - 25))}`;
    default:
      return `f${doubleHex(uniform * 2 ** (random(range) - range * 0.6))}`;
  }
}

const wrongValue = (random: Random): string =>
  pick(random, [
    'stext',
    'N',
    `f${doubleHex(1.5)}`,
    'i1180591620717411303424',
    'b',
    'b0102',
    `i-${10n ** 400n}`,
    'i-1',
  ]);

// ---- tagged text, as struct_oracle.py has it ----

function fromTagged(text: string): unknown {
  const rest = text.slice(1);
  switch (text[0]) {
    case 'i': {
      const whole = BigInt(rest);
      // Small ones arrive as numbers and large ones as bigints, as a caller would pass them.
      return BigInt.asIntN(52, whole) === whole ? Number(whole) : whole;
    }
    case 'f':
      return rest === 'nan' ? NaN : new DataView(fromHex(rest).buffer).getFloat64(0);
    case 'b':
      return fromHex(rest);
    case 's':
      return rest;
    case 'N':
      return null;
    default:
      return text === 't';
  }
}

function toTagged(value: Value): string {
  if (typeof value === 'boolean') return value ? 't' : 'F';
  if (typeof value === 'bigint') return `i${value}`;
  if (typeof value !== 'number') return `b${toHex(value)}`;
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) return `i${value}`;
  return Number.isNaN(value) ? 'fnan' : `f${doubleHex(value)}`;
}

function doubleHex(value: number): string {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value);
  return toHex(bytes);
}

const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const fromHex = (hex: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(hex, 'hex'));
const randomHex = (length: number, random: Random): string =>
  Array.from({ length }, () => random(256).toString(16).padStart(2, '0')).join('');
