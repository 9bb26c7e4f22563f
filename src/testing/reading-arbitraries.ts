/**
 * Arbitrary readings of every type, with the corners: infinities, NaN, −0, the largest whole numbers, empty texts.
 */
import fc from 'fast-check';
import type { Batch } from '../readings/batch.ts';
import { LARGEST_WHOLE, READING_TYPES, type ReadingType } from '../readings/sensor-info.ts';

/** A time that a reading may have, microseconds. */
export const anyTime: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: 0, max: LARGEST_WHOLE }),
  fc.integer({ min: 1_700_000_000_000_000, max: 1_700_000_010_000_000 }),
  fc.constantFrom(0, LARGEST_WHOLE),
);

const anyInt = fc.oneof(
  fc.integer({ min: -LARGEST_WHOLE, max: LARGEST_WHOLE }),
  fc.integer({ min: -300, max: 300 }),
  fc.constantFrom(-LARGEST_WHOLE, LARGEST_WHOLE, 0, -1),
);
const anyUint = fc.oneof(
  fc.integer({ min: 0, max: LARGEST_WHOLE }),
  fc.nat(1_000),
  fc.constantFrom(0, LARGEST_WHOLE),
);

/** Raw values of one type, as a batch has them. */
function anyColumn(type: ReadingType, count: number): fc.Arbitrary<Batch['values']> {
  const exactly = { minLength: count, maxLength: count };
  const numbers = (one: fc.Arbitrary<number>): fc.Arbitrary<Float64Array> =>
    fc.array(one, exactly).map(values => Float64Array.from(values));
  switch (type) {
    case 'bool':
      return numbers(fc.nat(1));
    case 'int':
      return numbers(anyInt);
    case 'uint':
      return numbers(anyUint);
    case 'float32':
      return numbers(fc.float());
    case 'float64':
      return numbers(fc.double());
    case 'text':
      return fc.array(fc.string({ unit: 'grapheme' }), exactly);
    case 'bytes':
      return fc.array(fc.uint8Array({ maxLength: 30 }), exactly);
  }
}

/** Readings of one type. */
export interface TypedBatch {
  readonly type: ReadingType;
  readonly batch: Batch;
}

/** 1 to `most` readings of any type. */
export function anyBatch(most: number): fc.Arbitrary<TypedBatch> {
  return fc
    .tuple(fc.constantFrom(...READING_TYPES), fc.integer({ min: 1, max: most }))
    .chain(([type, count]) =>
      fc
        .tuple(fc.array(anyTime, { minLength: count, maxLength: count }), anyColumn(type, count))
        .map(([times, values]) => ({ type, batch: { times: Float64Array.from(times), values } })),
    );
}
