/**
 * The kinds of layer that the dissector tells apart: what `Packet.layerKinds` holds. A kind is a header, except
 * `etherType` (the choice by an EtherType, which tshark names in `frame.protocols`; no bytes) and `data` (bytes that
 * nothing here reads).
 */
export const LAYER = {
  none: 0,
  ethernet: 1,
  etherType: 2,
  /** IEEE 802.1Q, and the older 0x9100. */
  vlan: 3,
  /** IEEE 802.1ad, the outer of two tags. */
  serviceVlan: 4,
  mpls: 5,
  pppoeDiscovery: 6,
  pppoeSession: 7,
  ppp: 8,
  /** Cisco HDLC. */
  ciscoHdlc: 9,
  /** IEEE 802.2, with SNAP where it has one. */
  llc: 10,
  /** BSD loopback: four bytes with the address family. */
  nullLoopback: 11,
  /** The link type that says nothing but «IP»; no bytes. */
  raw: 12,
  /** Linux cooked capture, version 1 or 2. */
  linuxCooked: 13,
  arp: 14,
  ipv4: 15,
  ipv6: 16,
  ipv6HopByHop: 17,
  ipv6Routing: 18,
  ipv6Fragment: 19,
  ipv6Destination: 20,
  authentication: 21,
  gre: 22,
  icmp: 23,
  icmpv6: 24,
  tcp: 25,
  udp: 26,
  /** Ethernet's configuration test protocol, EtherType 0x9000. */
  loopbackTest: 27,
  data: 28,
  /** IEEE 802.1ah, a frame within a frame. */
  backboneTag: 29,
  radiotap: 30,
  /** What the radio header says of the reception, a layer of its own in tshark; no bytes. */
  radio: 31,
  wlan: 32,
  /** PPP in a stream of bytes: HDLC frames with flags between them. */
  hdlcFraming: 33,
} as const;

export type LayerKind = (typeof LAYER)[keyof typeof LAYER];
