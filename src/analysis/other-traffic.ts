/** Frames with neither TCP nor UDP, counted by their innermost layer; of ICMP by what it says. */
import { LAYER } from '../wire/layers.ts';
import type { Packet } from '../wire/packet.ts';
import { ICMP, ICMPV6, icmpText } from './icmp-names.ts';
import type { OtherTraffic } from './model.ts';

/** By kind of layer. */
const NAMES: ReadonlyMap<number, string> = new Map([
  [LAYER.none, 'unknown link type'],
  [LAYER.ethernet, 'Ethernet'],
  [LAYER.vlan, 'VLAN'],
  [LAYER.serviceVlan, 'VLAN'],
  [LAYER.mpls, 'MPLS'],
  [LAYER.pppoeDiscovery, 'PPPoE discovery'],
  [LAYER.pppoeSession, 'PPPoE'],
  [LAYER.ppp, 'PPP'],
  [LAYER.ciscoHdlc, 'Cisco HDLC'],
  [LAYER.llc, 'LLC'],
  [LAYER.nullLoopback, 'loopback'],
  [LAYER.raw, 'raw IP'],
  [LAYER.linuxCooked, 'Linux cooked'],
  [LAYER.arp, 'ARP'],
  [LAYER.ipv4, 'IPv4'],
  [LAYER.ipv6, 'IPv6'],
  [LAYER.ipv6HopByHop, 'IPv6'],
  [LAYER.ipv6Routing, 'IPv6'],
  [LAYER.ipv6Fragment, 'IPv6 fragment'],
  [LAYER.ipv6Destination, 'IPv6'],
  [LAYER.authentication, 'IPsec AH'],
  [LAYER.gre, 'GRE'],
  [LAYER.tcp, 'TCP, header not whole'],
  [LAYER.udp, 'UDP, header not whole'],
  [LAYER.loopbackTest, 'Ethernet loopback test'],
  [LAYER.backboneTag, 'IEEE 802.1ah'],
  [LAYER.radiotap, 'IEEE 802.11'],
  [LAYER.radio, 'IEEE 802.11'],
  [LAYER.wlan, 'IEEE 802.11'],
  [LAYER.hdlcFraming, 'PPP'],
]);
/** Bits of a key above the kind of layer: a fragment; of ICMP its type and code, plus 1. */
const FRAGMENT = 1 << 8;
const ICMP_SHIFT = 9;

/** What is counted of one key. */
interface Count {
  packets: number;
  bytes: number;
  readonly firstFrame: number;
}

export class OtherCounter {
  /** By key: bounded, since a key is a kind of layer and, of ICMP, two bytes. */
  readonly #counts = new Map<number, Count>();

  add(packet: Packet): void {
    // An ICMP error quotes a packet that went at another time.
    const quoting = packet.isQuoted ? Math.max(packet.indexOf(LAYER.icmp), packet.indexOf(LAYER.icmpv6)) : -1;
    let index = quoting < 0 ? packet.layerCount - 1 : quoting;
    // Data and the choice by an EtherType name nothing.
    while (
      index > 0 &&
      (packet.layerKinds[index] === LAYER.data || packet.layerKinds[index] === LAYER.etherType)
    ) {
      index--;
    }
    const kind = index < 0 ? LAYER.none : packet.layerKinds[index]!;
    const key =
      kind |
      (packet.isFragment ? FRAGMENT : 0) |
      (kind === LAYER.icmp || kind === LAYER.icmpv6 ? icmpKey(packet, index) : 0);
    const count = this.#counts.get(key);
    if (count === undefined) {
      this.#counts.set(key, { packets: 1, bytes: packet.length, firstFrame: packet.number });
      return;
    }
    count.packets++;
    count.bytes += packet.length;
  }

  /** Most packets first. */
  report(): OtherTraffic[] {
    const found = new Map<string, OtherTraffic>();
    for (const [key, { packets, bytes, firstFrame }] of this.#counts) {
      const name = nameOf(key);
      const before = found.get(name);
      found.set(name, {
        name,
        packets: packets + (before?.packets ?? 0),
        bytes: bytes + (before?.bytes ?? 0),
        firstFrame: Math.min(firstFrame, before?.firstFrame ?? Number.POSITIVE_INFINITY),
      });
    }
    return [...found.values()].sort((left, right) => right.packets - left.packets);
  }
}

/** Type and code; where they were not captured 0. */
function icmpKey(packet: Packet, layer: number): number {
  const start = packet.layerStarts[layer]!;
  const [type, code] = packet.bytesOf(layer).subarray(start, packet.layerEnds[layer]);
  return type === undefined || code === undefined ? 0 : (((type << 8) | code) + 1) << ICMP_SHIFT;
}

function nameOf(key: number): string {
  const kind = key & (FRAGMENT - 1);
  const names = kind === LAYER.icmp ? ICMP : kind === LAYER.icmpv6 ? ICMPV6 : undefined;
  const said = (key >>> ICMP_SHIFT) - 1;
  const text = names === undefined || said < 0 ? '' : ` ${icmpText(names, said >>> 8, said & 0xff)}`;
  const name = names === undefined ? (NAMES.get(kind) ?? 'other') : `${names.protocol}${text}`;
  return (key & FRAGMENT) === 0 || name.endsWith('fragment') ? name : `${name} fragment`;
}
