import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../bytes/hex.ts';
import { FrameReader } from './frame-reader.ts';
import { FrameWriter } from './frame-writer.ts';
import {
  connectionIdOf,
  type Init,
  isLong,
  type LongPacket,
  readLongPacket,
  writeAccept,
  writeInit,
  writeReset,
  writeRetry,
  writeVersionList,
} from './long-packets.ts';
import { type ConnectionParameters, DEFAULT_PARAMETERS } from './parameters.ts';

const id = fc.nat(2 ** 32 - 1);
const bytesOf = (count: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: count, maxLength: count });
const nonce = bytesOf(8);
const token = bytesOf(16);
const parameters: fc.Arbitrary<ConnectionParameters> = fc.record({
  ackDelayMs: fc.oneof(fc.constant(DEFAULT_PARAMETERS.ackDelayMs), fc.nat(16_383)),
  maxData: fc.oneof(
    fc.constant(4 * 2 ** 20),
    fc.integer({ min: 2 ** 20 + 16, max: Number.MAX_SAFE_INTEGER }),
  ),
  idleMs: fc.oneof(fc.constant(30_000), fc.maxSafeNat()),
  largestDatagram: fc.oneof(fc.constant(1_472), fc.integer({ min: 1_200, max: 65_535 })),
});
const init: fc.Arbitrary<Init> = fc.oneof(
  fc.record({
    clientId: id,
    nonce,
    parameters,
    cookie: fc.constant(undefined),
    packetNumber: fc.constant(undefined),
  }),
  fc.record({
    clientId: id,
    nonce,
    parameters,
    cookie: fc.uint8Array({ minLength: 1, maxLength: 255 }),
    packetNumber: fc.nat(2 ** 48 - 1),
  }),
);
const retry = fc.record({ clientId: id, nonce, cookie: bytesOf(20) });
const accept = fc.record({ clientId: id, serverId: id, resetToken: token, parameters });
const reset = fc.record({ receiverId: id, resetToken: token });
const versionList = fc.record({ clientId: id, nonce, versions: fc.array(fc.nat(255), { maxLength: 255 }) });

/** A packet as it is written, and as it should be read. */
const anyPacket: fc.Arbitrary<readonly [bytes: Uint8Array, packet: LongPacket]> = fc.oneof(
  init.map(packet => {
    const bytes = writeInit(packet);
    return [bytes, { kind: 'init' as const, ...packet, framesStart: bytes.length }] as const;
  }),
  retry.map(packet => [writeRetry(packet), { kind: 'retry' as const, ...packet }] as const),
  accept.map(packet => {
    const bytes = writeAccept(packet);
    return [bytes, { kind: 'accept' as const, ...packet, framesStart: bytes.length }] as const;
  }),
  reset.map(packet => [writeReset(packet), { kind: 'reset' as const, ...packet }] as const),
  versionList.map(packet => [writeVersionList(packet), { kind: 'version' as const, ...packet }] as const),
);

describe('long packets', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(anyPacket, ([bytes, packet]) => {
        expect(isLong(bytes)).toBe(true);
        expect(connectionIdOf(bytes)).toBe(packet.kind === 'reset' ? packet.receiverId : packet.clientId);
        expect(readLongPacket(bytes)).toEqual(packet);
      }),
      { numRuns: 1_000 },
    );
  });

  it('carry frames', () => {
    const writer = new FrameWriter();
    const reader = new FrameReader();
    const nonce = fromHex('0102030405060708');
    const common = { clientId: 7, parameters: DEFAULT_PARAMETERS };
    const header = writeInit({ ...common, nonce, cookie: new Uint8Array(20), packetNumber: 3 });
    writer.beginLong(header, 1_200);
    const data = fromHex('aabb');
    writer.message({
      channel: 0,
      sequence: 0,
      sequenceBytes: 1,
      chained: false,
      withLength: false,
      data,
      dataStart: 0,
      dataEnd: 2,
    });
    expect(toHex(writer.protectedPart())).toBe('4000aabb');
    const datagram = writer.finish();
    const packet = readLongPacket(datagram);
    if (packet.kind !== 'init') throw new Error(packet.kind);
    expect(packet.packetNumber).toBe(3);
    reader.openFrames(datagram, packet.framesStart, datagram.length, 'numbered');
    expect([reader.next(), toHex(reader.data), reader.next()]).toEqual([true, 'aabb', false]);
    expect(datagram.subarray(reader.protectedStart)).toEqual(fromHex('4000aabb'));
  });

  it('are these bytes', () => {
    const parameters = { ackDelayMs: 25, maxData: 4 * 2 ** 20, idleMs: 0, largestDatagram: 1_452 };
    const nonce = fromHex('1112131415161718');
    const resetToken = fromHex('202122232425262728292a2b2c2d2e2f');
    const cookie = fromHex('303132333435363738393a3b3c3d3e3f40414243');
    const clientId = 0xc0ffee01;
    const first = { clientId, nonce, cookie: undefined, packetNumber: undefined };
    expect(toHex(writeInit({ ...first, parameters: DEFAULT_PARAMETERS }))).toBe(
      '80' + 'c0ffee01' + '01' + '1112131415161718' + '00' + '00',
    );
    expect(toHex(writeInit({ clientId, nonce, cookie, parameters, packetNumber: 300 }))).toBe(
      `80c0ffee01011112131415161718` +
        `14${toHex(cookie)}` +
        '0a' +
        '010119' +
        '030100' +
        '0402ac0b' +
        'ac02',
    );
    expect(toHex(writeRetry({ clientId, nonce, cookie }))).toBe(
      `81c0ffee01011112131415161718${toHex(cookie)}`,
    );
    expect(toHex(writeAccept({ clientId, serverId: 5, resetToken, parameters: DEFAULT_PARAMETERS }))).toBe(
      `82c0ffee010100000005${toHex(resetToken)}00`,
    );
    expect(toHex(writeReset({ receiverId: 5, resetToken }))).toBe(`8300000005${toHex(resetToken)}`);
    expect(toHex(writeVersionList({ clientId, nonce, versions: [1, 7] }))).toBe(
      '84c0ffee01' + '1112131415161718' + '02' + '0107',
    );
  });

  it('skip parameters that are not known', () => {
    const packet = readLongPacket(
      fromHex('82 00000001 01 00000002 00000000000000000000000000000000 08 6303aabbcc 010119 00'),
    );
    expect(packet).toMatchObject({ parameters: { ...DEFAULT_PARAMETERS, ackDelayMs: 25 }, framesStart: 35 });
  });

  it('of another version say so', () => {
    expect(readLongPacket(fromHex('80 00000001 07 0102030405060708 ffffff'))).toEqual({
      kind: 'otherVersion',
      version: 7,
      clientId: 1,
      nonce: fromHex('0102030405060708'),
    });
  });

  const zeros = (count: number): string => '00'.repeat(count);
  it.each([
    ['an unknown type', '85 00000001', 0],
    ['no whole id', '80 000000', 2],
    ['frames without a cookie', `80 00000001 01 ${zeros(8)} 00 00 01`, 16],
    ['a packet number of 2^48', `80 00000001 01 ${zeros(8)} 01 aa 00 80808080808040`, 17],
    ['a cookie that is cut', `80 00000001 01 ${zeros(8)} 14 ${zeros(10)}`, 15],
    ['RETRY of another version', `81 00000001 02 ${zeros(28)}`, 5],
    ['RETRY with a byte too many', `81 00000001 01 ${zeros(29)}`, 34],
    ['RESET with a byte too many', `83 00000001 ${zeros(17)}`, 21],
    ['a parameter beyond their end', `80 00000001 01 ${zeros(8)} 00 03 010219`, 16],
    ['a parameter longer than its number', `80 00000001 01 ${zeros(8)} 00 04 01021900`, 16],
    ['a parameter shorter than its number', `80 00000001 01 ${zeros(8)} 00 04 010180 01`, 16],
    ['a parameter told twice', `80 00000001 01 ${zeros(8)} 00 06 010119 010119`, 19],
    ['a largest datagram of 1,199', `80 00000001 01 ${zeros(8)} 00 04 0402af09`, 16],
    ['an acknowledgement delay of 16,384 ms', `80 00000001 01 ${zeros(8)} 00 05 0103808001`, 16],
  ])('%s is refused', (_what, hex, offset) => {
    expect(() => readLongPacket(fromHex(hex))).toThrow(
      expect.objectContaining({ code: 'SW_FORMAT', offset }),
    );
  });

  it('any bytes end in a packet or a FormatError', () => {
    const random = fc.uint8Array({ maxLength: 80 });
    const begun = fc
      .tuple(fc.constantFrom(0x80, 0x81, 0x82, 0x83, 0x84), fc.uint8Array({ maxLength: 80 }))
      .map(([type, rest]) => Uint8Array.of(type, 0, 0, 0, 1, 1, ...rest));
    const changed = fc
      .tuple(anyPacket, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }), fc.nat())
      .map(([[bytes], changes, length]) => {
        const copy = bytes.slice(0, length % 3 === 0 ? length % bytes.length : bytes.length);
        for (const [at, value] of changes) if (copy.length > 0) copy[at % copy.length] = value;
        return copy;
      });
    fc.assert(
      fc.property(fc.oneof(random, begun, changed), bytes => {
        try {
          readLongPacket(bytes);
        } catch (error) {
          expect(error).toMatchObject({ name: 'FormatError', code: 'SW_FORMAT' });
        }
      }),
      { numRuns: 5_000 },
    );
  });
});
