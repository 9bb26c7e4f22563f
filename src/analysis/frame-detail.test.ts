import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sensorInfo } from '../readings/sensor-info.ts';
import { writeHello } from '../telemetry/messages/handshake.ts';
import { writeReading } from '../telemetry/messages/readings.ts';
import { writeSensor } from '../telemetry/messages/sensor.ts';
import { ConversationFrames, FLAGS } from '../testing/conversation-frames.ts';
import {
  bytesOf,
  ethernetFrame,
  ipv4Packet,
  ipv6Packet,
  tcpSegment,
  udpDatagram,
} from '../testing/frames.ts';
import { stream } from '../testing/messages.ts';
import { FrameDetails } from './frame-detail.ts';
import type { DetailField } from './frame-detail-fields.ts';
import type { DetailLayer, FrameDetail } from './frame-detail-model.ts';

function detailOf(number: number, play: (talk: ConversationFrames) => void): FrameDetail {
  const details = new FrameDetails(number);
  play(new ConversationFrames(details));
  if (details.detail === undefined) throw new Error(`there are ${details.count} frames`);
  return details.detail;
}

/** Name and value of every field. */
function values(layer: DetailLayer | undefined): Record<string, string> {
  const flat = (fields: readonly DetailField[]): DetailField[] =>
    fields.flatMap(field => [field, ...flat(field.fields)]);
  return Object.fromEntries(
    flat(layer?.fields ?? []).map(({ name, label, value }) => [name ?? label, value]),
  );
}

const layerOf = (detail: FrameDetail, title: string): DetailLayer | undefined =>
  detail.layers.find(layer => layer.title === title);

describe('a segment', () => {
  const detail = detailOf(5, talk => {
    talk.open();
    talk.tcp(0, 'a=1\n');
    talk.tcp(1, 'temp=21.4\n');
  });

  test('its layers, each with its bytes', () => {
    expect(detail.layers.map(({ title, start, end }) => [title, start, end])).toEqual([
      ['Ethernet', 0, 14],
      ['IPv4', 14, 34],
      ['TCP', 34, 66],
      ['Payload', 66, 76],
    ]);
    expect(detail.layers[2]?.places).toEqual([{ frame: 5, start: 34, end: 66 }]);
  });

  test('fields of Ethernet, IPv4 and TCP', () => {
    expect(values(detail.layers[0])).toEqual({
      'eth.dst': '02:00:00:00:00:02',
      'eth.src': '02:00:00:00:00:01',
      'eth.type': '0x0800 (IPv4)',
    });
    expect(values(detail.layers[1])).toMatchObject({
      'ip.len': '62 bytes',
      'ip.flags': "don't fragment",
      'ip.ttl': '64 hops',
      'ip.proto': '6 (TCP)',
      'ip.src': '10.0.0.2',
      'ip.dst': '10.0.0.1',
    });
    expect(values(detail.layers[2])).toMatchObject({
      'tcp.srcport': '50007',
      'tcp.seq': '1 (5001 on the wire)',
      'tcp.ack': '5 (1005 on the wire)',
      'tcp.hdr_len': '32 bytes',
      'tcp.flags': 'ACK, PSH (0x018)',
      'tcp.flags.push': 'set',
      'tcp.options.timestamp': 'now 1, echo of 2',
    });
  });

  test('its payload, and what can be pointed at in it', () => {
    expect(detail.layers[3]?.fields).toEqual([
      { name: null, label: 'Temp', value: '21.4', meaning: null, start: 71, end: 75, fields: [] },
    ]);
  });

  test('what the analysis says of it', () => {
    expect(detail.conversation).toEqual({ protocol: 'tcp', stream: 0 });
    expect(detail.analysis.map(({ label, value }) => `${label}: ${value}`)).toEqual([
      'carries: bytes 1 to 10 of this direction',
      'acknowledges: frame 4, 1 ms after it',
      'in flight: 10 bytes',
      'handshake took: 2 ms',
    ]);
    expect([detail.sinceFirstNs, detail.sincePreviousNs]).toEqual([4_000_000, 1_000_000]);
  });
});

test('events come with their reasons', () => {
  const detail = detailOf(5, talk => {
    talk.open();
    talk.tcp(0, 'abcd');
    talk.nanoseconds += 300_000_000;
    talk.tcp(0, 'abcd', { sequence: 1_001 });
  });
  expect(detail.events.map(({ kind }) => kind)).toEqual(['retransmission']);
  expect(detail.events[0]?.text).toContain('frame 4');
  expect(detail.analysis).toContainEqual(
    expect.objectContaining({ label: 'repeats', value: 'frame 4, 301 ms after it' }),
  );
});

test('options of a SYN', () => {
  const options = bytesOf('020405b4 0402 080a0000000100000000 01 030307');
  const detail = detailOf(1, talk => talk.tcp(0, '', { flags: FLAGS.syn, options }));
  expect(values(layerOf(detail, 'TCP'))).toMatchObject({
    'tcp.options.mss_val': '1460 bytes',
    'tcp.options.sack_perm': '',
    'tcp.options.wscale.shift': '7 (times 128)',
    'tcp.flags': 'SYN (0x002)',
    'tcp.ack': '0 (does not count)',
  });
});

test('checksums: right, wrong, and left to the network card', () => {
  const udp = udpDatagram(bytesOf('6869'));
  const meaning = (checksum: string): string | null | undefined => {
    const datagram = bytesOf(udp.subarray(0, 6), checksum, udp.subarray(8));
    const detail = detailOf(1, talk => talk.raw(ethernetFrame(0x0800, ipv4Packet(17, datagram))));
    return layerOf(detail, 'UDP')?.fields.find(({ name }) => name === 'udp.checksum')?.meaning;
  };
  // 0a00 0001 0a00 0002, 0011, 000a: 141e; with 03e8 07d0 000a 6869: 8849.
  expect(meaning('77b6')).toBe('right');
  expect(meaning('141e')).toBe('not finished when this was captured: left to the network card');
  expect(meaning('1234')).toBe('wrong: 0x77b6 would be right');
  expect(meaning('0000')).toBe('not used');
  const damaged = detailOf(1, talk => talk.raw(ethernetFrame(0x0800, ipv4Packet(17, udp))));
  expect(values(layerOf(damaged, 'IPv4'))['ip.checksum']).toBe('0x0000');
});

test('a message that straddles two segments: its bytes, and where they stand in both', () => {
  const place = { sensor: 0, type: 'float64', number: 0, epochUs: 0 } as const;
  const message = stream(body =>
    writeReading(body, place, { times: Float64Array.of(5), values: Float64Array.of(21.5) }, 0),
  );
  const begin = stream(
    body =>
      writeHello(body, {
        lowestVersion: 1,
        highestVersion: 1,
        session: 'ab'.repeat(16),
        epochUs: 0,
        from: 0,
        source: 'x',
      }),
    body => writeSensor(body, { id: 0, info: sensorInfo({ name: 'level', unit: 'm' }) }),
  );
  const play = (talk: ConversationFrames): void => {
    talk.open();
    talk.tcp(0, bytesOf(begin, message.subarray(0, 8)));
    talk.tcp(0, message.subarray(8));
  };
  const first = detailOf(4, play);
  expect(first.layers.slice(3).map(({ title, start, end }) => [title, start, end])).toEqual([
    ['Telemetry: HELLO', 66, 101],
    ['Telemetry: SENSOR', 101, 66 + begin.length],
    ['Telemetry, a part of a message', 66 + begin.length, 66 + begin.length + 8],
  ]);
  const second = detailOf(5, play);
  const layer = layerOf(second, 'Telemetry: READING');
  expect(layer).toMatchObject({
    source: 1,
    start: 0,
    end: message.length,
    summary: 'level = 21.5 m',
    places: [
      { frame: 4, start: 66 + begin.length, end: 74 + begin.length },
      { frame: 5, start: 66, end: 66 + message.length - 8 },
    ],
  });
  expect(second.sources[1]).toEqual({ title: 'a message of frames 4 and 5', bytes: message });
  expect(layer?.fields.at(-1)).toMatchObject({ label: 'Reading 0', start: 5, end: 13 });
});

test('other layers: tags, IPv6, ARP, an ICMP error that quotes', () => {
  const tagged = bytesOf('6007 0800', ipv4Packet(6, tcpSegment(new Uint8Array(0))));
  const vlan = detailOf(1, talk => talk.raw(ethernetFrame(0x8100, tagged)));
  expect(values(layerOf(vlan, 'VLAN tag'))).toMatchObject({ 'vlan.id': '7', 'vlan.priority': '3' });
  const six = detailOf(1, talk =>
    talk.raw(ethernetFrame(0x86dd, ipv6Packet(17, udpDatagram(bytesOf('00'))))),
  );
  expect(values(layerOf(six, 'IPv6'))).toMatchObject({ 'ipv6.src': '2001:db8::1', 'ipv6.nxt': '17 (UDP)' });
  const arp = bytesOf('0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002');
  expect(
    values(
      layerOf(
        detailOf(1, talk => talk.raw(ethernetFrame(0x0806, arp))),
        'ARP',
      ),
    ),
  ).toMatchObject({
    'arp.opcode': '1 (who has it?)',
    'arp.dst.proto_ipv4': '10.0.0.2',
  });
  const quoted = ipv4Packet(17, udpDatagram(bytesOf('0102')));
  const icmp = detailOf(1, talk =>
    talk.raw(ethernetFrame(0x0800, ipv4Packet(1, bytesOf('0303 0000 00000000', quoted)))),
  );
  expect(values(layerOf(icmp, 'ICMP'))).toMatchObject({ 'icmp.code': '3 (port: nobody listens there)' });
  expect(icmp.notes.join()).toContain('quoted');
  expect(icmp.analysis).toEqual([]);
});

test('any frame ends in layers within its bytes', () => {
  const sound = [
    ethernetFrame(
      0x0800,
      ipv4Packet(6, tcpSegment(bytesOf('616263'), { options: bytesOf('020405b4 01010402') })),
    ),
    ethernetFrame(0x86dd, ipv6Packet(17, udpDatagram(bytesOf('d1000001 07 03 00 00 ecad02 00')))),
    ethernetFrame(0x0800, ipv4Packet(17, udpDatagram(bytesOf('80 00000001 01 0102030405060708 00 00')))),
  ];
  const change = fc.tuple(fc.nat(200), fc.nat(255));
  const frame = fc.oneof(
    fc.uint8Array({ maxLength: 150 }),
    fc
      .tuple(fc.constantFrom(...sound), fc.array(change, { maxLength: 5 }), fc.nat(120))
      .map(([bytes, changes, cut]) => {
        const mutated = bytes.slice();
        for (const [at, value] of changes) if (at < mutated.length) mutated[at] = value;
        return mutated.subarray(0, Math.max(mutated.length - cut, 0));
      }),
  );
  const check = (fields: readonly DetailField[], length: number): void => {
    for (const { start, end, fields: inner } of fields) {
      expect(0 <= start && start <= end && end <= length).toBe(true);
      check(inner, length);
    }
  };
  fc.assert(
    fc.property(
      fc.array(frame, { minLength: 1, maxLength: 3 }),
      fc.constantFrom(1, 0, 101, 113, 276),
      (frames, linkType) => {
        const detail = detailOf(frames.length, talk => {
          talk.linkType = linkType;
          for (const bytes of frames) talk.raw(bytes, bytes.length + 3);
        });
        for (const { source, start, end, fields } of detail.layers) {
          const length = detail.sources[source]?.bytes.length ?? -1;
          expect(0 <= start && start <= end && end <= length).toBe(true);
          check(fields, length);
        }
      },
    ),
    { numRuns: 500 },
  );
});
