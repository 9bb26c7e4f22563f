import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from './hex.ts';
import { ByteReader } from './reader.ts';
import { ByteWriter } from './writer.ts';

const unsigned = fc.oneof(
  fc.nat(300),
  fc.maxSafeNat(),
  fc.constantFrom(0, 127, 128, 16_383, 16_384, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 49, 2 ** 53 - 1),
);
const largest = 2 ** 52 - 1;
const signed = fc.oneof(
  fc.integer({ min: -200, max: 200 }),
  fc.integer({ min: -largest, max: largest }),
  fc.constantFrom(-largest, largest, -1, 0, 63, 64, -64, -65),
);

/** Writes into a buffer of one byte, so that every field makes it grow. */
function written(write: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter(1);
  write(writer);
  return writer.toBytes();
}

function formatError(offset?: number): unknown {
  return expect.objectContaining(
    offset === undefined ? { code: 'SW_FORMAT' } : { code: 'SW_FORMAT', offset },
  );
}

describe('ByteWriter and ByteReader', () => {
  it('bring back every kind of field', () => {
    const fields = fc.record({
      u8: fc.nat(255),
      u24: fc.nat(2 ** 24 - 1),
      u64: unsigned,
      f32: fc.float(),
      f64: fc.double(),
      varint: unsigned,
      svarint: signed,
      text: fc.string({ unit: 'grapheme' }),
      bytes: fc.uint8Array({ maxLength: 300 }),
    });
    fc.assert(
      fc.property(fields, given => {
        const bytes = written(writer => {
          writer.u8(given.u8);
          writer.u24(given.u24);
          writer.u64(given.u64);
          writer.f32(given.f32);
          writer.f64(given.f64);
          writer.varint(given.varint);
          writer.svarint(given.svarint);
          writer.text(given.text);
          writer.bytes(given.bytes);
        });
        const reader = new ByteReader(bytes);
        const read = {
          u8: reader.u8(),
          u24: reader.u24(),
          u64: reader.u64(),
          f32: reader.f32(),
          f64: reader.f64(),
          varint: reader.varint(),
          svarint: reader.svarint(),
          text: reader.text(10_000),
          bytes: reader.bytes(given.bytes.length),
        };
        expect(read).toEqual(given);
        reader.end();
      }),
    );
  });

  it.each([
    [0, '00'],
    [127, '7f'],
    [128, '8001'],
    [300, 'ac02'],
    [2 ** 32, '8080808010'],
    [2 ** 53 - 1, 'ffffffffffffff0f'],
  ])('write the varint %d as %s', (value, hex) => {
    expect(toHex(written(writer => writer.varint(value)))).toBe(hex);
  });

  it.each([
    [0, '00'],
    [-1, '01'],
    [1, '02'],
    [-64, '7f'],
    [64, '8001'],
    [2 ** 52 - 1, 'feffffffffffff0f'],
    [-(2 ** 52 - 1), 'fdffffffffffff0f'],
  ])('write the signed varint %d as %s', (value, hex) => {
    expect(toHex(written(writer => writer.svarint(value)))).toBe(hex);
  });

  it('take −0 as the whole number 0', () => {
    expect(toHex(written(writer => writer.svarint(-0)))).toBe('00');
    expect(Object.is(new ByteReader(fromHex('00')).svarint(), 0)).toBe(true);
  });
});

describe('ByteReader', () => {
  it.each([
    ['a varint that is not the shortest', '8000', (reader: ByteReader) => reader.varint()],
    ['a long varint that is not the shortest', '808080808000', (reader: ByteReader) => reader.varint()],
    ['a varint above 2^53 − 1', 'ffffffffffffff10', (reader: ByteReader) => reader.varint()],
    ['a varint of nine bytes', '808080808080808001', (reader: ByteReader) => reader.varint()],
    ['a varint that ends early', 'ff', (reader: ByteReader) => reader.varint()],
    ['a signed varint of −2^52', 'ffffffffffffff0f', (reader: ByteReader) => reader.svarint()],
    ['a u64 above 2^53 − 1', '0020000000000000', (reader: ByteReader) => reader.u64()],
    ['a u24 that ends early', '0102', (reader: ByteReader) => reader.u24()],
    ['an f64 that ends early', '00000000000000', (reader: ByteReader) => reader.f64()],
    ['a text that is longer than allowed', '0361626363', (reader: ByteReader) => reader.text(2)],
    ['a text that ends early', '036162', (reader: ByteReader) => reader.text(100)],
    ['a text that is not UTF-8', '02c328', (reader: ByteReader) => reader.text(100)],
    ['a surrogate in a text', '03eda080', (reader: ByteReader) => reader.text(100)],
    ['bytes left over', '00', (reader: ByteReader) => reader.end()],
  ])('refuses %s', (_what, hex, read) => {
    expect(() => read(new ByteReader(fromHex(hex)))).toThrow(formatError());
  });

  it('says where the error is, from the start of the array', () => {
    const reader = new ByteReader(fromHex('00 01 02'), 1);
    reader.u8();
    expect(() => reader.u24()).toThrow(formatError(2));
  });

  it('does not read beyond its end, though the array goes on', () => {
    const reader = new ByteReader(fromHex('01 02 03 04'), 0, 2);
    expect(reader.u8()).toBe(1);
    expect(reader.remaining).toBe(1);
    expect(() => reader.u24()).toThrow(formatError());
  });

  it('reads in the middle of a larger buffer', () => {
    const larger = fromHex('ff ff 00 00 00 00 00 00 01 00 ff');
    expect(new ByteReader(larger.subarray(2, 10)).u64()).toBe(256);
  });

  it('goes on where it is moved to', () => {
    const reader = new ByteReader(fromHex('01 02 03 04'));
    reader.moveTo(2, 3);
    expect([reader.position, reader.remaining, reader.u8()]).toEqual([2, 1, 3]);
    expect(() => reader.u8()).toThrow(formatError());
  });

  it('gives bytes as a view', () => {
    const bytes = fromHex('01 02 03');
    const view = new ByteReader(bytes).bytes(2);
    bytes[0] = 9;
    expect(view).toEqual(fromHex('09 02'));
  });

  it('keeps a byte order mark', () => {
    expect(new ByteReader(fromHex('03 ef bb bf')).text(9)).toBe('\u{feff}');
  });
});

describe('ByteWriter', () => {
  it.each([
    ['bytes', (writer: ByteWriter) => writer.bytes(fromHex('0102030405060708'))],
    ['f32', (writer: ByteWriter) => writer.f32(1.5)],
    ['f64', (writer: ByteWriter) => writer.f64(1.5)],
    ['u64', (writer: ByteWriter) => writer.u64(1)],
    ['varint', (writer: ByteWriter) => writer.varint(2 ** 50)],
  ])('grows in the middle of %s', (_what, write) => {
    const small = new ByteWriter(1);
    const large = new ByteWriter(1_000);
    for (const writer of [small, large]) {
      writer.u8(7);
      write(writer);
      write(writer);
    }
    expect(small.toBytes()).toEqual(large.toBytes());
  });

  it('forgets what was written from a length on, and nothing else', () => {
    const writer = new ByteWriter();
    writer.u24(0x010203);
    writer.truncate(1);
    writer.u8(9);
    expect(toHex(writer.written())).toBe('0109');
    expect(toHex(writer.written(1))).toBe('09');
    expect(() => writer.truncate(3)).toThrow(expect.objectContaining({ code: 'SW_INTERNAL' }));
  });
});

describe('hex', () => {
  it('comes back as the same bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.constantFrom('', ' ', ':'), (bytes, separator) => {
        expect(fromHex(toHex(bytes, separator))).toEqual(bytes);
      }),
    );
  });

  it('may begin with 0x', () => {
    expect(fromHex(' 0xFF 00')).toEqual(Uint8Array.of(255, 0));
  });

  it.each(['0', 'zz', '0x1', '12 3'])('refuses %j', text => {
    expect(() => fromHex(text)).toThrow(expect.objectContaining({ code: 'SW_USAGE' }));
  });
});
