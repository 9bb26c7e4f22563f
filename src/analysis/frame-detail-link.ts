/** Fields of link layers: Ethernet, tags, PPP, LLC, loopback, cooked headers; and ARP. */
import type { HeaderReader } from './frame-detail-header.ts';

/** EtherTypes that are met most (IEEE, IANA). */
export const ETHER_TYPES: Readonly<Record<number, string>> = {
  2048: 'IPv4',
  2054: 'ARP',
  33024: 'VLAN tag',
  34525: 'IPv6',
  34887: 'MPLS',
  34888: 'MPLS multicast',
  34915: 'PPPoE discovery',
  34916: 'PPPoE session',
  34984: 'service VLAN tag',
  35020: 'LLDP',
};

const PPP_PROTOCOLS: Readonly<Record<number, string>> = { 33: 'IPv4', 87: 'IPv6', 49185: 'LCP' };
const PACKET_TYPES: Readonly<Record<number, string>> = {
  0: 'to this machine',
  1: 'to everybody',
  2: 'to a group',
  3: 'to another machine',
  4: 'sent by this machine',
};
const ARP_OPERATIONS: Readonly<Record<number, string>> = { 1: 'who has it?', 2: 'here it is' };
/** IEEE 802.3: a number up to here is a length. */
const MOST_LENGTH = 1_500;

export function ethernetFields(header: HeaderReader): void {
  header.hardware('eth.dst', 'Destination', 0, 'the next station on this network, not the final one');
  header.hardware('eth.src', 'Source', 6);
  if (header.u16(12) <= MOST_LENGTH) header.number('eth.len', 'Length', 12, 2, null, ' bytes');
  else header.named('eth.type', 'Type', 12, 2, ETHER_TYPES, 'what follows');
}

export function vlanFields(header: HeaderReader): void {
  const tag = header.u16(0);
  header.add('vlan.priority', 'Priority', 0, 1, () => String(tag >>> 13), '0 to 7');
  header.add('vlan.dei', 'May be dropped', 0, 1, () => ((tag & 0x1000) === 0 ? 'no' : 'yes'));
  header.add('vlan.id', 'VLAN', 0, 2, () => String(tag & 0xfff), 'which of the networks on one cable');
  header.named('vlan.etype', 'Type', 2, 2, ETHER_TYPES, 'what follows');
}

export function mplsFields(header: HeaderReader): void {
  for (let at = 0; header.has(at, 4); at += 4) {
    const entry = header.u32(at);
    header.add(
      'mpls.label',
      'Label',
      at,
      3,
      () => String(Math.floor(entry / 4_096)),
      'where the next router switches it to',
    );
    header.add('mpls.bottom', 'Last label', at + 2, 1, () => ((entry & 0x100) === 0 ? 'no' : 'yes'));
    header.add('mpls.ttl', 'Time to live', at + 3, 1, () => `${entry & 0xff} hops`);
  }
}

export function pppoeFields(header: HeaderReader): void {
  header.hex('pppoe.code', 'Code', 1, 1);
  header.hex('pppoe.session_id', 'Session', 2, 2);
  header.number('pppoe.payload_length', 'Payload', 4, 2, null, ' bytes');
}

export function pppFields(header: HeaderReader): void {
  const at = Math.max(header.length - 2, 0);
  header.named('ppp.protocol', 'Protocol', at, 2, PPP_PROTOCOLS, 'what follows');
}

export function ciscoHdlcFields(header: HeaderReader): void {
  header.hex('chdlc.address', 'Address', 0, 1);
  header.named('chdlc.protocol', 'Protocol', 2, 2, ETHER_TYPES, 'what follows');
}

export function llcFields(header: HeaderReader): void {
  header.hex('llc.dsap', 'Destination service', 0, 1);
  header.hex('llc.ssap', 'Source service', 1, 1);
  header.hex('llc.control', 'Control', 2, 1);
  if (header.length < 8) return;
  header.add(
    'llc.oui',
    'Organisation',
    3,
    3,
    () => `0x${(header.u32(2) & 0xffffff).toString(16).padStart(6, '0')}`,
  );
  header.named('llc.type', 'Type', 6, 2, ETHER_TYPES, 'what follows');
}

export function nullLoopbackFields(header: HeaderReader): void {
  header.hex(
    'null.family',
    'Address family',
    0,
    4,
    'in the byte order of the machine that captured; 2 is IPv4 everywhere',
  );
}

const VERSION_1_BYTES = 16;

export function linuxCookedFields(header: HeaderReader): void {
  if (header.length > VERSION_1_BYTES) {
    header.named('sll.etype', 'Protocol', 0, 2, ETHER_TYPES, 'what follows');
    header.number('sll.ifindex', 'Interface', 4, 4);
    header.number('sll.hatype', 'Hardware type', 8, 2);
    header.named('sll.pkttype', 'Packet type', 10, 1, PACKET_TYPES);
    header.number('sll.halen', 'Length of the address', 11, 1, null, ' bytes');
    header.hardware('sll.src.eth', 'Source', 12);
    return;
  }
  header.named('sll.pkttype', 'Packet type', 0, 2, PACKET_TYPES);
  header.number('sll.hatype', 'Hardware type', 2, 2);
  header.number('sll.halen', 'Length of the address', 4, 2, null, ' bytes');
  header.hardware('sll.src.eth', 'Source', 6);
  header.named('sll.etype', 'Protocol', 14, 2, ETHER_TYPES, 'what follows');
}

export function arpFields(header: HeaderReader): void {
  header.number('arp.hw.type', 'Hardware type', 0, 2, '1 is Ethernet');
  header.named('arp.proto.type', 'Protocol', 2, 2, ETHER_TYPES);
  header.named('arp.opcode', 'Operation', 6, 2, ARP_OPERATIONS);
  // The usual one of four: addresses of 6 and of 4 bytes.
  if (header.u8(4) !== 6 || header.u8(5) !== 4) return;
  header.hardware('arp.src.hw_mac', 'Sender', 8);
  header.address('arp.src.proto_ipv4', "Sender's IP address", 14, 4);
  header.hardware('arp.dst.hw_mac', 'Target', 18);
  header.address('arp.dst.proto_ipv4', "Target's IP address", 24, 4);
}
