/** Most of this file is checked by `tsc`: what it says of types holds if it compiles. */
import { expect, expectTypeOf, test } from 'vitest';
import { pack, Struct, type Unpacked, unpack, type Value } from './index.ts';

test('a literal format gives the types of its values', () => {
  expectTypeOf<Unpacked<'=iif'>>().toEqualTypeOf<[number, number, number]>();
  expectTypeOf<Unpacked<'<lLqQ'>>().toEqualTypeOf<[number, number, bigint, bigint]>();
  expectTypeOf<Unpacked<'lL'>>().toEqualTypeOf<[bigint, bigint]>();
  expectTypeOf<Unpacked<'@nNP'>>().toEqualTypeOf<[bigint, bigint, bigint]>();
  expectTypeOf<Unpacked<'3h 4s\t2x?c 10p'>>().toEqualTypeOf<
    [number, number, number, Uint8Array, boolean, Uint8Array, Uint8Array]
  >();
  expectTypeOf<Unpacked<'b0q'>>().toEqualTypeOf<[number]>();
  expectTypeOf<Unpacked<'002i'>>().toEqualTypeOf<[number, number]>();
  expectTypeOf<Unpacked<''>>().toEqualTypeOf<[]>();
  expectTypeOf<Unpacked<'=99i'>['length']>().toEqualTypeOf<99>();
});

test('large counts stay arrays', () => {
  expectTypeOf<Unpacked<'<100i'>>().toEqualTypeOf<number[]>();
  expectTypeOf<Unpacked<'<h5000iq'>>().toEqualTypeOf<[number, ...number[], bigint]>();
  expectTypeOf<Unpacked<'1000s'>>().toEqualTypeOf<[Uint8Array]>();
  expectTypeOf<Unpacked<'100000x'>>().toEqualTypeOf<[]>();
});

test('what is not known at compile time is any value', () => {
  expectTypeOf<Unpacked<string>>().toEqualTypeOf<readonly Value[]>();
  expectTypeOf<Unpacked<'=n'>>().toEqualTypeOf<readonly Value[]>();
  expectTypeOf<Unpacked<'3 h'>>().toEqualTypeOf<readonly Value[]>();
});

test('functions and class carry the types', () => {
  const bytes = pack('>Hq', 1, 2);
  expectTypeOf(unpack('>Hq', bytes)).toEqualTypeOf<[number, bigint]>();
  const struct = new Struct('<2f');
  expectTypeOf(struct.format).toEqualTypeOf<'<2f'>();
  for (const row of struct.iterUnpack(struct.pack(1, 2))) expectTypeOf(row).toEqualTypeOf<[number, number]>();
  // @ts-expect-error one value is missing
  expect(() => pack('=ii', 1)).toThrow('pack expected 2 items');
  // @ts-expect-error text is not bytes
  expect(() => pack('3s', 'abc')).toThrow('must be a bytes object');
});
