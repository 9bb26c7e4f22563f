export { calcsize, iterUnpack, pack, packInto, Struct, unpack, unpackFrom } from './struct.ts';
export type { Packable, Unpacked } from './types.ts';
export type { IntegerInput, Value } from './values.ts';
