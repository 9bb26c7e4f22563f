/** Frames with neither TCP nor UDP, counted by their innermost layer. */
import { LAYER } from '../wire/layers.ts';
import type { Packet } from '../wire/packet.ts';
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
  [LAYER.icmp, 'ICMP'],
  [LAYER.icmpv6, 'ICMPv6'],
  [LAYER.tcp, 'TCP, header not whole'],
  [LAYER.udp, 'UDP, header not whole'],
  [LAYER.loopbackTest, 'Ethernet loopback test'],
  [LAYER.backboneTag, 'IEEE 802.1ah'],
  [LAYER.radiotap, 'IEEE 802.11'],
  [LAYER.radio, 'IEEE 802.11'],
  [LAYER.wlan, 'IEEE 802.11'],
  [LAYER.hdlcFraming, 'PPP'],
]);
/** Kinds of layer, and as many again for fragments. */
const KINDS = 64;

export class OtherCounter {
  readonly #packets = new Float64Array(2 * KINDS);
  readonly #bytes = new Float64Array(2 * KINDS);
  readonly #firsts = new Float64Array(2 * KINDS);

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
    const slot =
      (index < 0 ? LAYER.none : packet.layerKinds[index]! % KINDS) + (packet.isFragment ? KINDS : 0);
    if (this.#packets[slot]!++ === 0) this.#firsts[slot] = packet.number;
    this.#bytes[slot]! += packet.length;
  }

  /** Most packets first. */
  report(): OtherTraffic[] {
    const found = new Map<string, OtherTraffic>();
    this.#packets.forEach((packets, slot) => {
      if (packets === 0) return;
      const kind = NAMES.get(slot % KINDS) ?? 'other';
      const name = slot < KINDS || kind.endsWith('fragment') ? kind : `${kind} fragment`;
      const before = found.get(name);
      found.set(name, {
        name,
        packets: packets + (before?.packets ?? 0),
        bytes: this.#bytes[slot]! + (before?.bytes ?? 0),
        firstFrame: Math.min(this.#firsts[slot]!, before?.firstFrame ?? Number.POSITIVE_INFINITY),
      });
    });
    return [...found.values()].sort((left, right) => right.packets - left.packets);
  }
}
