import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compile } from './compile.ts';
import { parseFormat } from './format.ts';
import { Struct } from './index.ts';
import { readValues } from './read.ts';
import { writeValues } from './write.ts';

const formats = ['@xcbB?hHiIlLqQnNefdsp', '@3i2q5s0s4p0pPe', '2f3d', 'bi', '', '32B'].concat(
  ['=', '<', '>', '!'].flatMap(prefix => [`${prefix}xcbB?hHiIlLqQefdsp`, `${prefix}3h2f4sB2e9p2qQ`]),
);
const anyFormat = fc.constantFrom(...formats);
const anyValue = fc.oneof(
  fc.constantFrom<unknown>(0, -0, 1, 255, 256, -129, 65535, 65536, 2 ** 31, 2 ** 32, -(2 ** 31), 1e39, 65520),
  fc.constantFrom<unknown>(
    true,
    undefined,
    null,
    'text',
    NaN,
    Infinity,
    2n ** 63n,
    -(2n ** 63n),
    10n ** 400n,
  ),
  fc.integer(),
  fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }),
  fc.double(),
  fc.uint8Array({ maxLength: 12 }),
);

/** What came of it: the error's text, or nothing. */
function outcome(run: () => void): unknown {
  try {
    return run();
  } catch (error) {
    return String(error);
  }
}

test('generated code reads any bytes as the interpreter does, anywhere in a buffer', () => {
  fc.assert(
    fc.property(
      anyFormat,
      fc.nat(9),
      fc.uint8Array({ minLength: 150, maxLength: 150 }),
      (format, at, bytes) => {
        const plan = parseFormat(format);
        expect(compile(plan)!.read(bytes, at)).toEqual(readValues(plan, bytes, at));
      },
    ),
  );
});

test('generated code writes and refuses any one value as the interpreter does, with the same text', () => {
  const letters = [...'cbB?hHiIlLqQefdsp'].flatMap(letter => [letter, `<${letter}`, `>${letter}`]);
  fc.assert(
    fc.property(fc.constantFrom(...letters, 'n', 'N', 'P'), anyValue, (letter, value) => {
      bothWrite(`${letter}`, [value]);
    }),
    { numRuns: 3000 },
  );
});

test('generated code stops at the same value, with the same bytes written before it', () => {
  const five = fc.array(anyValue, { minLength: 5, maxLength: 5 });
  fc.assert(fc.property(fc.constantFrom('>hIfqd', '<BbHi3s', '=eQ?dp'), five, bothWrite), { numRuns: 3000 });
});

function bothWrite(format: string, values: readonly unknown[]): void {
  const plan = parseFormat(format);
  const [ours, theirs] = [new Uint8Array(64).fill(0xee), new Uint8Array(64).fill(0xee)];
  const generated = outcome(() => compile(plan)!.write(ours, 3, ...values));
  expect(generated).toEqual(outcome(() => writeValues(plan, theirs, 3, values)));
  expect(ours).toEqual(theirs);
}

test('a format of many values stays with the interpreter', () => {
  expect(compile(parseFormat('33B'))).toBeUndefined();
  const struct = new Struct('33B' as string);
  for (let i = 0; i < 20; i++) expect(struct.unpack(new Uint8Array(33))).toHaveLength(33);
});

test('where the runtime forbids generated code, a struct goes on without', () => {
  const source = `
    import { compile } from '${new URL('compile.ts', import.meta.url)}';
    import { parseFormat } from '${new URL('format.ts', import.meta.url)}';
    import { Struct } from '${new URL('index.ts', import.meta.url)}';
    const struct = new Struct('<Ihf');
    const rows = [];
    for (let i = 0; i < 20; i++) rows.push(struct.unpack(struct.pack(i, -40, 21.5)));
    console.log(JSON.stringify([compile(parseFormat('<Ihf')) === undefined, rows]));`;
  const flags = ['--disallow-code-generation-from-strings', '--input-type=module', '--eval', source];
  const { stdout, stderr } = spawnSync(process.execPath, flags, { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual([true, Array.from({ length: 20 }, (_, i) => [i, -40, 21.5])]);
});
