import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from './hex.ts';
import { canPack, MOST_BITS, readPacked, writePacked } from './packed.ts';
import { ByteReader } from './reader.ts';
import { ByteWriter } from './writer.ts';

const LARGEST = 2 ** 52 - 1;

function pack(values: readonly number[]): Uint8Array {
  const writer = new ByteWriter(1);
  writePacked(writer, Float64Array.from(values));
  return writer.toBytes();
}

function unpack(bytes: Uint8Array, count: number): number[] {
  const into = new Float64Array(count + 2).fill(-7);
  const reader = new ByteReader(bytes);
  readPacked(reader, into, 1, count);
  reader.end();
  expect([into[0], into[count + 1]]).toEqual([-7, -7]);
  return Array.from(into.subarray(1, count + 1));
}

/** Rows of whole numbers whose groups all fit: a base, and offsets of so many bits. */
const rows = fc
  .nat(MOST_BITS)
  .chain(bits =>
    fc.tuple(
      fc.integer({ min: -LARGEST, max: 0 }),
      fc.array(fc.integer({ min: 0, max: 2 ** bits - 1 }), { maxLength: 100 }),
    ),
  );

describe('packed numbers', () => {
  it('come back as they were, at every width', () => {
    fc.assert(
      fc.property(rows, ([base, offsets]) => {
        const values = offsets.map(offset => base + offset);
        expect(canPack(Float64Array.from(values))).toBe(true);
        expect(unpack(pack(values), values.length)).toEqual(values);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each(Array.from({ length: MOST_BITS + 1 }, (_, width) => width))('fill exactly %i bits', width => {
    const most = 2 ** width - 1;
    const values = Array.from({ length: 33 }, (_, index) => (index % 2 === 0 ? 0 : most));
    const bytes = pack(values);
    expect(unpack(bytes, 33)).toEqual(values);
    // The first group has 32 numbers, the second one alone needs no bits.
    expect(bytes.length).toBe(2 + 4 * width + 2);
  });

  it('follow the layout: base, width, highest bit first', () => {
    // 5, 2 bits: 0 1 3 → 00 01 11, two spare bits.
    expect(toHex(pack([5, 6, 8]))).toBe('0a021c');
    expect(toHex(pack([-3, -3, -3]))).toBe('0500');
    expect(toHex(pack([]))).toBe('');
  });

  it('are what the formula of docs/PROTOCOL.md takes out of the bits', () => {
    fc.assert(
      fc.property(rows, ([, offsets]) => {
        const group = [0, ...offsets].slice(0, 32);
        const bytes = pack(group);
        const width = bytes[1] as number;
        const bits = bytes.subarray(2);
        const whole = bits.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
        const read = group.map((_, index) =>
          Number((whole >> BigInt(8 * bits.length - width * (index + 1))) & ((1n << BigInt(width)) - 1n)),
        );
        expect(read).toEqual(group);
      }),
    );
  });

  it('let one late sample widen its own group only', () => {
    const steady = Array.from({ length: 96 }, () => 1_000);
    const late = steady.with(40, 1_000_000);
    expect(pack(late).length - pack(steady).length).toBe((32 * 20) / 8);
  });

  it('cannot hold what spreads over more than 52 bits', () => {
    expect(canPack(Float64Array.of(-LARGEST, 0))).toBe(true);
    expect(canPack(Float64Array.of(-LARGEST, 1))).toBe(false);
    expect(canPack(Float64Array.of(LARGEST + 1))).toBe(false);
    expect(canPack(Float64Array.of(-LARGEST, 1), 1)).toBe(true);
    // In different groups there is room for both ends.
    expect(canPack(Float64Array.from({ length: 64 }, (_, index) => (index < 32 ? -LARGEST : LARGEST)))).toBe(
      true,
    );
  });

  it('are refused with spare bits set', () => {
    const bytes = pack([5, 6, 8]);
    for (const spare of [1, 2]) {
      const damaged = bytes.slice();
      damaged[2] = (damaged[2] as number) | spare;
      expect(() => unpack(damaged, 3)).toThrow(expect.objectContaining({ code: 'SW_FORMAT', offset: 2 }));
    }
  });

  it('are refused above 52 bits, and when bits are missing', () => {
    expect(() => unpack(fromHex('00 35 00000000000000'), 1)).toThrow(
      expect.objectContaining({ code: 'SW_FORMAT', offset: 1 }),
    );
    expect(() => unpack(fromHex('00 08 01'), 2)).toThrow(expect.objectContaining({ code: 'SW_FORMAT' }));
  });

  it('end in numbers or in a FormatError, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(70), (bytes, count) => {
        try {
          unpack(bytes, count);
        } catch (error) {
          expect(error).toMatchObject({ code: 'SW_FORMAT' });
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
