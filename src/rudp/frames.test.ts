import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../bytes/hex.ts';
import { FrameReader, type FrameSource } from './frame-reader.ts';
import { FrameWriter, type ReceivedRanges } from './frame-writer.ts';
import { FRAME } from './layout.ts';
import { type MessageFrame, messageOverhead, messageRoom } from './message-frame.ts';
import { NUMBERS_END } from './numbers.ts';

/** A frame as a value, as tests compare them. */
type Frame = { readonly type: string } & Record<string, unknown>;

/** Everything that a reader says of a packet. */
function readFrames(reader: FrameReader): Frame[] {
  const frames: Frame[] = [];
  while (reader.next()) frames.push(frameOf(reader));
  return frames;
}

function frameOf(reader: FrameReader): Frame {
  switch (reader.type) {
    case FRAME.padding:
      return { type: 'padding', count: reader.count };
    case FRAME.ping:
      return { type: 'ping' };
    case FRAME.ack: {
      const ranges = Array.from({ length: reader.rangeCount }, (_, index) => [
        reader.rangeStart(index),
        reader.rangeEnd(index),
      ]);
      return { type: 'ack', ranges, delayUs: reader.delayUs, repaired: reader.repaired };
    }
    case FRAME.pathChallenge:
      return { type: 'pathChallenge', nonce: toHex(reader.nonce) };
    case FRAME.pathResponse:
      return { type: 'pathResponse', nonce: toHex(reader.nonce) };
    case FRAME.close:
      return { type: 'close', code: reader.code, reason: reader.reason };
    case FRAME.maxData:
      return { type: 'maxData', limit: reader.limit };
    case FRAME.end:
      return { type: 'end', messages: reader.messages };
    case FRAME.message: {
      const { channel, chained, sequence, sequenceBytes, isFragment, offset, total } = reader;
      const data = toHex(reader.data);
      return { type: 'message', channel, chained, sequence, sequenceBytes, isFragment, offset, total, data };
    }
    case FRAME.repair:
      return {
        type: 'repair',
        window: reader.repairWindow,
        equalLengths: reader.repairEqualLengths,
        symbol: toHex(reader.repairSymbol),
      };
  }
}

/** Ranges from pairs, the newest first. */
function rangesOf(pairs: readonly (readonly [start: number, end: number])[]): ReceivedRanges {
  return {
    largest: pairs[0]?.[1] ?? -1,
    count: pairs.length,
    start: index => pairs[index]?.[0] ?? -1,
    end: index => pairs[index]?.[1] ?? -1,
  };
}

function message(data: string | Uint8Array, changes: Partial<MessageFrame> = {}): MessageFrame {
  const bytes = typeof data === 'string' ? fromHex(data) : data;
  const { length } = bytes;
  const whole = { channel: 0, sequence: 0, sequenceBytes: 1, chained: false, withLength: true };
  return { ...whole, data: bytes, dataStart: 0, dataEnd: length, ...changes };
}

/** A frame that stands anywhere: how to write it, and what comes back. */
interface Sample {
  readonly write: (writer: FrameWriter) => boolean;
  readonly frame: Frame;
}

const nonce = fc.uint8Array({ minLength: 8, maxLength: 8 });
const varint = fc.oneof(fc.nat(300), fc.maxSafeNat());
const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const channel = fc.tuple(fc.nat(2), fc.nat(63)).map(([kind, id]) => (kind << 6) | id);
const fragment = fc.option(
  fc.tuple(fc.nat(1_000), fc.nat(1_000)).map(([offset, after]) => ({ offset, after })),
  { nil: undefined },
);

const anyMessage: fc.Arbitrary<Sample> = fc
  .record({
    channel,
    sequence: fc.nat(NUMBERS_END - 1),
    sequenceBytes: fc.integer({ min: 1, max: 4 }),
    data: fc.uint8Array({ minLength: 1, maxLength: 200 }),
    start: fc.nat(10),
    fragment,
  })
  .map(({ data, start, fragment, ...head }) => {
    const from = Math.min(start, data.length - 1);
    const bytes = data.subarray(from);
    const total = fragment === undefined ? undefined : fragment.offset + bytes.length + fragment.after;
    const offset = fragment?.offset;
    return {
      write: writer =>
        writer.message({
          ...head,
          chained: false,
          withLength: true,
          data,
          dataStart: from,
          dataEnd: data.length,
          offset,
          total,
        }),
      frame: {
        type: 'message',
        ...head,
        sequence: head.sequence % 2 ** (8 * head.sequenceBytes),
        chained: false,
        isFragment: fragment !== undefined,
        offset: offset ?? 0,
        total: total ?? bytes.length,
        data: toHex(bytes),
      },
    };
  });

const anyProtected: fc.Arbitrary<Sample> = fc.oneof(
  { weight: 4, arbitrary: anyMessage },
  fc.constant<Sample>({ write: writer => writer.ping(), frame: { type: 'ping' } }),
  nonce.map(bytes => ({
    write: (writer: FrameWriter) => writer.pathChallenge(bytes),
    frame: { type: 'pathChallenge', nonce: toHex(bytes) },
  })),
  nonce.map(bytes => ({
    write: (writer: FrameWriter) => writer.pathResponse(bytes),
    frame: { type: 'pathResponse', nonce: toHex(bytes) },
  })),
  varint.map(limit => ({
    write: (writer: FrameWriter) => writer.maxData(limit),
    frame: { type: 'maxData', limit },
  })),
  varint.map(messages => ({
    write: (writer: FrameWriter) => writer.end(messages),
    frame: { type: 'end', messages },
  })),
);

/** Ranges below `largest`, the newest first. */
const anyRanges = fc
  .tuple(
    fc.oneof(fc.nat(100_000), fc.nat(NUMBERS_END - 1)),
    fc.array(fc.tuple(fc.nat(300), fc.nat(300)), { minLength: 1, maxLength: 40 }),
  )
  .map(([largest, steps]) => {
    const pairs: [number, number][] = [];
    let end = largest;
    for (const [gap, length] of steps) {
      if (end < 0) break;
      pairs.push([Math.max(0, end - length), end]);
      end -= length + gap + 2;
    }
    return pairs;
  });

describe('frames', () => {
  it('come back as they were, whatever packets they are split over', () => {
    const ack = fc.option(
      fc.record({
        pairs: anyRanges,
        delay: fc.nat(1_000_000),
        repaired: fc.option(varint, { nil: undefined }),
      }),
      { nil: undefined },
    );
    const number = fc.nat(NUMBERS_END - 1);
    fc.assert(
      fc.property(
        fc.array(anyProtected, { maxLength: 30 }),
        fc.integer({ min: 300, max: 1_472 }),
        number,
        fc.boolean(),
        ack,
        (samples, limit, packetNumber, askNow, ack) => {
          const writer = new FrameWriter();
          const reader = new FrameReader();
          const packets: Uint8Array[] = [];
          const parts: Uint8Array[] = [];
          const begin = (): void => {
            writer.beginShort(0xdeadbeef, askNow, packetNumber, 4, limit);
            if (ack !== undefined) writer.ack(rangesOf(ack.pairs), ack.delay * 64 + 63, ack.repaired);
          };
          const finish = (): void => {
            expect(writer.length).toBeLessThanOrEqual(limit);
            parts.push(writer.protectedPart().slice());
            packets.push(writer.finish());
          };
          begin();
          for (const sample of samples) {
            if (sample.write(writer)) continue;
            finish();
            begin();
            expect(sample.write(writer)).toBe(true);
          }
          finish();

          const frames = packets.flatMap((packet, index) => {
            expect(reader.openShort(packet)).toBe(true);
            expect([reader.receiverId, reader.asksNow, reader.isNumbered]).toEqual([
              0xdeadbeef,
              askNow,
              true,
            ]);
            expect([reader.number, reader.numberBytes]).toEqual([packetNumber % 2 ** 32, 4]);
            reader.nextOwnNumber = ack?.pairs[0]?.[1] ?? 0;
            const all = readFrames(reader);
            expect(packet.subarray(reader.protectedStart, reader.protectedEnd)).toEqual(parts[index]);
            expect(reader.hasRepair).toBe(false);
            if (ack === undefined) return all;
            const { pairs, delay, repaired } = ack;
            // At most 32 ranges, and no more than fit: each takes up to 4 bytes.
            const told = all[0]?.['ranges'] as unknown[];
            expect(told).toEqual(pairs.slice(0, told.length));
            expect(told.length).toBeGreaterThanOrEqual(Math.min(pairs.length, 32));
            expect(all[0]).toMatchObject({ type: 'ack', delayUs: delay * 64, repaired });
            return all.slice(1);
          });
          expect(frames).toEqual(samples.map(sample => sample.frame));
          // A protected part read alone, as after it was recomputed.
          const alone = parts.flatMap(part => {
            reader.openFrames(part, 0, part.length, 'protected');
            return readFrames(reader);
          });
          expect(alone).toEqual(frames);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('of an unnumbered packet come back', () => {
    fc.assert(
      fc.property(varint, text, nonce, (code, reason, bytes) => {
        const writer = new FrameWriter();
        writer.beginShort(7, false, undefined, 0, 1_200);
        writer.ack(rangesOf([[5, 9]]), 0, undefined);
        writer.close(code, reason);
        writer.padding(3);
        writer.pathResponse(bytes);
        writer.padding(2);
        const reader = new FrameReader();
        expect(reader.openShort(writer.finish())).toBe(true);
        expect([reader.isNumbered, reader.numberBytes]).toEqual([false, 0]);
        expect(readFrames(reader)).toEqual([
          { type: 'ack', ranges: [[5, 9]], delayUs: 0, repaired: undefined },
          { type: 'close', code, reason },
          { type: 'padding', count: 3 },
          { type: 'pathResponse', nonce: toHex(bytes) },
          { type: 'padding', count: 2 },
        ]);
      }),
    );
  });

  it('ACK tells as many ranges as fit, the newest first', () => {
    const pairs = Array.from({ length: 40 }, (_, index): [number, number] => [
      1_000 - 10 * index,
      1_003 - 10 * index,
    ]);
    const reader = new FrameReader();
    const writer = new FrameWriter();
    const told = (limit: number, repaired?: number): number => {
      writer.beginShort(1, false, undefined, 0, limit);
      if (!writer.ack(rangesOf(pairs), 0, repaired)) return 0;
      expect(writer.length).toBeLessThanOrEqual(limit);
      reader.openShort(writer.finish());
      expect(readFrames(reader)).toMatchObject([{ ranges: pairs.slice(0, reader.rangeCount), repaired }]);
      return reader.rangeCount;
    };
    // 5 of header; 8 with the first range; 2 for each further one.
    expect([12, 13, 14, 15, 74, 75, 1_200].map(limit => told(limit))).toEqual([0, 1, 1, 2, 31, 32, 32]);
    expect([14, 15, 16, 17].map(limit => told(limit, 300))).toEqual([0, 1, 1, 2]);
  });

  it('CLOSE cuts its reason between characters, to what fits', () => {
    const writer = new FrameWriter();
    const reader = new FrameReader();
    const reasonIn = (limit: number, reason: string): string => {
      writer.beginShort(1, false, undefined, 0, limit);
      expect(writer.close(2, reason)).toBe(true);
      reader.openShort(writer.finish());
      readFrames(reader);
      return reader.reason;
    };
    expect(reasonIn(12, 'äöü€')).toBe('äö');
    expect(reasonIn(8, 'äöü€')).toBe('');
    expect(reasonIn(1_200, '€'.repeat(100))).toBe('€'.repeat(85));
    writer.beginShort(1, false, undefined, 0, 7);
    expect(writer.close(2, '')).toBe(false);
  });

  it('MESSAGE: what it takes and what fits is known beforehand', () => {
    const head = fc.record({
      channel,
      sequenceBytes: fc.integer({ min: 1, max: 4 }),
      chained: fc.boolean(),
      withLength: fc.boolean(),
      offset: fc.nat(2 ** 20),
      isFragment: fc.boolean(),
    });
    fc.assert(
      fc.property(head, fc.oneof(fc.nat(20), fc.nat(20_000)), (head, room) => {
        const total = head.isFragment ? 2 ** 20 : undefined;
        const sample = { ...head, total, sequence: 5 };
        const most = messageRoom(sample, room);
        const writer = new FrameWriter(20_100);
        const fits = (bytes: number): boolean => {
          writer.beginShort(1, false, 1, 1, 6 + room);
          const start = writer.length;
          const done = writer.message(message(new Uint8Array(bytes), sample));
          if (done) expect(writer.length - start).toBe(messageOverhead(sample, bytes) + bytes);
          else expect(writer.length).toBe(start);
          return done;
        };
        if (most >= 0) expect(fits(most)).toBe(true);
        expect(fits(Math.max(0, most + 1))).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it('nothing fits after a MESSAGE without a length, or after REPAIR', () => {
    const writer = new FrameWriter();
    writer.beginShort(1, false, 1, 1, 1_200);
    writer.message(message('aabb', { withLength: false }));
    expect(writer.remaining).toBe(0);
    expect([writer.ping(), writer.padding(1), writer.repair(1, true, fromHex('01'))]).toEqual([
      false,
      false,
      false,
    ]);
    writer.beginShort(1, false, 1, 1, 1_200);
    expect(writer.repair(1, true, new Uint8Array(0))).toBe(false);
    expect(writer.repair(1, true, fromHex('01'))).toBe(true);
    expect([writer.remaining, writer.ping()]).toEqual([0, false]);
  });

  it('PADDING at the end is not protected', () => {
    const writer = new FrameWriter();
    const reader = new FrameReader();
    writer.beginShort(1, false, 1, 1, 1_200);
    writer.padding(2);
    writer.ping();
    writer.padding(100);
    writer.repair(1, true, fromHex('0102'));
    expect(toHex(writer.protectedPart())).toBe('000001');
    reader.openShort(writer.finish());
    expect(readFrames(reader).map(frame => frame.type)).toEqual(['padding', 'ping', 'padding', 'repair']);
    expect([reader.protectedStart, reader.protectedEnd]).toEqual([6, 9]);
    expect(reader.hasRepair).toBe(true);
  });

  it('PADDING makes a packet as long as it is to be, in front of a MESSAGE that takes the rest', () => {
    const writer = new FrameWriter();
    const told = (write: () => void): string => {
      writer.beginShort(1, false, 1, 1, 1_200);
      write();
      writer.padTo(12);
      const part = toHex(writer.protectedPart());
      return `${toHex(writer.finish()).slice(12)} ${part}`;
    };
    expect(told(() => writer.ping())).toBe('010000000000 01');
    expect(told(() => writer.message(message('aa', { withLength: true })))).toBe('480001aa0000 480001aa');
    expect(told(() => writer.message(message('aa', { withLength: false })))).toBe(
      '0000004000aa 0000004000aa',
    );
    expect(told(() => writer.message(message('aabbccdd', { withLength: false })))).toBe(
      '4000aabbccdd 4000aabbccdd',
    );
    writer.beginShort(1, false, 1, 1, 1_200);
    writer.ack(rangesOf([[0, 0]]), 0, undefined);
    writer.message(message('aa', { withLength: false }));
    writer.padTo(20);
    expect(toHex(writer.finish()).slice(12)).toBe('0200000000000000 0000004000aa'.replaceAll(' ', ''));
    expect(writer.remaining).toBe(0);
  });

  it('a writer refuses what its caller must not do', () => {
    const writer = new FrameWriter(100);
    const bug = expect.objectContaining({ code: 'SW_INTERNAL' });
    expect(() => writer.beginShort(1, false, 1, 1, 101)).toThrow(bug);
    expect(() => writer.beginLong(new Uint8Array(60), 50)).toThrow(bug);
    writer.beginShort(1, false, 1, 1, 100);
    writer.ping();
    expect(() => writer.ack(rangesOf([[0, 0]]), 0, undefined)).toThrow(bug);
  });
});

describe('packets byte by byte', () => {
  const reader = new FrameReader();
  const writer = new FrameWriter();

  it('two messages with their numbers chained', () => {
    writer.beginShort(0x01020304, true, 0x1_0000_0107, 2, 1_200);
    writer.message(message('aabb', { sequence: 0x1ff }));
    writer.message(message('cc', { sequence: 0x200, chained: true, withLength: false }));
    const packet = writer.finish();
    // flags A, N, 2 bytes | id | number | L, sequence, length, data | D, data
    expect(toHex(packet)).toBe('68' + '01020304' + '0107' + '48ff02aabb' + '44cc');
    expect(reader.openShort(packet)).toBe(true);
    const first = { type: 'message', channel: 0, isFragment: false, offset: 0 };
    expect(readFrames(reader)).toEqual([
      { ...first, chained: false, sequence: 0xff, sequenceBytes: 1, total: 2, data: 'aabb' },
      { ...first, chained: true, sequence: 0, sequenceBytes: 0, total: 1, data: 'cc' },
    ]);
  });

  it('an acknowledgement of three ranges', () => {
    writer.beginShort(0xffffffff, false, undefined, 0, 1_200);
    writer.ack(
      rangesOf([
        [1_000, 1_200],
        [998, 998],
        [0, 990],
      ]),
      12_863,
      3,
    );
    // flags | id | type, largest, delay 200, count | first 200 | gap 0, length 0 | gap 6, length 990 | repaired
    expect(toHex(writer.finish())).toBe(
      '00' + 'ffffffff' + '03000004b0' + 'c801' + '02' + 'c801' + '0000' + '06de07' + '03',
    );
  });

  it('an acknowledgement, a fragment on an unordered channel, and a repair symbol', () => {
    writer.beginShort(1, false, 5, 1, 1_200);
    writer.ack(rangesOf([[0, 4]]), 0, undefined);
    writer.message(
      message('0d0e0f', { channel: 0x41, sequence: 0x123456, sequenceBytes: 3, offset: 1_200, total: 2_000 }),
    );
    writer.repair(6, false, fromHex('0a0b0c0d'));
    expect(writer.protectedStart).toBe(14);
    const packet = writer.finish();
    expect(toHex(packet)).toBe(
      '20' +
        '00000001' +
        '05' +
        '0200000004' +
        '00' +
        '00' +
        '04' +
        '7a' +
        '41' +
        '123456' +
        'b009' +
        'd00f' +
        '03' +
        '0d0e0f' +
        '85' +
        '0a0b0c0d',
    );
    expect(reader.openShort(packet)).toBe(true);
    expect(readFrames(reader).slice(1)).toEqual([
      {
        type: 'message',
        channel: 0x41,
        chained: false,
        sequence: 0x123456,
        sequenceBytes: 3,
        isFragment: true,
        offset: 1_200,
        total: 2_000,
        data: '0d0e0f',
      },
      { type: 'repair', window: 6, equalLengths: false, symbol: '0a0b0c0d' },
    ]);
    expect(toHex(packet.subarray(reader.protectedStart, reader.protectedEnd))).toBe(
      '7a41123456b009d00f030d0e0f',
    );
  });

  it('control frames', () => {
    writer.beginShort(1, false, 0x00c0ffee, 4, 1_200);
    writer.ping();
    writer.pathChallenge(fromHex('1112131415161718'));
    writer.pathResponse(fromHex('2122232425262728'));
    writer.maxData(4 * 2 ** 20);
    writer.end(300);
    writer.close(1, 'no');
    writer.padding(2);
    expect(toHex(writer.finish())).toBe(
      '38' +
        '00000001' +
        '00c0ffee' +
        '01' +
        '041112131415161718' +
        '052122232425262728' +
        '0780808002' +
        '08ac02' +
        '0601026e6f' +
        '0000',
    );
  });
});

describe('damage', () => {
  it.each([
    ['an empty datagram', ''],
    ['a datagram without a whole id', '00000000'],
    ['a packet number that is cut', '280000000101'],
    ['a long packet', '80000000010000'],
    ['reserved bits', '0100000001'],
    ['bytes of a number that is not there', '0800000001'],
  ])('%s is no short packet', (_what, hex) => {
    expect(new FrameReader().openShort(fromHex(hex))).toBe(false);
  });

  it.each<[what: string, source: FrameSource, hex: string, offset: number]>([
    ['an unknown type', 'numbered', '09', 0],
    ['an unknown type between ACK and CLOSE', 'unnumbered', '3f', 0],
    ['a type between the two of REPAIR', 'numbered', '900102', 0],
    ['a type beyond REPAIR', 'numbered', 'd00102', 0],
    ['an ACK after another frame', 'numbered', '01 020000000000 00 00', 1],
    ['two ACKs', 'numbered', '020000000000 00 00 020000000000 00 00', 8],
    ['an ACK in a protected part', 'protected', '020000000000 00 00', 0],
    ['33 ranges', 'numbered', `0200001000 00 20 00${'0000'.repeat(32)}`, 0],
    ['a range below packet 0', 'numbered', '0200000005 00 01 02 01 01', 0],
    ['a first range below packet 0', 'numbered', '0200000005 00 00 06', 0],
    ['an ACK that is cut', 'numbered', '0200000005 00 01 02 01', 9],
    ['a repaired count that is cut', 'numbered', '0300000005 00 00 02', 8],
    ['a PING without a packet number', 'unnumbered', '01', 0],
    ['a MESSAGE without a packet number', 'unnumbered', '4800 00', 0],
    ['a REPAIR without a packet number', 'unnumbered', '800000', 0],
    ['a REPAIR in a protected part', 'protected', '800000', 0],
    ['a symbol too short for a length', 'numbered', '8000', 0],
    ['a symbol of no bytes', 'numbered', 'c0', 0],
    ['a channel of kind 3', 'numbered', '68c00000', 0],
    ['a chained MESSAGE at the beginning', 'numbered', '4c00', 0],
    ['a chained MESSAGE of another channel', 'numbered', '480000 6c0100', 3],
    ['a chained MESSAGE with bytes of a number', 'numbered', '480000 4d00', 3],
    ['a MESSAGE longer than the packet', 'numbered', '480003 aabb', 3],
    ['a sequence number that is cut', 'numbered', '4b0000', 1],
    ['an empty fragment', 'numbered', '5800 00 05 00', 0],
    ['a fragment beyond its message', 'numbered', '5800 04 05 02 aabb', 0],
    ['a message above 1 MiB', 'numbered', '5800 00 818040 01 aa', 0],
    ['a reason that is cut', 'numbered', '06 00 05 616263', 3],
    ['a reason that is not UTF-8', 'numbered', '06 00 01 ff', 3],
    ['a nonce that is cut', 'numbered', '05 11223344', 1],
    ['a varint that is not the shortest', 'numbered', '07 8000', 1],
    ['a varint above 2^53 − 1', 'numbered', '07 ffffffffffffff7f', 1],
  ])('%s is refused', (_what, source, hex, offset) => {
    const reader = new FrameReader();
    const bytes = fromHex(hex);
    reader.openFrames(bytes, 0, bytes.length, source);
    expect(() => readFrames(reader)).toThrow(expect.objectContaining({ code: 'SW_FORMAT', offset }));
  });

  it('reads no further than it was told', () => {
    const reader = new FrameReader();
    reader.openFrames(fromHex('01 48 00 02 aa bb'), 1, 5, 'numbered');
    expect(() => readFrames(reader)).toThrow(expect.objectContaining({ code: 'SW_FORMAT', offset: 4 }));
  });

  it('any bytes end in frames or a FormatError', () => {
    const sources = fc.constantFrom<FrameSource>('numbered', 'unnumbered', 'protected');
    const reader = new FrameReader();
    /** Bytes of which many are types. */
    const likely = fc.array(
      fc.oneof(
        fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 7, 8, 0x40, 0x48, 0x4c, 0x58, 0x68, 0x80, 0xc5),
        fc.nat(255),
      ),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(likely, sources, fc.nat(1_000), (list, source, next) => {
        const bytes = Uint8Array.from(list);
        reader.nextOwnNumber = next;
        reader.openFrames(bytes, 0, bytes.length, source);
        expectFramesOrError(reader, bytes);
      }),
      { numRuns: 5_000 },
    );
  });

  it('packets with bytes changed, cut off or put in end in frames or a FormatError', () => {
    const reader = new FrameReader();
    const writer = new FrameWriter();
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 });
    fc.assert(
      fc.property(
        fc.array(anyProtected, { maxLength: 8 }),
        anyRanges,
        changes,
        fc.nat(),
        fc.constantFrom('keep', 'cut', 'double'),
        (samples, pairs, changes, place, how) => {
          writer.beginShort(1, true, 77, 2, 1_472);
          writer.ack(rangesOf(pairs), 0, 1);
          for (const sample of samples) sample.write(writer);
          writer.repair(6, false, new Uint8Array(20));
          const whole = writer.finish();
          const at = place % whole.length;
          const parts =
            how === 'cut'
              ? [whole.subarray(0, at)]
              : how === 'double'
                ? [whole.subarray(0, at), whole]
                : [whole];
          const bytes = Uint8Array.from(parts.flatMap(part => [...part]));
          for (const [where, value] of changes) if (bytes.length > 0) bytes[where % bytes.length] = value;
          reader.nextOwnNumber = 1_000;
          if (reader.openShort(bytes)) expectFramesOrError(reader, bytes);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  function expectFramesOrError(reader: FrameReader, bytes: Uint8Array): void {
    let frames = 0;
    try {
      while (reader.next()) {
        frameOf(reader);
        frames++;
        expect(reader.protectedStart).toBeLessThanOrEqual(reader.protectedEnd);
        expect(reader.protectedEnd).toBeLessThanOrEqual(bytes.length);
      }
    } catch (error) {
      expect(error).toMatchObject({ name: 'FormatError', code: 'SW_FORMAT' });
    }
    expect(frames).toBeLessThanOrEqual(bytes.length);
  }
});
