/**
 * Sums IP bytes by port from a capture file of the classic format (libpcap's file format 2.4, little-endian, Ethernet,
 * as tcpdump writes it on a Linux loopback device).
 */

const MAGIC_US = 0xa1b2c3d4;
const FILE_HEADER = 24;
const RECORD_HEADER = 16;
const ETHERNET_HEADER = 14;
const ETHERTYPE_IPV4 = 0x0800;
const LINK_ETHERNET = 1;
const PROTOCOLS = { tcp: 6, udp: 17 } as const;

export interface PortTotals {
  /** IP packets in both directions. */
  packets: number;
  /** Their total lengths by the IP header: everything from the IP header on. */
  bytes: number;
  /** The part that goes to the port. */
  bytesTo: number;
}

/** What went to and from each of these ports over IPv4. */
export function ipBytesByPort(file: Buffer, ports: Iterable<number>): Map<number, PortTotals> {
  const totals = new Map([...ports].map(port => [port, { packets: 0, bytes: 0, bytesTo: 0 }]));
  if (file.readUInt32LE(0) !== MAGIC_US) throw new Error('this is no pcap file with microseconds');
  if (file.readUInt32LE(20) !== LINK_ETHERNET) throw new Error('this capture has no Ethernet headers');
  let at = FILE_HEADER;
  while (at + RECORD_HEADER <= file.length) {
    const kept = file.readUInt32LE(at + 8);
    const frame = file.subarray(at + RECORD_HEADER, at + RECORD_HEADER + kept);
    at += RECORD_HEADER + kept;
    if (frame.readUInt16BE(12) !== ETHERTYPE_IPV4) continue;
    const ip = frame.subarray(ETHERNET_HEADER);
    if (ip[9] !== PROTOCOLS.tcp && ip[9] !== PROTOCOLS.udp) continue;
    const headerBytes = (ip[0]! & 0x0f) * 4;
    const to = totals.get(ip.readUInt16BE(headerBytes + 2));
    const total = to ?? totals.get(ip.readUInt16BE(headerBytes));
    if (total === undefined) continue;
    total.packets++;
    total.bytes += ip.readUInt16BE(2);
    if (to !== undefined) to.bytesTo += ip.readUInt16BE(2);
  }
  return totals;
}
