/** What each kind of layer is called, what it is for, and which fields it has. */
import { LAYER } from '../wire/layers.ts';
import type { CostLayer } from './cost.ts';
import type { HeaderReader } from './frame-detail-header.ts';
import * as link from './frame-detail-link.ts';
import * as network from './frame-detail-network.ts';

export interface LayerKindDetail {
  readonly title: string;
  readonly purpose: string;
  /** What it counts as in a cost sheet: layers of one kind have one colour. */
  readonly tone: CostLayer;
  readonly read?: (header: HeaderReader) => void;
}

const IP_PURPOSE = 'from host to host, across networks';
const EXTENSION_PURPOSE = 'extends the IPv6 header';

/** TCP and UDP have more to say, and are read elsewhere. */
const DETAILS: ReadonlyMap<number, LayerKindDetail> = new Map<number, LayerKindDetail>([
  [
    LAYER.ethernet,
    {
      title: 'Ethernet',
      purpose: 'to the next station of the same network',
      tone: 'link',
      read: link.ethernetFields,
    },
  ],
  [
    LAYER.vlan,
    {
      title: 'VLAN tag',
      purpose: 'which of several networks on one cable',
      tone: 'link',
      read: link.vlanFields,
    },
  ],
  [
    LAYER.serviceVlan,
    {
      title: 'Service VLAN tag',
      purpose: 'which customer of a provider',
      tone: 'link',
      read: link.vlanFields,
    },
  ],
  [
    LAYER.backboneTag,
    { title: 'Backbone tag', purpose: "a customer's frame within a provider's", tone: 'link' },
  ],
  [
    LAYER.mpls,
    { title: 'MPLS', purpose: 'labels that routers switch by', tone: 'link', read: link.mplsFields },
  ],
  [
    LAYER.pppoeDiscovery,
    { title: 'PPPoE discovery', purpose: 'looks for a provider', tone: 'link', read: link.pppoeFields },
  ],
  [
    LAYER.pppoeSession,
    { title: 'PPPoE session', purpose: 'a dial-up line over Ethernet', tone: 'link', read: link.pppoeFields },
  ],
  [LAYER.ppp, { title: 'PPP', purpose: 'one line between two points', tone: 'link', read: link.pppFields }],
  [
    LAYER.ciscoHdlc,
    { title: 'Cisco HDLC', purpose: 'one line between two points', tone: 'link', read: link.ciscoHdlcFields },
  ],
  [LAYER.llc, { title: 'LLC', purpose: 'which protocol follows', tone: 'link', read: link.llcFields }],
  [
    LAYER.nullLoopback,
    { title: 'Loopback', purpose: 'within one machine', tone: 'link', read: link.nullLoopbackFields },
  ],
  [
    LAYER.linuxCooked,
    {
      title: 'Linux cooked capture',
      purpose: 'what the system says in place of a link header',
      tone: 'link',
      read: link.linuxCookedFields,
    },
  ],
  [
    LAYER.arp,
    {
      title: 'ARP',
      purpose: 'which Ethernet address has an IP address?',
      tone: 'network',
      read: link.arpFields,
    },
  ],
  [LAYER.ipv4, { title: 'IPv4', purpose: IP_PURPOSE, tone: 'network', read: network.ipv4Fields }],
  [LAYER.ipv6, { title: 'IPv6', purpose: IP_PURPOSE, tone: 'network', read: network.ipv6Fields }],
  [
    LAYER.ipv6HopByHop,
    {
      title: 'IPv6 hop-by-hop options',
      purpose: EXTENSION_PURPOSE,
      tone: 'networkOptions',
      read: network.ipv6ExtensionFields,
    },
  ],
  [
    LAYER.ipv6Routing,
    {
      title: 'IPv6 routing',
      purpose: EXTENSION_PURPOSE,
      tone: 'networkOptions',
      read: network.ipv6ExtensionFields,
    },
  ],
  [
    LAYER.ipv6Destination,
    {
      title: 'IPv6 destination options',
      purpose: EXTENSION_PURPOSE,
      tone: 'networkOptions',
      read: network.ipv6ExtensionFields,
    },
  ],
  [
    LAYER.ipv6Fragment,
    {
      title: 'IPv6 fragment',
      purpose: 'a part of a packet that was too large',
      tone: 'networkOptions',
      read: network.ipv6FragmentFields,
    },
  ],
  [
    LAYER.authentication,
    {
      title: 'Authentication header',
      purpose: 'proves who sent the packet',
      tone: 'networkOptions',
      read: network.authenticationFields,
    },
  ],
  [LAYER.gre, { title: 'GRE', purpose: 'a tunnel', tone: 'network', read: network.greFields }],
  [
    LAYER.icmp,
    { title: 'ICMP', purpose: 'errors and tests of IP itself', tone: 'network', read: network.icmpFields },
  ],
  [
    LAYER.icmpv6,
    {
      title: 'ICMPv6',
      purpose: 'errors, tests and neighbours of IPv6',
      tone: 'network',
      read: network.icmpv6Fields,
    },
  ],
  [LAYER.tcp, { title: 'TCP', purpose: 'from program to program: a stream without gaps', tone: 'transport' }],
  [LAYER.udp, { title: 'UDP', purpose: 'from program to program: single datagrams', tone: 'transport' }],
  [
    LAYER.loopbackTest,
    { title: 'Ethernet loopback test', purpose: 'comes back to where it was sent from', tone: 'other' },
  ],
  [LAYER.data, { title: 'Data', purpose: 'bytes that no protocol here reads', tone: 'other' }],
]);

const ANOTHER: LayerKindDetail = { title: 'Another header', purpose: '', tone: 'link' };

export function detailOfKind(kind: number): LayerKindDetail {
  return DETAILS.get(kind) ?? ANOTHER;
}
