/**
 * Link types as capture files number them (the registry of the tcpdump group), and what Wireshark 4.0 makes of each: whether it
 * knows it, how long a packet may be, and how much in front of the packet is no part of it.
 *
 * The tables were found by giving Wireshark 4.0.17 a file of each.
 */

/** The link types that are dissected here or have a name of their own in messages. */
export const LINK_TYPE = {
  null: 0,
  ethernet: 1,
  ppp: 9,
  /** Raw IP, as BSD and OpenBSD number it in old files. */
  rawBsd: 12,
  rawOpenBsd: 14,
  pppHdlc: 50,
  pppoe: 51,
  ciscoHdlc: 104,
  raw: 101,
  ieee80211: 105,
  loop: 108,
  linuxCooked: 113,
  ieee80211Radio: 127,
  ipv4: 228,
  ipv6: 229,
  nflog: 239,
  linuxCooked2: 276,
} as const;

const NAMES: ReadonlyMap<number, string> = new Map([
  [LINK_TYPE.null, 'BSD loopback'],
  [LINK_TYPE.ethernet, 'Ethernet'],
  [LINK_TYPE.ppp, 'PPP'],
  [LINK_TYPE.rawBsd, 'raw IP'],
  [LINK_TYPE.rawOpenBsd, 'raw IP'],
  [LINK_TYPE.pppHdlc, 'PPP in HDLC framing'],
  [LINK_TYPE.pppoe, 'PPPoE'],
  [LINK_TYPE.ciscoHdlc, 'Cisco HDLC'],
  [LINK_TYPE.raw, 'raw IP'],
  [LINK_TYPE.ieee80211, 'IEEE 802.11'],
  [LINK_TYPE.loop, 'OpenBSD loopback'],
  [LINK_TYPE.linuxCooked, 'Linux cooked'],
  [LINK_TYPE.ieee80211Radio, 'IEEE 802.11 with radiotap header'],
  [LINK_TYPE.ipv4, 'raw IPv4'],
  [LINK_TYPE.ipv6, 'raw IPv6'],
  [LINK_TYPE.nflog, 'NFLOG'],
  [LINK_TYPE.linuxCooked2, 'Linux cooked, version 2'],
]);

/** A name for people: `Ethernet`, or `link type 147`. */
export function linkTypeName(linkType: number): string {
  return NAMES.get(linkType) ?? `link type ${linkType}`;
}

/** First and last of each range that Wireshark 4.0 knows. */
const KNOWN: readonly (readonly [number, number])[] = [
  [0, 3],
  [6, 14],
  [16, 16],
  [18, 19],
  [32, 32],
  [50, 51],
  [99, 101],
  [104, 109],
  [112, 114],
  [117, 119],
  [121, 123],
  [127, 131],
  [133, 133],
  [135, 144],
  [147, 163],
  [165, 165],
  [167, 167],
  [169, 173],
  [177, 181],
  [183, 184],
  [186, 190],
  [192, 192],
  [195, 197],
  [199, 204],
  [209, 215],
  [220, 220],
  [224, 231],
  [235, 237],
  [239, 243],
  [245, 245],
  [248, 256],
  [258, 260],
  [264, 264],
  [266, 266],
  [268, 268],
  [270, 276],
  [279, 280],
  [283, 283],
  [287, 288],
  [290, 290],
  [292, 295],
];

/** Whether Wireshark 4.0 knows the link type: it refuses a pcap file of any other. */
export function isKnownLinkType(linkType: number): boolean {
  return KNOWN.some(([first, last]) => linkType >= first && linkType <= last);
}

/** A packet is at most so long: what IP allows is 64 KiB, and segmentation offload of today stays within 256 KiB. */
export const MOST_PACKET_BYTES = 262_144;
const MOST_LONG_PACKET_BYTES = 128 * 1024 * 1024;

/** USB and D-Bus messages are longer than packets of a network. */
const LONG: ReadonlySet<number> = new Set([186, 189, 220, 231, 249, 266]);

/** A longer record means that the file is damaged. */
export function mostPacketBytes(linkType: number): number {
  if (linkType === 279) return 32 * 1024 * 1024;
  return LONG.has(linkType) ? MOST_LONG_PACKET_BYTES : MOST_PACKET_BYTES;
}

/** Bytes in front of the packet that Wireshark counts neither in its length nor in what was captured. */
const PSEUDO_HEADERS: ReadonlyMap<number, number> = new Map([
  // SunATM, MTP2, IrDA, LAPD, SITA, Bluetooth H4, PPP with direction, I2C, NFC LLCP, Bluetooth monitor.
  [123, 4],
  [139, 4],
  [144, 16],
  [177, 16],
  [196, 5],
  [201, 4],
  [204, 1],
  [209, 5],
  [245, 2],
  [254, 4],
]);

/**
 * Bytes in front of every packet of a link type; 0 for most. Where a record has fewer, the file is damaged.
 */
export function pseudoHeaderLength(linkType: number): number {
  return PSEUDO_HEADERS.get(linkType) ?? 0;
}
