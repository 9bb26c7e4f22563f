import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CaptureDecoder, type CaptureDecoderOptions } from './capture-decoder.ts';
import type { Damage } from './damage.ts';
import { NOT_A_PACKET, type PacketRecord } from './packet-record.ts';

type Order = 'little' | 'big';

/** Numbers of 16 or 32 bits, texts and bytes, one after the other. */
type Part = readonly [16 | 32, ...number[]] | string | Uint8Array;

function bytesOf(order: Order, ...parts: readonly Part[]): Uint8Array {
  return Buffer.concat(
    parts.map(part => {
      if (typeof part === 'string') return Buffer.from(part, 'latin1');
      if (part instanceof Uint8Array) return part;
      const [bits, ...numbers] = part;
      const piece = Buffer.alloc((bits / 8) * numbers.length);
      const view = new DataView(piece.buffer, piece.byteOffset, piece.length);
      for (const [index, number] of numbers.entries()) {
        if (bits === 16) view.setUint16(2 * index, number, order === 'little');
        else view.setUint32(4 * index, number, order === 'little');
      }
      return piece;
    }),
  );
}

const PACKET = Uint8Array.from({ length: 60 }, (_, index) => index);
const TIME = 1_700_000_000;

interface PcapHeader {
  readonly magic?: number;
  readonly version?: readonly [number, number];
  readonly network?: number;
  readonly order?: Order;
}

function pcapHeader({
  magic = 0xa1b2c3d4,
  version = [2, 4],
  network = 1,
  order = 'little',
}: PcapHeader = {}) {
  return bytesOf(order, [32, magic], [16, ...version], [32, 0, 0, 65_535, network]);
}

interface PcapRecord {
  readonly fraction?: number;
  readonly bytes?: Uint8Array;
  readonly capturedLength?: number;
  readonly length?: number;
  readonly extra?: number;
  readonly order?: Order;
}

function pcapRecord({
  fraction = 123_456,
  bytes = PACKET,
  extra = 0,
  order = 'little',
  ...lengths
}: PcapRecord = {}) {
  const { capturedLength = bytes.length, length = bytes.length } = lengths;
  return bytesOf(order, [32, TIME, fraction, capturedLength, length], new Uint8Array(extra), bytes);
}

function block(order: Order, type: number, ...parts: readonly Part[]): Uint8Array {
  const body = bytesOf(order, ...parts);
  const pad = new Uint8Array(-body.length & 3);
  const length = body.length + pad.length + 12;
  return bytesOf(order, [32, type, length], body, pad, [32, length]);
}

function section(order: Order = 'little', ...options: readonly Part[]): Uint8Array {
  return block(order, 0x0a0d0d0a, [32, 0x1a2b3c4d], [16, 1, 0], [32, 0xffffffff, 0xffffffff], ...options);
}

function described(order: Order = 'little', linkType = 1, ...options: readonly Part[]): Uint8Array {
  return block(order, 1, [16, linkType, 0], [32, 0], ...options);
}

function enhanced(order: Order = 'little', index = 0, ...options: readonly Part[]): Uint8Array {
  const ticks = TIME * 1e6;
  const fixed = [index, Math.floor(ticks / 2 ** 32), ticks % 2 ** 32, PACKET.length, PACKET.length];
  return block(order, 6, [32, ...fixed], PACKET, ...options);
}

interface Gathered {
  readonly records: readonly PacketRecord[];
  readonly packets: readonly Uint8Array[];
  readonly damage: Damage | undefined;
  readonly decoder: CaptureDecoder;
}

function gather(pieces: readonly Uint8Array[], options: CaptureDecoderOptions = {}): Gathered {
  const records: PacketRecord[] = [];
  const packets: Uint8Array[] = [];
  const sink = {
    onPacket(record: PacketRecord): void {
      // Where the bytes lie depends on the pieces, so it is no part of what is compared.
      const { bytes, start, capturedLength } = record;
      packets.push(bytes.slice(start, start + capturedLength));
      records.push({ ...record, bytes: new Uint8Array(0), start: 0 });
    },
  };
  const decoder = new CaptureDecoder(sink, options);
  // The contract: a piece may be written again once it was pushed.
  for (const piece of pieces) {
    const copy = Uint8Array.from(piece);
    decoder.push(copy);
    copy.fill(0xee);
  }
  decoder.end();
  return { records, packets, damage: decoder.damage, decoder };
}

const gatherOne = (...parts: readonly Uint8Array[]): Gathered => gather([Buffer.concat(parts)]);

const someFiles: readonly (readonly [string, Uint8Array])[] = [
  [
    'pcap',
    Buffer.concat([pcapHeader(), pcapRecord(), pcapRecord({ length: 70 }), pcapRecord(), pcapRecord()]),
  ],
  ['big-endian pcap', Buffer.concat([pcapHeader({ order: 'big' }), pcapRecord({ order: 'big' })])],
  ['a pcap cut short', Buffer.concat([pcapHeader(), pcapRecord(), pcapRecord()]).subarray(0, -7)],
  [
    'a modified pcap',
    Buffer.concat([pcapHeader({ magic: 0xa1b2cd34 }), ...Array(3).fill(pcapRecord({ extra: 8 }))]),
  ],
  [
    'pcapng of two sections',
    Buffer.concat([
      section('big'),
      described('big'),
      enhanced('big', 0, [16, 1, 2], 'hi\0\0', [32, 0]),
      block('big', 0x777, 'skipped'),
      section('little', [16, 4, 3], 'abc\0', [32, 0]),
      described('little', 101),
      described('little', 113),
      enhanced('little', 1),
      block('little', 3, [32, PACKET.length], PACKET),
      block('little', 0xbad, [32, 32_473], 'mine'),
    ]),
  ],
  ['damaged pcapng', Buffer.concat([section(), described(), enhanced(), enhanced('little', 5), enhanced()])],
];

describe('a capture in pieces', () => {
  it.each(someFiles)('gives the same however it is cut: %s', (_, file) => {
    const whole = gather([file]);
    expect(whole.records.length).toBeGreaterThan(0);
    fc.assert(
      fc.property(fc.array(fc.nat(file.length), { maxLength: 12 }), cuts => {
        const places = [0, ...cuts.sort((a, b) => a - b), file.length];
        const pieces = places.slice(1).map((end, index) => file.subarray(places[index], end));
        const { decoder, ...parts } = gather(pieces);
        const { decoder: _decoder, ...expected } = whole;
        expect(parts).toEqual(expected);
        expect(decoder.skippedBlocks).toBe(whole.decoder.skippedBlocks);
      }),
    );
    const { decoder, ...bytewise } = gather(Array.from(file, byte => Uint8Array.of(byte)));
    expect(bytewise).toEqual({ records: whole.records, packets: whole.packets, damage: whole.damage });
    expect(decoder.format).toBe(whole.decoder.format);
  });

  it('ends in records, and perhaps damage, whatever the bytes are', () => {
    const start = fc.constantFrom(...someFiles.map(([, file]) => file));
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 });
    fc.assert(
      fc.property(start, changes, fc.uint8Array({ maxLength: 40 }), (file, places, tail) => {
        const bytes = Buffer.concat([file, tail]);
        for (const [place, value] of places) bytes[place % bytes.length] = value;
        const { records, packets, damage } = gather([bytes]);
        expect(damage === undefined || damage.offset <= bytes.length).toBe(true);
        for (const [index, record] of records.entries()) {
          expect(record.capturedLength).toBe((packets[index] as Uint8Array).length);
          expect(record.offset + record.capturedLength).toBeLessThanOrEqual(bytes.length);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('says where each packet is in the file', () => {
    for (const [, file] of someFiles) {
      const { records, packets } = gather([file]);
      for (const [index, { offset, capturedLength }] of records.entries())
        expect(file.subarray(offset, offset + capturedLength)).toEqual(
          Buffer.from(packets[index] as Uint8Array),
        );
    }
  });

  it('takes nothing more after damage or the end', () => {
    const decoder = new CaptureDecoder({ onPacket: () => expect.unreachable() });
    expect(decoder.push(Buffer.from('no capture'))).toBe(false);
    expect(decoder.push(pcapHeader())).toBe(false);
    decoder.end();
    expect(decoder.damage?.reason).toBe('not-a-capture');
    const ended = new CaptureDecoder({ onPacket: () => expect.unreachable() });
    ended.push(pcapHeader());
    ended.end();
    expect(ended.push(pcapRecord())).toBe(false);
    expect(ended.damage).toBeUndefined();
  });

  it('gives the first packet of a live capture at once, that of a file once three are there', () => {
    for (const [isLive, expected] of [
      [true, [1, 2, 3]],
      [false, [0, 0, 3]],
    ] as const) {
      let count = 0;
      const decoder = new CaptureDecoder({ onPacket: () => count++ }, { isLive });
      decoder.push(pcapHeader());
      const counts = expected.map(() => {
        decoder.push(pcapRecord());
        return count;
      });
      expect(counts).toEqual(expected);
    }
  });
});

describe('pcap', () => {
  it.each([
    ['of nothing', [], 'empty', 0],
    ['of three bytes', [Uint8Array.of(0xd4, 0xc3, 0xb2)], 'not-a-capture', 0],
    ['with half a header', [pcapHeader().subarray(0, 20)], 'cut-short', 0],
    ['of version 1.4', [pcapHeader({ version: [1, 4] }), pcapRecord()], 'version', 4],
    ['with reserved bits', [pcapHeader({ network: 0x00300000 }), pcapRecord()], 'reserved-bits', 20],
    ['of an unknown link type', [pcapHeader({ network: 281 }), pcapRecord()], 'link-type', 20],
    [
      'with half a record header',
      [pcapHeader(), pcapRecord(), pcapRecord().subarray(0, 9)],
      'cut-short',
      100,
    ],
    ['with half a packet', [pcapHeader(), pcapRecord(), pcapRecord().subarray(0, 70)], 'cut-short', 100],
    [
      'with a record too long',
      [pcapHeader(), pcapRecord(), pcapRecord(), pcapRecord(), pcapRecord({ capturedLength: 262_145 })],
      'record-length',
      252,
    ],
    [
      'without room for an ATM header',
      [pcapHeader({ network: 123 }), pcapRecord({ bytes: PACKET.subarray(58) })],
      'pseudo-header',
      24,
    ],
  ] as const)('%s is damaged', (_, parts, reason, offset) => {
    expect(gatherOne(...parts).damage).toMatchObject({ reason, offset });
  });

  it.each([
    ['version 2.5', { version: [2, 5] }, {}, [70, 60]],
    ['version 2.3, in either order', { version: [2, 3] }, { capturedLength: 70, length: 60 }, [70, 60]],
    [
      'version 2.2, whose lengths stand the other way round',
      { version: [2, 2] },
      { capturedLength: 70, length: 60 },
      [70, 60],
    ],
    ['DG/UX', { version: [543, 0] }, { capturedLength: 70, length: 60 }, [70, 60]],
    ['a length beyond every packet', {}, { length: 0xffffffff }, [0x7fffffff, 60]],
    ['more captured than there was', {}, { length: 10 }, [10, 60]],
    ['SunATM, 4 bytes of which are no packet', { network: 123 }, {}, [66, 56]],
  ] as const)('is read: %s', (_, header, record, [length, capturedLength]) => {
    const { records, damage } = gatherOne(pcapHeader(header), pcapRecord({ length: 70, ...record }));
    expect(damage).toBeUndefined();
    expect(records).toMatchObject([{ length, capturedLength }]);
  });

  it.each([
    ['µs', 0xa1b2c3d4, 0, 123_456_000],
    ['ns', 0xa1b23c4d, 0, 123_456],
    ['modified', 0xa1b2cd34, 8, 123_456_000],
    ['modified in September', 0xa1b2cd34, 12, 123_456_000],
    ['patched in April', 0xa1b2c3d4, 8, 123_456_000],
    ['of Nokia', 0xa1b2c3d4, 4, 123_456_000],
  ])('%s has its time, and its packets where they are', (_, magic, extra, nanoseconds) => {
    for (const order of ['little', 'big'] as const) {
      const { records, packets, damage } = gatherOne(
        pcapHeader({ magic, order }),
        ...Array(4).fill(pcapRecord({ extra, order })),
      );
      expect(damage).toBeUndefined();
      expect(records[3]).toMatchObject({ seconds: TIME, nanoseconds, hasTime: true });
      expect(packets).toEqual(Array(4).fill(PACKET));
    }
  });

  it('keeps a fraction of more than a second as 32 bits', () => {
    const { records } = gatherOne(
      pcapHeader(),
      pcapRecord({ fraction: 1_000_000 }),
      pcapRecord({ fraction: 4_294_967_295 }),
    );
    expect(records.map(({ nanoseconds }) => nanoseconds)).toEqual([1_000_000_000, -1_000]);
  });

  it('knows the frame check sequence that its header speaks of', () => {
    const { records } = gatherOne(pcapHeader({ network: 0x24000001 }), pcapRecord());
    expect(records).toMatchObject([{ linkType: 1, fcsLength: 4 }]);
  });
});

describe('pcapng', () => {
  const whole = [section(), described(), enhanced()] as const;
  const at = Buffer.concat(whole).length;
  const packet = [32, 0, 0, 0, 60, 60] as const;

  it.each([
    [
      'section of version 2',
      block('little', 0x0a0d0d0a, [32, 0x1a2b3c4d], [16, 2, 0], [32, 0, 0]),
      'version',
    ],
    ['section without byte order', block('little', 0x0a0d0d0a, [32, 7, 1, 0, 0]), 'byte-order'],
    ['block shorter than its frame', bytesOf('little', [32, 0x777, 8, 8]), 'block-length'],
    ['packet shorter than its fixed part', block('little', 6, [32, 0]), 'block-length'],
    ['block that ends with another length', bytesOf('little', [32, 0x777, 16, 0, 20]), 'block-length'],
    [
      'packet that ends with another length',
      bytesOf('little', [32, 6, 92], packet, PACKET, [32, 96]),
      'block-length',
    ],
    ['description beyond all bounds', bytesOf('little', [32, 10, 0x7fffffff, 0, 0]), 'block-length'],
    ['packet of no interface', enhanced('little', 1), 'interface'],
    [
      'packet that is longer than its block',
      block('little', 6, [32, 0, 0, 0, 80, 80], PACKET),
      'block-length',
    ],
    ['packet longer than any', block('little', 6, [32, 0, 0, 0, 262_145, 60], PACKET), 'record-length'],
    ['option longer than its block', enhanced('little', 0, [16, 1, 40], 'abcd'), 'option'],
    ['end of options longer than its block', enhanced('little', 0, [16, 0, 40], 'abcd'), 'option'],
    ['flags of three bytes', enhanced('little', 0, [16, 2, 3], 'abc\0'), 'option'],
    ['drops of four bytes', enhanced('little', 0, [16, 4, 4], 'abcd'), 'option'],
    ['verdict of nothing', enhanced('little', 0, [16, 7, 0]), 'option'],
    ['custom option without a number', enhanced('little', 0, [16, 2_988, 2], 'ab\0\0'), 'option'],
    ['filter of nothing', described('little', 1, [16, 11, 0]), 'option'],
    ['name longer than its block', block('little', 4, [16, 1, 100], [32, 1]), 'option'],
    ['name without an end', block('little', 4, [16, 1, 8], [32, 1], 'abcd'), 'option'],
    ['half an address', block('little', 4, [16, 1, 3], 'abc\0'), 'option'],
    ['secrets longer than their block', block('little', 10, [32, 0x544c534b, 100], 'abcd'), 'option'],
    ['three bytes', Uint8Array.of(6, 0, 0), 'cut-short'],
    ['half a packet', enhanced().subarray(0, 80), 'cut-short'],
    ['half an unknown block', block('little', 0x777, PACKET).subarray(0, 30), 'cut-short'],
  ] as const)('is damaged by a %s', (_, damaged, reason) => {
    const { records, damage } = gatherOne(...whole, damaged);
    expect(records).toHaveLength(1);
    expect(damage).toMatchObject({ reason, offset: at });
    // Nothing is taken for a record behind damage.
    if (reason !== 'cut-short') expect(gatherOne(...whole, damaged, enhanced()).records).toHaveLength(1);
  });

  it.each([
    ['a block whose padding is not counted', bytesOf('little', [32, 0x777, 13], 'abcd', [32, 13])],
    ['a block for local use', block('little', 0x80000001, 'abcd')],
    ['statistics of an interface that is not there', block('little', 5, [32, 9, 0, 0])],
    ['an option of an unknown code', described('little', 1, [16, 777, 3], 'abc\0')],
    [
      'an interface whose options have odd lengths',
      described('little', 1, [16, 9, 2], 'ab\0\0', [16, 8, 1], 'a\0\0\0'),
    ],
    ['a name of an unknown kind, and no end', block('little', 4, [16, 9, 3], 'abc\0')],
  ])('is whole with %s', (_, odd) => {
    const { records, damage } = gatherOne(...whole, odd, enhanced());
    expect(damage).toBeUndefined();
    expect(records).toHaveLength(2);
  });

  it('counts interfaces on from section to section, and forgets them at its start', () => {
    const { records, damage } = gatherOne(
      section('big'),
      described('big', 1),
      described('big', 101),
      enhanced('big', 1),
      section(),
      described('little', 276),
      enhanced(),
      enhanced('little', 1),
    );
    expect(records).toMatchObject([
      { interfaceIndex: 1, linkType: 101 },
      { interfaceIndex: 2, linkType: 276 },
    ]);
    expect(damage?.reason).toBe('interface');
  });

  it('gives packets without a time, and drops of the obsolete block', () => {
    const { records } = gatherOne(
      section(),
      block('little', 1, [16, 1, 0], [32, 20]),
      block('little', 3, [32, 60], PACKET.subarray(0, 20)),
      block('little', 2, [16, 0, 3], [32, 0, 1_500_000, 60, 61], PACKET),
      block('little', 2, [16, 0, 0xffff], [32, 0, 0, 60, 60], PACKET),
    );
    expect(records).toMatchObject([
      { hasTime: false, seconds: 0, capturedLength: 20, length: 60, snapLength: 20, dropCount: -1 },
      { hasTime: true, seconds: 1, nanoseconds: 500_000_000, capturedLength: 60, length: 61, dropCount: 3 },
      { hasTime: true, seconds: 0, dropCount: -1 },
    ]);
  });

  it('gives what is numbered among the frames without being a packet', () => {
    const journal = '__REALTIME_TIMESTAMP=1700000000000001\nMESSAGE=hi\n';
    const { records, damage } = gatherOne(
      section(),
      block('little', 0xbad, [32, 32_473], 'hello'),
      block('little', 0x40000bad, [32, 32_473]),
      block('little', 9, journal),
      block('little', 0x204, [16, 1], [32, 5, 1, 0, 0, 28], [16, 3], 'ab'),
    );
    expect(damage).toBeUndefined();
    expect(records).toMatchObject([
      { linkType: NOT_A_PACKET, capturedLength: 8, length: 8, hasTime: false },
      { linkType: NOT_A_PACKET, capturedLength: 0, length: 0, hasTime: false },
      { capturedLength: journal.length, hasTime: true, seconds: TIME, nanoseconds: 1_000 },
      { capturedLength: 4, length: 28, hasTime: true, seconds: 4, nanoseconds: 294_967_301 },
    ]);
  });

  it('lets the flags of a packet speak of its frame check sequence', () => {
    const { records } = gatherOne(
      section(),
      described('little', 1, [16, 13, 1], '\x02\0\0\0'),
      enhanced('little', 0, [16, 2, 4], [32, 0x82]),
      enhanced(),
    );
    expect(records).toMatchObject([
      { flags: 0x82, fcsLength: 4 },
      { flags: 0, fcsLength: 2 },
    ]);
  });
});
