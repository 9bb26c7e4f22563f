import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  bytesOf,
  ethernetFrame,
  ipv4Packet,
  ipv6Packet,
  tcpSegment,
  udpDatagram,
} from '../testing/frames.ts';
import { Dissector } from './dissector.ts';
import { LINK_TYPE } from './link-types.ts';
import { Packet } from './packet.ts';

const DATA = bytesOf('68 65 6c 6c 6f');
const TIMESTAMPS = bytesOf('0101 080a 80000007 f0000009');
/** Plain segments, and what is nearly one; some with padding behind. */
const FRAMES: readonly Uint8Array[] = [
  ethernetFrame(0x0800, ipv4Packet(6, tcpSegment(DATA))),
  ethernetFrame(0x0800, ipv4Packet(6, tcpSegment(bytesOf('')))),
  ethernetFrame(0x0800, ipv4Packet(6, tcpSegment(DATA, { options: TIMESTAMPS }))),
  ethernetFrame(0x0800, ipv4Packet(6, tcpSegment(bytesOf(''), { options: TIMESTAMPS }))),
  ethernetFrame(
    0x0800,
    ipv4Packet(6, tcpSegment(DATA, { options: bytesOf('01 01 05 0a 00000001 00000002') })),
  ),
  ethernetFrame(0x0800, bytesOf(ipv4Packet(6, tcpSegment(bytesOf(''))), '00000000 0000')),
  ethernetFrame(0x0800, ipv4Packet(17, udpDatagram(DATA))),
  ethernetFrame(0x86dd, ipv6Packet(6, tcpSegment(DATA))),
];

/** Everything that a packet tells, but how much of it was captured. */
function told(packet: Packet): object {
  const { tcp, udp, layerCount: count } = packet;
  const isTcp = packet.transport === 6;
  return {
    ...packet,
    isPlain: undefined,
    hasLayers: undefined,
    capturedLength: undefined,
    // Only what belongs to this frame: the rest of it is left over from others.
    tcp: isTcp ? { ...tcp, sackEdges: Array.from(tcp.sackEdges.subarray(0, 2 * tcp.sackCount)) } : undefined,
    timestamps: isTcp && tcp.hasTimestamp ? [tcp.timestampValue, tcp.timestampEcho] : [],
    udp: packet.transport === 17 ? { ...udp } : undefined,
    kinds: Array.from(packet.layerKinds.subarray(0, count)),
    starts: Array.from(packet.layerStarts.subarray(0, count)),
    ends: Array.from(packet.layerEnds.subarray(0, count)),
    limits: Array.from(packet.layerLimits.subarray(0, count)),
    sources: Array.from(packet.layerSources.subarray(0, count)),
  };
}

const damage = fc.array(fc.tuple(fc.nat(70), fc.integer({ min: 0, max: 255 })), { maxLength: 3 });

it('finds in every frame what the long way finds, whatever came before', () => {
  let plain = 0;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(FRAMES.length - 1), damage, fc.nat(40)), { minLength: 1, maxLength: 6 }),
      frames => {
        const [short, long] = [new Packet(), new Packet()];
        const [one, other] = [new Dissector(), new Dissector()];
        for (const [index, changes, cut] of frames) {
          const whole = Uint8Array.from(FRAMES[index] as Uint8Array);
          for (const [at, value] of changes) if (at < whole.length) whole[at] = value;
          const frame = whole.slice(0, cut < 20 ? whole.length - cut : whole.length);
          // Somewhere in a piece of a file.
          const bytes = bytesOf('ffffff', frame, 'ff');
          one.dissect(bytes, 3, frame.length, frame.length, LINK_TYPE.ethernet, short);
          // A capture that has more of a frame than there was takes the long way, and reads no more of it.
          other.dissect(bytes, 3, frame.length + 1, frame.length, LINK_TYPE.ethernet, long);
          expect(long.isPlain).toBe(false);
          if (short.isPlain) plain++;
          const [found, expected] = [told(short), told(long)];
          expect(found).toEqual(expected);
        }
      },
    ),
    { numRuns: 2_000 },
  );
  expect(plain).toBeGreaterThan(1_000);
});
