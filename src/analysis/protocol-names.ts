/** How tshark names the layers in `frame.protocols`. */
import { LAYER, type LayerKind } from '../wire/layers.ts';

const NAMES: Readonly<Record<LayerKind, string>> = {
  [LAYER.none]: '',
  [LAYER.ethernet]: 'eth',
  [LAYER.etherType]: 'ethertype',
  [LAYER.vlan]: 'vlan',
  [LAYER.serviceVlan]: 'ieee8021ad',
  [LAYER.mpls]: 'mpls',
  [LAYER.pppoeDiscovery]: 'pppoed',
  [LAYER.pppoeSession]: 'pppoes',
  [LAYER.ppp]: 'ppp',
  [LAYER.ciscoHdlc]: 'chdlc',
  [LAYER.llc]: 'llc',
  [LAYER.nullLoopback]: 'null',
  [LAYER.raw]: 'raw',
  [LAYER.linuxCooked]: 'sll',
  [LAYER.arp]: 'arp',
  [LAYER.ipv4]: 'ip',
  [LAYER.ipv6]: 'ipv6',
  [LAYER.ipv6HopByHop]: 'ipv6.hopopts',
  [LAYER.ipv6Routing]: 'ipv6.routing',
  [LAYER.ipv6Fragment]: 'ipv6.fraghdr',
  [LAYER.ipv6Destination]: 'ipv6.dstopts',
  [LAYER.authentication]: 'ah',
  [LAYER.gre]: 'gre',
  [LAYER.icmp]: 'icmp',
  [LAYER.icmpv6]: 'icmpv6',
  [LAYER.tcp]: 'tcp',
  [LAYER.udp]: 'udp',
  [LAYER.loopbackTest]: 'loop',
  [LAYER.data]: 'data',
  [LAYER.backboneTag]: 'ieee8021ah',
  [LAYER.radiotap]: 'radiotap',
  [LAYER.radio]: 'wlan_radio',
  [LAYER.wlan]: 'wlan',
  [LAYER.hdlcFraming]: 'ppp_hdlc',
};

/** Names by layer kind. */
export const PROTOCOL_NAMES: readonly string[] = Array.from(
  { length: 1 + Math.max(...Object.values(LAYER)) },
  (_, kind) => NAMES[kind as LayerKind],
);

/** First and last of each range of link types below. */
const NAMELESS: readonly (readonly [number, number])[] = [
  [3, 3],
  [6, 7],
  [10, 10],
  [13, 13],
  [16, 19],
  [32, 32],
  [99, 99],
  [106, 107],
  [109, 109],
  [114, 114],
  [117, 117],
  [122, 123],
  [128, 131],
  [133, 133],
  [135, 144],
  [147, 162],
  [165, 165],
  [167, 167],
  [169, 171],
  [177, 181],
  [183, 184],
  [186, 187],
  [189, 189],
  [192, 192],
  [195, 197],
  [199, 203],
  [209, 210],
  [212, 212],
  [215, 215],
  [220, 220],
  [224, 227],
  [229, 231],
  [235, 237],
  [239, 243],
  [248, 256],
  [258, 260],
  [264, 264],
  [266, 266],
  [268, 268],
  [270, 275],
  [279, 280],
  [283, 283],
  [288, 288],
  [290, 290],
  [292, 295],
];

/**
 * Link types whose frames have no protocol at all: tshark has a dissector for their header, which is off with the
 * others, or one that takes only what it likes (229, IPv6). Found by giving tshark 4.0.17 a frame of each.
 */
export function hasNamelessHeader(linkType: number): boolean {
  return NAMELESS.some(([first, last]) => linkType >= first && linkType <= last);
}
