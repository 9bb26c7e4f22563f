import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CaptureDecoder } from './capture-decoder.ts';
import { NOT_SAID, type PacketRecord } from './packet-record.ts';
import { PcapEncoder } from './pcap-encoder.ts';
import { PcapngEncoder } from './pcapng-encoder.ts';
import type { RecordSink } from './record-sink.ts';

interface Packet {
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly bytes: Uint8Array;
  readonly more: number;
}

const packets: fc.Arbitrary<Packet[]> = fc.array(
  fc.record({
    seconds: fc.nat(0xffffffff),
    nanoseconds: fc.nat(999_999_999),
    bytes: fc.uint8Array({ maxLength: 100 }),
    more: fc.nat(1_000),
  }),
);

/** What a record says, kept. */
function keep(record: PacketRecord): object {
  const { bytes, start, capturedLength, length, seconds, nanoseconds } = record;
  return { seconds, nanoseconds, bytes: bytes.slice(start, start + capturedLength), length };
}

function expected({ seconds, nanoseconds, bytes, more }: Packet): object {
  return { seconds, nanoseconds, bytes, length: bytes.length + more };
}

function decode(file: Uint8Array, sink: Partial<RecordSink> = {}): object[] {
  const records: object[] = [];
  const decoder = new CaptureDecoder({ onPacket: record => records.push(keep(record)), ...sink });
  decoder.push(file);
  decoder.end();
  expect(decoder.damage).toBeUndefined();
  return records;
}

describe('a pcap file that was written', () => {
  it('is read as it was written, in nanoseconds', () => {
    fc.assert(
      fc.property(packets, list => {
        const encoder = new PcapEncoder();
        for (const { seconds, nanoseconds, bytes, more } of list)
          encoder.packet(seconds, nanoseconds, bytes, 0, bytes.length, bytes.length + more);
        expect(decode(encoder.take())).toEqual(list.map(expected));
      }),
    );
  });

  it('cuts times to microseconds where it has those', () => {
    const encoder = new PcapEncoder({ resolution: 'microseconds', linkType: 101, snapLength: 64 });
    encoder.packet(1_700_000_000, 123_456_789, Uint8Array.of(9, 1, 2, 3), 1);
    const interfaces: object[] = [];
    const records = decode(encoder.take(), { onInterface: found => interfaces.push(found) });
    expect(records).toEqual([
      { seconds: 1_700_000_000, nanoseconds: 123_456_000, bytes: Uint8Array.of(1, 2, 3), length: 3 },
    ]);
    expect(interfaces).toMatchObject([{ linkType: 101, snapLength: 64, ticksPerSecond: 1_000_000n }]);
  });

  it.each([-1, 2 ** 32, Number.NaN])('holds no time of %d s', seconds => {
    expect(() => new PcapEncoder().packet(seconds, 0, new Uint8Array(1))).toThrow(
      expect.objectContaining({ code: 'SW_USAGE' }),
    );
  });
});

describe('a pcapng file that was written', () => {
  it('is read as it was written, piece by piece of output', () => {
    fc.assert(
      fc.property(packets, fc.nat(18_446_744_072), (list, seconds) => {
        const encoder = new PcapngEncoder();
        const index = encoder.interface({ linkType: 1 });
        const pieces: Uint8Array[] = [];
        const all = list.map(packet => ({ ...packet, seconds: (packet.seconds + seconds) % 18_446_744_073 }));
        for (const { seconds: whole, nanoseconds, bytes, more } of all) {
          encoder.packet(index, whole, nanoseconds, bytes, 0, bytes.length, bytes.length + more);
          pieces.push(encoder.take().slice());
        }
        pieces.push(encoder.take().slice());
        expect(decode(Buffer.concat(pieces))).toEqual(all.map(expected));
      }),
    );
  });

  it('says everything again that it was told', () => {
    const encoder = new PcapngEncoder({
      hardware: 'a board',
      os: 'Linux',
      application: 'sensewire',
      comments: ['eins', 'zwei ✓'],
    });
    encoder.interface({ linkType: 1 });
    const index = encoder.interface({
      linkType: 276,
      snapLength: 96,
      name: 'lo',
      description: 'loopback',
      hardware: 'none',
      os: 'Linux 6',
      filter: 'tcp port 50007',
      speed: 1e10,
      fcsLength: 4,
      comments: ['c'],
    });
    encoder.secrets({ type: 0x544c534b, secrets: new TextEncoder().encode('CLIENT_RANDOM 00 11') });
    encoder.names([
      { address: Uint8Array.of(10, 0, 0, 1), names: ['a.example', 'b'] },
      { address: new Uint8Array(16).fill(7), names: ['six'] },
    ]);
    encoder.packet(index, 5, 6, Uint8Array.of(1), 0, 1, 9, {
      comments: ['first', 'second'],
      flags: 0x82,
      dropCount: 2 ** 40,
    });
    encoder.packet(0, 5, 7, Uint8Array.of(2, 3));
    encoder.statistics({
      interfaceIndex: index,
      time: { seconds: 9, nanoseconds: 1 },
      startTime: { seconds: 5, nanoseconds: 0 },
      endTime: { seconds: 8, nanoseconds: 999_999_999 },
      received: 10,
      dropped: 1,
      accepted: 7,
      osDropped: 0,
      delivered: 6,
      comments: ['complete'],
    });
    const told: unknown[] = [];
    decode(encoder.take(), {
      onPacket: ({ interfaceIndex, linkType, snapLength, fcsLength, flags, dropCount, comments }) =>
        told.push({ interfaceIndex, linkType, snapLength, fcsLength, flags, dropCount, comments }),
      onSection: found => told.push(found),
      onInterface: found => told.push(found),
      onStatistics: found => told.push(found),
      onNames: found => told.push(found),
      onSecrets: found => told.push(found),
    });
    expect(told).toEqual([
      {
        index: 0,
        byteOrder: 'little',
        hardware: 'a board',
        os: 'Linux',
        application: 'sensewire',
        comments: ['eins', 'zwei ✓'],
      },
      expect.objectContaining({ index: 0, linkType: 1, snapLength: 0, fcsLength: NOT_SAID, comments: [] }),
      {
        index: 1,
        linkType: 276,
        snapLength: 96,
        ticksPerSecond: 1_000_000_000n,
        offsetSeconds: 0,
        fcsLength: 4,
        name: 'lo',
        description: 'loopback',
        hardware: 'none',
        os: 'Linux 6',
        filter: 'tcp port 50007',
        speed: 1e10,
        ipv4: [],
        ipv6: [],
        mac: undefined,
        comments: ['c'],
      },
      { type: 0x544c534b, secrets: new TextEncoder().encode('CLIENT_RANDOM 00 11') },
      [
        { address: Uint8Array.of(10, 0, 0, 1), names: ['a.example', 'b'] },
        { address: new Uint8Array(16).fill(7), names: ['six'] },
      ],
      {
        interfaceIndex: 1,
        linkType: 276,
        snapLength: 96,
        fcsLength: 4,
        flags: 0x82,
        dropCount: 2 ** 40,
        comments: ['first', 'second'],
      },
      {
        interfaceIndex: 0,
        linkType: 1,
        snapLength: 0,
        fcsLength: NOT_SAID,
        flags: 0,
        dropCount: NOT_SAID,
        comments: [],
      },
      {
        interfaceIndex: 1,
        time: { seconds: 9, nanoseconds: 1 },
        startTime: { seconds: 5, nanoseconds: 0 },
        endTime: { seconds: 8, nanoseconds: 999_999_999 },
        received: 10,
        dropped: 1,
        accepted: 7,
        osDropped: 0,
        delivered: 6,
        comments: ['complete'],
      },
    ]);
  });

  it('refuses what has no place in it', () => {
    const encoder = new PcapngEncoder();
    const usage = expect.objectContaining({ code: 'SW_USAGE' });
    expect(() => encoder.packet(0, 0, 0, new Uint8Array(1))).toThrow(usage);
    encoder.interface({ linkType: 1 });
    expect(() => encoder.packet(0, -1, 0, new Uint8Array(1))).toThrow(usage);
    expect(() => encoder.packet(0, 18_446_744_073, 0, new Uint8Array(1))).toThrow(usage);
    const tooLong = 'x'.repeat(65_536);
    expect(() => encoder.interface({ linkType: 1, name: tooLong })).toThrow(usage);
    expect(() => encoder.packet(0, 1, 0, new Uint8Array(1), 0, 1, 1, { comments: [tooLong] })).toThrow(usage);
    encoder.packet(0, 1, 0, new Uint8Array(1));
    expect(decode(encoder.take())).toHaveLength(1);
  });
});
