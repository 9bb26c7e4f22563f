import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as struct from './index.ts';
import { calcsize } from './index.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** The code and message of what `run` throws. */
function failure(run: () => unknown): { code: unknown; message: string } {
  try {
    run();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** More than a struct takes before it compiles itself. */
const MANY_USES = 10;

type AnyFunction = (format: string, ...rest: never[]) => unknown;

/** The same function, for a format that has been used often enough to be compiled. */
function worn<Run>(run: Run & AnyFunction): Run {
  const wrapped = (format: string, ...rest: never[]): unknown => {
    if (calcsize(format) < 1e6) {
      for (let i = 0; i < MANY_USES; i++) struct.unpack(format, new Uint8Array(calcsize(format)));
    }
    return run(format, ...rest);
  };
  return wrapped as Run;
}

class WornStruct<const Format extends string> extends struct.Struct<Format> {
  constructor(format: Format) {
    super(format);
    for (let i = 0; i < MANY_USES; i++) this.unpack(new Uint8Array(this.size));
  }
}

const generated: typeof struct = {
  calcsize,
  iterUnpack: worn(struct.iterUnpack),
  pack: worn(struct.pack),
  packInto: worn(struct.packInto),
  unpack: worn(struct.unpack),
  unpackFrom: worn(struct.unpackFrom),
  Struct: WornStruct,
};

describe.each([
  { path: 'the interpreter', functions: struct },
  { path: 'generated code', functions: generated },
])('by $path', ({ functions }) => {
  const { iterUnpack, pack, packInto, unpack, unpackFrom, Struct } = functions;

  describe('sizes', () => {
    test.each([
      ['', 0],
      ['=iif', 12],
      ['bi', 8],
      ['=bi', 5],
      ['c0i', 4],
      ['b0q', 8],
      ['=b0i', 1],
      ['llh0l', 24],
      ['<lL', 8],
      ['@nNPlLqQ', 56],
      ['3h 2x\t4s', 12],
      ['9007199254740991s', Number.MAX_SAFE_INTEGER],
    ])('%j is %d bytes', (format, size) => {
      expect(calcsize(format)).toBe(size);
    });

    test.each([
      ['z', 'bad char in struct format'],
      ['=n', 'bad char in struct format'],
      ['3 h', 'bad char in struct format'],
      [' =i', 'bad char in struct format'],
      ['i@', 'bad char in struct format'],
      ['é', 'bad char in struct format'],
      ['h3', 'repeat count given without format specifier'],
      ['99999999999999999999h', 'total struct size too long'],
      ['9007199254740991sq', 'total struct size too long'],
    ])('%j is refused', (format, message) => {
      expect(failure(() => calcsize(format))).toEqual({
        code: 'SW_STRUCT_FORMAT',
        message: expect.stringContaining(message),
      });
    });
  });

  describe('values and bytes', () => {
    test('the example of the documentation', () => {
      const reading = new Struct('<Ihf');
      const bytes = reading.pack(7, -40, 21.5);
      expect(hex(bytes)).toBe('07000000d8ff0000ac41');
      expect(reading.unpack(bytes)).toEqual([7, -40, 21.5]);
      expect([reading.format, reading.size]).toEqual(['<Ihf', 10]);
      expect(hex(pack('>H3s', 513, text('abc')))).toBe('0201616263');
    });

    test('native formats align as C does, with zeroes', () => {
      expect(hex(pack('bi', 1, 2))).toBe('0100000002000000');
      expect(hex(pack('hxb0i', 1, 2))).toBe('01000002');
    });

    test('64-bit codes take bigints and safe numbers, and give bigints', () => {
      expect(hex(pack('>qQ', -2, 2n ** 64n - 1n))).toBe('fffffffffffffffeffffffffffffffff');
      expect(unpack('@lP', pack('@lP', -5, -1n))).toEqual([-5n, 2n ** 64n - 1n]);
      expect(unpack('<Q', pack('<Q', Number.MAX_SAFE_INTEGER))).toEqual([2n ** 53n - 1n]);
    });

    test('s cuts and fills, p carries its length, c is one byte, ? is truth', () => {
      expect(hex(pack('2s4s0s', text('abc'), text('de'), text('f')))).toBe('616264650000');
      expect(hex(pack('4p', text('abcdef')))).toBe('03616263');
      expect(unpack('4p', Uint8Array.of(9, 1, 2, 3))).toEqual([Uint8Array.of(1, 2, 3)]);
      expect(pack('300p', new Uint8Array(299))[0]).toBe(255);
      expect(unpack('2c', text('ab'))).toEqual([text('a'), text('b')]);
      expect(hex(pack('3?', 'yes', 0n, []))).toBe('010001');
      expect(unpack('2?', Uint8Array.of(2, 0))).toEqual([true, false]);
    });

    test('0p holds nothing and touches nothing', () => {
      expect(hex(pack('0pB', text('abc'), 1))).toBe('01');
      expect(unpack('0p', new Uint8Array(0))).toEqual([new Uint8Array(0)]);
    });

    test('a standard f refuses what a native f makes infinite, as in CPython', () => {
      expect(failure(() => pack('=f', 1e39)).message).toMatch(/^float too large to pack with f format/);
      expect(unpack('@f', pack('@f', 1e39))).toEqual([Infinity]);
      expect(unpack('=f', pack('=f', Infinity))).toEqual([Infinity]);
    });

    test('unpacked bytes are copies, also of a Buffer', () => {
      const buffer = Buffer.from('abc');
      const [value] = unpack('3s', buffer);
      buffer.fill(0);
      expect(value).toEqual(text('abc'));
      expect(value.constructor).toBe(Uint8Array);
    });

    test('a boolean counts as 0 or 1, as in Python', () => {
      const values: readonly unknown[] = [true, false];
      expect(hex(pack('=Bf' as string, ...values))).toBe('0100000000');
    });

    test('whatever a format packs, it unpacks', () => {
      const integer = (min: bigint, max: bigint) => fc.bigInt({ min, max });
      fc.assert(
        fc.property(
          fc.constantFrom('@', '=', '<', '>', '!'),
          integer(-(2n ** 31n), 2n ** 31n - 1n),
          integer(0n, 2n ** 16n - 1n),
          integer(-(2n ** 63n), 2n ** 63n - 1n),
          fc.double(),
          fc.float(),
          fc.uint8Array({ minLength: 7, maxLength: 7 }),
          fc.boolean(),
          (prefix, i, H, q, d, f, s, flag) => {
            const struct = new Struct(`${prefix}iHqdf7s?` as string);
            expect(struct.unpack(struct.pack(i, H, q, d, f, s, flag))).toEqual([
              Number(i),
              Number(H),
              q,
              d,
              f,
              s,
              flag,
            ]);
          },
        ),
      );
    });

    test('any text is a format or a UsageError', () => {
      fc.assert(
        fc.property(
          fc.string({ unit: fc.constantFrom(...'@=<>!xcbB?hHiIlLqQnNefdspP0123456789 z') }),
          format => {
            try {
              expect(calcsize(format)).toBeGreaterThanOrEqual(0);
            } catch (error) {
              expect(error).toMatchObject({ name: 'UsageError', code: 'SW_STRUCT_FORMAT' });
            }
          },
        ),
      );
    });
  });

  describe('values that do not fit', () => {
    test.each<[format: string, value: unknown, message: string]>([
      ['i', 'a', 'required argument is not an integer'],
      ['i', 1.5, 'required argument is not an integer'],
      ['q', undefined, 'required argument is not an integer'],
      ['b', 128, 'byte format requires -128 <= number <= 127'],
      ['B', -1n, 'ubyte format requires 0 <= number <= 255'],
      ['h', -32769, 'short format requires -32768 <= number <= 32767'],
      ['H', 2 ** 16, 'ushort format requires 0 <= number <= 65535'],
      ['i', 2 ** 31, "'i' format requires -2147483648 <= number <= 2147483647"],
      ['=L', -1, "'L' format requires 0 <= number <= 4294967295"],
      ['q', 2n ** 63n, "'q' format requires -9223372036854775808 <= number"],
      ['Q', 2 ** 53, 'argument out of range'],
      ['P', 2n ** 64n, "'P' format requires"],
      ['c', text('ab'), 'char format requires a bytes object of length 1'],
      ['3s', 'abc', "argument for 's' must be a bytes object"],
      ['3p', 5, "argument for 'p' must be a bytes object"],
      ['d', 'x', 'required argument is not a float'],
      ['d', 10n ** 400n, 'int too large to convert to float'],
      ['e', 65520, 'float too large to pack with e format'],
      ['<f', -1e39, 'float too large to pack with f format'],
    ])('%s refuses %s', (format, value, message) => {
      expect(failure(() => pack(format, value))).toEqual({
        code: 'SW_STRUCT_VALUE',
        message: expect.stringContaining(message),
      });
    });

    test('the message says which value it was and what to do', () => {
      const values: readonly unknown[] = [1, 'abc'];
      expect(failure(() => pack('=B3s' as string, ...values)).message).toBe(
        "argument for 's' must be a bytes object: value 2 of the format, for 's', is the string \"abc\"; " +
          'encode it: new TextEncoder().encode(text)',
      );
    });

    test('the number of values is checked', () => {
      const values: readonly unknown[] = [1, 2];
      expect(failure(() => pack('=iif' as string, ...values)).message).toMatch(
        /^pack expected 3 items for packing \(got 2\)/,
      );
    });

    test('a struct too large to allocate is a UsageError', () => {
      expect(failure(() => pack('9007199254740991s', text('')))).toMatchObject({ code: 'SW_STRUCT_BUFFER' });
    });
  });

  describe('buffers', () => {
    test('packInto writes its bytes and no others, and clears padding', () => {
      const buffer = new Uint8Array(10).fill(0xee);
      packInto('>bxH', buffer, -5, 1, 2);
      expect(hex(buffer)).toBe('eeeeeeeeee01000002ee');
      packInto('4s', buffer, 0, text('a'));
      expect(hex(buffer)).toBe('61000000ee01000002ee');
    });

    test('unpackFrom and iterUnpack read where they are told', () => {
      const buffer = Uint8Array.of(1, 0, 2, 0, 3, 0);
      expect(unpackFrom('<H', buffer)).toEqual([1]);
      expect(unpackFrom('<H', buffer, 2)).toEqual([2]);
      expect(unpackFrom('<H', buffer, -2)).toEqual([3]);
      expect([...iterUnpack('<H', buffer)]).toEqual([[1], [2], [3]]);
      expect([...iterUnpack('<H', buffer.subarray(2))]).toEqual([[2], [3]]);
    });

    test.each<[run: () => unknown, message: string]>([
      [() => unpack('=iif', new Uint8Array(3)), 'unpack requires a buffer of 12 bytes'],
      [
        () => unpackFrom('i', new Uint8Array(4), 1),
        'unpack_from requires a buffer of at least 5 bytes for unpacking 4 bytes at offset 1 (actual buffer size is 4)',
      ],
      [
        () => packInto('i', new Uint8Array(4), 5, 1),
        'pack_into requires a buffer of at least 9 bytes for packing 4 bytes at offset 5 (actual buffer size is 4)',
      ],
      [() => unpackFrom('i', new Uint8Array(4), -3), 'not enough data to unpack 4 bytes at offset -3'],
      [() => packInto('i', new Uint8Array(4), -3, 1), 'no space to pack 4 bytes at offset -3'],
      [() => unpackFrom('i', new Uint8Array(4), -5), 'offset -5 out of range for 4-byte buffer'],
      [() => unpackFrom('i', new Uint8Array(8), 0.5), 'the offset must be a whole number'],
      [
        () => iterUnpack('i', new Uint8Array(5)),
        'iterative unpacking requires a buffer of a multiple of 4 bytes',
      ],
      [() => unpack('i', new ArrayBuffer(4) as never), 'pass a Uint8Array'],
    ])('%s', (run, message) => {
      expect(failure(run)).toEqual({ code: 'SW_STRUCT_BUFFER', message: expect.stringContaining(message) });
    });

    test('an empty struct cannot be iterated', () => {
      expect(failure(() => iterUnpack('', new Uint8Array(0))).code).toBe('SW_STRUCT_FORMAT');
    });
  });

  test('more formats than the cache holds', () => {
    for (let count = 1; count < 300; count++) expect(calcsize(`${count}x`)).toBe(count);
    expect(calcsize('1x')).toBe(1);
  });
});
