import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ADDRESSES,
  bytesOf,
  ethernetFrame,
  ipv4Packet,
  ipv6Packet,
  tcpSegment,
  u16,
  u32,
  udpDatagram,
} from '../testing/frames.ts';
import { Dissector } from './dissector.ts';
import { LAYER } from './layers.ts';
import { LINK_TYPE } from './link-types.ts';
import { MOST_LAYERS, Packet, TRANSPORT } from './packet.ts';

const NAMES = new Map(Object.entries(LAYER).map(([name, kind]) => [kind as number, name]));

/** The layers of a packet, with spaces between them. */
function layersOf(packet: Packet): string {
  return Array.from(packet.layerKinds.subarray(0, packet.layerCount), kind => NAMES.get(kind)).join(' ');
}

function dissect(frame: Uint8Array, linkType: number = LINK_TYPE.ethernet, length = frame.length): Packet {
  const packet = new Packet();
  new Dissector().dissect(frame, 0, frame.length, length, linkType, packet);
  return packet;
}

const DATA = bytesOf('68 65 6c 6c 6f');
const UDP4 = ipv4Packet(17, udpDatagram(DATA));
const TCP4 = ipv4Packet(6, tcpSegment(DATA));
const UDP6 = ipv6Packet(17, udpDatagram(DATA));
const TIMESTAMPS = bytesOf('0101 080a 00000007 00000009');
const GRE = bytesOf('0000 0800');

/** What follows from which headers; as tshark 4.0.17 has it. */
const STACKS: readonly (readonly [layers: string, frame: Uint8Array, linkType: number])[] = (
  [
    ['ethernet etherType ipv4 tcp data', ethernetFrame(0x0800, TCP4)],
    ['ethernet etherType ipv6 udp data', ethernetFrame(0x86dd, UDP6)],
    ['ethernet etherType vlan etherType ipv4 udp data', ethernetFrame(0x8100, bytesOf('0005 0800', UDP4))],
    [
      'ethernet etherType serviceVlan etherType vlan etherType ipv4 udp data',
      ethernetFrame(0x88a8, bytesOf('0005 8100 0006 0800', UDP4)),
    ],
    [
      'ethernet etherType backboneTag etherType ipv4 udp data',
      ethernetFrame(0x88e7, bytesOf('00000005', ADDRESSES, '0800', UDP4)),
    ],
    ['ethernet etherType mpls ipv4 udp data', ethernetFrame(0x8847, bytesOf('00010040 00020140', UDP4))],
    ['ethernet etherType mpls ipv6 udp data', ethernetFrame(0x8847, bytesOf('00010140', UDP6))],
    ['ethernet etherType mpls data', ethernetFrame(0x8847, bytesOf('00010140 00', DATA))],
    [
      'ethernet etherType pppoeSession ppp ipv4 udp data',
      ethernetFrame(0x8864, bytesOf('1100 0001', u16(2 + UDP4.length), '0021', UDP4)),
    ],
    ['ethernet llc ipv4 udp data', ethernetFrame(8 + UDP4.length, bytesOf('aaaa03 000000 0800', UDP4))],
    ['ethernet llc data', ethernetFrame(5, bytesOf('424203 0000', new Uint8Array(41)))],
    ['ethernet data', ethernetFrame(30, bytesOf('ffff', new Uint8Array(44)))],
    ['ethernet etherType arp', ethernetFrame(0x0806, bytesOf('0001 0800 06 04 0001', new Uint8Array(20)))],
    ['ethernet etherType loopbackTest data', ethernetFrame(0x9000, bytesOf('0000 0100 0200', DATA))],
    ['ethernet etherType data', ethernetFrame(0x88cc, DATA)],
    ['ethernet etherType ipv4 ipv4 udp data', ethernetFrame(0x0800, ipv4Packet(4, UDP4))],
    ['ethernet etherType ipv4 ipv6 udp data', ethernetFrame(0x0800, ipv4Packet(41, UDP6))],
    ['ethernet etherType ipv6 ipv4 udp data', ethernetFrame(0x86dd, ipv6Packet(4, UDP4))],
    ['ethernet etherType ipv4 gre ipv4 udp data', ethernetFrame(0x0800, ipv4Packet(47, bytesOf(GRE, UDP4)))],
    [
      'ethernet etherType ipv4 gre ppp ipv4 tcp data',
      ethernetFrame(0x0800, ipv4Packet(47, bytesOf('3081 880b', new Uint8Array(12), 'ff03 0021', TCP4))),
    ],
    [
      'ethernet etherType ipv4 gre ethernet etherType ipv4 udp data',
      ethernetFrame(
        0x0800,
        ipv4Packet(47, bytesOf('a000 6558', new Uint8Array(8), ethernetFrame(0x0800, UDP4))),
      ),
    ],
    [
      'ethernet etherType ipv4 gre',
      ethernetFrame(0x0800, ipv4Packet(47, bytesOf('2081 880b', new Uint8Array(8)))),
    ],
    [
      'ethernet etherType ipv4 icmp data',
      ethernetFrame(0x0800, ipv4Packet(1, bytesOf('0800 0000 0001 0001', DATA))),
    ],
    [
      'ethernet etherType ipv4 icmp ipv4 udp data',
      ethernetFrame(0x0800, ipv4Packet(1, bytesOf('0303 0000 0000 0000', UDP4))),
    ],
    [
      'ethernet etherType ipv6 icmpv6 ipv6 udp data',
      ethernetFrame(0x86dd, ipv6Packet(58, bytesOf('0104 0000 0000 0000', UDP6))),
    ],
    [
      'ethernet etherType ipv6 ipv6HopByHop icmpv6 data',
      ethernetFrame(0x86dd, ipv6Packet(0, bytesOf('3a00 0502 0000 0100 8000 0000 0001 0001', DATA))),
    ],
    [
      'ethernet etherType ipv6 ipv6Destination udp data',
      ethernetFrame(0x86dd, ipv6Packet(60, bytesOf('1100 0104 00000000', udpDatagram(DATA)))),
    ],
    [
      'ethernet etherType ipv6 ipv6Fragment udp data',
      ethernetFrame(0x86dd, ipv6Packet(44, bytesOf('1100 0000 00000001', udpDatagram(DATA)))),
    ],
    [
      'ethernet etherType ipv4 authentication tcp data',
      ethernetFrame(0x0800, ipv4Packet(51, bytesOf('0604 0000', new Uint8Array(20), tcpSegment(DATA)))),
    ],
    ['ethernet etherType ipv4 data', ethernetFrame(0x0800, ipv4Packet(132, DATA))],
    ['ethernet etherType ipv6 data', ethernetFrame(0x86dd, ipv6Packet(59, DATA))],
    [
      'ethernet etherType ipv4 udp mpls ipv4 tcp data',
      ethernetFrame(0x0800, ipv4Packet(17, udpDatagram(bytesOf('00010140', TCP4), 6_635))),
    ],
    ['ethernet etherType ipv4 tcp', ethernetFrame(0x0800, ipv4Packet(6, tcpSegment(DATA, { flags: 0x14 })))],
    ['nullLoopback ipv4 udp data', bytesOf('02000000', UDP4), LINK_TYPE.null],
    ['nullLoopback ipv4 udp data', bytesOf('00000002', UDP4), LINK_TYPE.null],
    ['nullLoopback ipv6 udp data', bytesOf('1e000000', UDP6), LINK_TYPE.null],
    ['nullLoopback ipv4 udp data', bytesOf('00000002', UDP4), LINK_TYPE.loop],
    ['raw ipv4 udp data', UDP4, LINK_TYPE.raw],
    ['raw ipv6 udp data', UDP6, LINK_TYPE.raw],
    ['ipv4 udp data', UDP4, LINK_TYPE.ipv4],
    ['ipv6 udp data', UDP6, LINK_TYPE.ipv6],
    [
      'linuxCooked etherType ipv4 udp data',
      bytesOf('0000 0001 0006', new Uint8Array(8), '0800', UDP4),
      LINK_TYPE.linuxCooked,
    ],
    [
      'linuxCooked etherType ipv6 udp data',
      bytesOf('86dd 0000 00000001 0001 00 06', new Uint8Array(8), UDP6),
      LINK_TYPE.linuxCooked2,
    ],
    ['ppp ipv4 udp data', bytesOf('ff03 0021', UDP4), LINK_TYPE.ppp],
    ['ppp ipv6 udp data', bytesOf('57', UDP6), LINK_TYPE.pppHdlc],
    ['ciscoHdlc ipv4 udp data', bytesOf('0f00 0800', UDP4), LINK_TYPE.ciscoHdlc],
    [
      'pppoeSession ppp ipv4 udp data',
      bytesOf('1100 0001', u16(2 + UDP4.length), '0021', UDP4),
      LINK_TYPE.pppoe,
    ],
    [
      'radiotap radio wlan llc ipv4 udp data',
      bytesOf('0000 0800 00000000 0801 0000', new Uint8Array(20), 'aaaa03 000000 0800', UDP4),
      LINK_TYPE.radiotap,
    ],
    ['data', UDP4, 147],
  ] as readonly (readonly [string, Uint8Array, number?])[]
).map(([layers, frame, linkType = LINK_TYPE.ethernet]) => [layers, frame, linkType]);

describe('Dissector', () => {
  it.each(STACKS)('reads %s', (layers, frame, linkType) => {
    const packet = dissect(frame, linkType);
    expect(layersOf(packet)).toBe(layers);
    expect([packet.isMalformed, packet.isCutShort]).toEqual([false, false]);
  });

  it('gives the numbers of a TCP header, and where its payload is', () => {
    const segment = tcpSegment(DATA, {
      flags: 0x1d2,
      sequence: 0xfffffff0,
      acknowledgment: 77,
      options: bytesOf('020405b4 0402 010303 07', '0005 0000', '0000'),
    });
    const packet = dissect(ethernetFrame(0x0800, bytesOf(ipv4Packet(6, segment), 'aabbcc')));
    expect(packet.transport).toBe(TRANSPORT.tcp);
    expect(packet.tcp).toMatchObject({
      sourcePort: 1_000,
      destinationPort: 2_000,
      sequence: 0xfffffff0,
      acknowledgment: 77,
      headerLength: 36,
      flags: 0x1d2,
      window: 4_096,
      payloadLength: 5,
      capturedPayload: 5,
      mss: 1_460,
      windowScale: 7,
      sackPermitted: true,
      hasTimestamp: false,
      isWhole: true,
      isAnalysed: true,
    });
    // The padding behind the packet is no payload.
    expect(packet.transportBytes.subarray(packet.payloadStart, packet.payloadEnd)).toEqual(DATA);
    expect([packet.family, packet.sourceIpv4, packet.destinationIpv4]).toEqual([4, 0x0a000001, 0x0a000002]);
  });

  it('reads timestamps and SACK blocks wherever they stand', () => {
    const usual = dissect(ethernetFrame(0x0800, ipv4Packet(6, tcpSegment(DATA, { options: TIMESTAMPS }))));
    expect(usual.tcp).toMatchObject({ hasTimestamp: true, timestampValue: 7, timestampEcho: 9 });
    const options = bytesOf('050a 00000001 00000002 080a 00000007 00000009 0101');
    const { tcp } = dissect(ethernetFrame(0x0800, ipv4Packet(6, tcpSegment(DATA, { options }))));
    expect(tcp).toMatchObject({ hasTimestamp: true, timestampValue: 7, timestampEcho: 9, sackCount: 1 });
    expect([...tcp.sackEdges.subarray(0, 2)]).toEqual([1, 2]);
  });

  it('takes 0 as the length of a packet that the network card would have cut', () => {
    const packet = dissect(ethernetFrame(0x0800, ipv4Packet(6, tcpSegment(DATA), { length: 0 })));
    expect(packet.tcp.payloadLength).toBe(DATA.length);
  });

  it('takes the last address of an open source route for the destination', () => {
    const options = bytesOf('83 07 04 c0000207 00');
    const packet = dissect(ethernetFrame(0x0800, ipv4Packet(17, udpDatagram(DATA), { options })));
    expect(packet.destinationIpv4).toBe(0xc0000207);
    const done = bytesOf('83 07 08 c0000207 00');
    expect(
      dissect(ethernetFrame(0x0800, ipv4Packet(17, udpDatagram(DATA), { options: done }))).destinationIpv4,
    ).toBe(0x0a000002);
  });

  it('takes the addresses behind an IPv6 header for those of the conversation', () => {
    const hop = '20010db8 00000000 00000000 000000aa';
    const home = '20010db8 00000000 00000000 000000bb';
    const route = bytesOf('3c02 0001 00000000', hop);
    const options = bytesOf('1102 0104 00000000', 'c910', home);
    const packet = dissect(ethernetFrame(0x86dd, ipv6Packet(43, bytesOf(route, options, udpDatagram(DATA)))));
    expect(layersOf(packet)).toBe('ethernet etherType ipv6 ipv6Routing ipv6Destination udp data');
    const { addressBytes, sourceAddress, destinationAddress } = packet;
    expect(addressBytes.subarray(sourceAddress, sourceAddress + 16)).toEqual(bytesOf(home));
    expect(addressBytes.subarray(destinationAddress, destinationAddress + 16)).toEqual(bytesOf(hop));
  });

  it('tells what an ICMP error quotes from what was sent', () => {
    const packet = dissect(ethernetFrame(0x0800, ipv4Packet(1, bytesOf('0303 0000 0000 0000', TCP4))));
    expect(packet).toMatchObject({ isQuoted: true, transport: TRANSPORT.tcp });
    expect(packet.tcp.isAnalysed).toBe(false);
  });

  it('keeps the UDP datagrams around a tunnel, and takes back what turns out to be none', () => {
    const tunnel = udpDatagram(bytesOf('00010140', TCP4), 6_635);
    const packet = dissect(ethernetFrame(0x0800, ipv4Packet(17, tunnel)));
    expect(packet).toMatchObject({ transport: TRANSPORT.tcp, outerUdpCount: 1 });
    expect(packet.outerUdps[0]).toMatchObject({
      family: 4,
      sourceIpv4: 0x0a000001,
      udp: { destinationPort: 6_635 },
    });
    const ping = dissect(ethernetFrame(0x0800, ipv4Packet(17, udpDatagram(DATA, 12_000))));
    expect(ping).toMatchObject({ transport: TRANSPORT.udp, outerUdpCount: 0, udp: { payloadLength: 5 } });
    expect(ping.transportBytes.subarray(ping.payloadStart, ping.payloadEnd)).toEqual(DATA);
  });

  it('puts fragments together in any order, and reads what they hold in the frame that completes them', () => {
    const whole = tcpSegment(bytesOf(...Array.from({ length: 44 }, (_, index) => index)));
    const parts = [0, 24, 48].map(offset => {
      const fragment = (offset + 24 < whole.length ? 0x2000 : 0) | (offset >>> 3);
      return ethernetFrame(0x0800, ipv4Packet(6, whole.subarray(offset, offset + 24), { fragment }));
    });
    fc.assert(
      fc.property(fc.shuffledSubarray(parts, { minLength: 3 }), order => {
        const dissector = new Dissector();
        const packet = new Packet();
        const stacks = order.map(frame => {
          dissector.dissect(frame, 0, frame.length, frame.length, LINK_TYPE.ethernet, packet);
          return layersOf(packet);
        });
        expect(stacks).toEqual([
          'ethernet etherType ipv4 data',
          'ethernet etherType ipv4 data',
          'ethernet etherType ipv4 tcp data',
        ]);
        expect(packet.transportBytes).toEqual(whole);
        expect(packet.bytesOf(packet.indexOf(LAYER.tcp))).toEqual(whole);
      }),
    );
  });

  it('says whether the capture or the packet ends too early', () => {
    const frame = ethernetFrame(0x0800, TCP4);
    expect(dissect(frame.subarray(0, 40), LINK_TYPE.ethernet, frame.length)).toMatchObject({
      isCutShort: true,
      isMalformed: false,
    });
    expect(dissect(frame.subarray(0, 40))).toMatchObject({ isCutShort: false, isMalformed: true });
  });

  it('ends at the deepest stack', () => {
    const tags = bytesOf(new Array(2_000).fill('00018100').join(''));
    const packet = dissect(ethernetFrame(0x8100, tags));
    expect(packet.layerCount).toBeLessThanOrEqual(MOST_LAYERS);
    expect(packet.layerCount).toBeGreaterThan(MOST_LAYERS - 5);
  });
});

describe('Dissector, whatever comes', () => {
  const LINK_TYPES = [...new Set(STACKS.map(([, , linkType]) => linkType))];
  const frames = fc.oneof(
    fc.record({ frame: fc.uint8Array({ maxLength: 200 }), linkType: fc.constantFrom(...LINK_TYPES) }),
    fc
      .record({
        stack: fc.constantFrom(...STACKS),
        changes: fc.array(fc.tuple(fc.nat(120), fc.integer({ min: 0, max: 255 })), { maxLength: 6 }),
        cut: fc.nat(200),
      })
      .map(({ stack: [, original, linkType], changes, cut }) => {
        const frame = original.slice(0, Math.max(0, original.length - Math.max(0, cut - 100)));
        for (const [at, value] of changes) if (at < frame.length) frame[at] = value;
        return { frame, linkType };
      }),
  );

  it('stays within the captured bytes, and says the same again', () => {
    const dissector = new Dissector();
    const packet = new Packet();
    const again = new Packet();
    fc.assert(
      fc.property(frames, fc.nat(20), fc.nat(64), ({ frame, linkType }, before, missing) => {
        const bytes = new Uint8Array(before + frame.length + 3).fill(0x45);
        bytes.set(frame, before);
        const length = frame.length + missing;
        dissector.dissect(bytes, before, frame.length, length, linkType, packet);
        for (let layer = 0; layer < packet.layerCount; layer++) {
          const start = packet.layerStarts[layer] as number;
          const end = packet.layerEnds[layer] as number;
          const isOfFrame = packet.layerSources[layer] === 0;
          expect(start).toBeGreaterThanOrEqual(isOfFrame ? before : 0);
          expect(end).toBeGreaterThanOrEqual(start);
          expect(end).toBeLessThanOrEqual(isOfFrame ? before + frame.length : packet.bytesOf(layer).length);
        }
        if (packet.transport !== TRANSPORT.none) {
          expect(packet.payloadStart).toBeLessThanOrEqual(packet.payloadEnd);
          expect(packet.payloadEnd).toBeLessThanOrEqual(packet.transportEnd);
          expect(packet.transportEnd).toBeLessThanOrEqual(packet.transportBytes.length);
        }
        if (packet.isFragment || packet.reassembled.length > 0) return;
        new Dissector().dissect(bytes, before, frame.length, length, linkType, again);
        expect(layersOf(again)).toBe(layersOf(packet));
      }),
      { numRuns: 20_000 },
    );
  });

  it('reads a frame in the middle of a piece as it reads it alone', () => {
    fc.assert(
      fc.property(frames, fc.nat(9), ({ frame, linkType }, before) => {
        const alone = dissect(frame, linkType);
        const packet = new Packet();
        const bytes = bytesOf(new Uint8Array(before), frame, u32(0xffffffff));
        new Dissector().dissect(bytes, before, frame.length, frame.length, linkType, packet);
        expect(layersOf(packet)).toBe(layersOf(alone));
        expect([packet.transport, packet.payloadEnd - packet.payloadStart]).toEqual([
          alone.transport,
          alone.payloadEnd - alone.payloadStart,
        ]);
      }),
      { numRuns: 5_000 },
    );
  });
});
