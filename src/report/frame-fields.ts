/** The fields of the usual headers, as a lab asks for them: name, value, and which bytes they are. */

import { putIpv6 } from '../analysis/text-addresses.ts';
import { countText } from '../analysis/words.ts';
import { toHex } from '../bytes/hex.ts';
import { LAYER } from '../wire/layers.ts';
import { TCP_FLAG } from '../wire/tcp-header.ts';

export interface FrameField {
  readonly name: string;
  readonly value: string;
  /** Bytes of the frame, the end not included. */
  readonly start: number;
  readonly end: number;
}

type Row = readonly [name: string, start: number, end: number, value: (header: Uint8Array) => string];

const number =
  (start: number, bytes: number) =>
  (header: Uint8Array): string => {
    let value = 0;
    for (let index = start; index < start + bytes; index++) value = 256 * value + (header[index] ?? 0);
    return countText(value);
  };
const hardware =
  (start: number) =>
  (header: Uint8Array): string =>
    toHex(header.subarray(start, start + 6), ':');
const ipv4 =
  (start: number) =>
  (header: Uint8Array): string =>
    header.subarray(start, start + 4).join('.');
const ipv6 =
  (start: number) =>
  (header: Uint8Array): string => {
    const text = new Uint8Array(64);
    return String.fromCharCode(...text.subarray(0, putIpv6(text, 0, header, start)));
  };
const named =
  (at: number, bytes: number, names: Readonly<Record<number, string>>) =>
  (header: Uint8Array): string => {
    const value = bytes === 1 ? header[at]! : 256 * header[at]! + header[at + 1]!;
    const text = bytes === 1 ? String(value) : `0x${value.toString(16).padStart(4, '0')}`;
    return names[value] === undefined ? text : `${names[value]} (${text})`;
  };

const PROTOCOLS = { 1: 'ICMP', 6: 'TCP', 17: 'UDP', 58: 'ICMPv6' };
const ETHER_TYPES = { 2048: 'IPv4', 34525: 'IPv6', 33024: 'VLAN', 2054: 'ARP' };
const FLAGS: readonly (readonly [number, string])[] = [
  [TCP_FLAG.cwr, 'CWR'],
  [TCP_FLAG.ece, 'ECE'],
  [TCP_FLAG.urg, 'URG'],
  [TCP_FLAG.ack, 'ACK'],
  [TCP_FLAG.psh, 'PSH'],
  [TCP_FLAG.rst, 'RST'],
  [TCP_FLAG.syn, 'SYN'],
  [TCP_FLAG.fin, 'FIN'],
];
const FLAG_BYTE = 13;

const FIELDS: ReadonlyMap<number, readonly Row[]> = new Map<number, readonly Row[]>([
  [
    LAYER.ethernet,
    [
      ['destination', 0, 6, hardware(0)],
      ['source', 6, 12, hardware(6)],
      ['what follows', 12, 14, named(12, 2, ETHER_TYPES)],
    ],
  ],
  [
    LAYER.ipv4,
    [
      ['header length', 0, 1, header => `${4 * (header[0]! & 15)} B`],
      ['total length', 2, 4, header => `${number(2, 2)(header)} B`],
      ['identification', 4, 6, number(4, 2)],
      ['time to live', 8, 9, header => `${header[8]} hops`],
      ['what follows', 9, 10, named(9, 1, PROTOCOLS)],
      ['source', 12, 16, ipv4(12)],
      ['destination', 16, 20, ipv4(16)],
    ],
  ],
  [
    LAYER.ipv6,
    [
      ['payload length', 4, 6, header => `${number(4, 2)(header)} B`],
      ['what follows', 6, 7, named(6, 1, PROTOCOLS)],
      ['hop limit', 7, 8, header => `${header[7]} hops`],
      ['source', 8, 24, ipv6(8)],
      ['destination', 24, 40, ipv6(24)],
    ],
  ],
  [
    LAYER.tcp,
    [
      ['source port', 0, 2, portText(0)],
      ['destination port', 2, 4, portText(2)],
      ['sequence number', 4, 8, number(4, 4)],
      ['acknowledgment number', 8, 12, number(8, 4)],
      ['header length', 12, 13, header => `${4 * (header[12]! >> 4)} B`],
      [
        'flags',
        FLAG_BYTE,
        FLAG_BYTE + 1,
        header =>
          FLAGS.filter(([bit]) => (header[FLAG_BYTE]! & bit) !== 0)
            .map(([, name]) => name)
            .join(' ') || 'none',
      ],
      ['window (unscaled)', 14, 16, number(14, 2)],
      ['checksum', 16, 18, header => `0x${toHex(header.subarray(16, 18))}`],
      ['options', 20, Number.POSITIVE_INFINITY, header => `${header.length - 20} B`],
    ],
  ],
  [
    LAYER.udp,
    [
      ['source port', 0, 2, portText(0)],
      ['destination port', 2, 4, portText(2)],
      ['length, header included', 4, 6, header => `${number(4, 2)(header)} B`],
      ['checksum', 6, 8, header => `0x${toHex(header.subarray(6, 8))}`],
    ],
  ],
]);

function portText(start: number): (header: Uint8Array) => string {
  return header => String(256 * header[start]! + header[start + 1]!);
}

/**
 * @param header the bytes of it that were captured; fields beyond them are left out
 * @param offset where it starts in the frame
 */
export function fieldsOf(kind: number, header: Uint8Array, offset: number): FrameField[] {
  return (FIELDS.get(kind) ?? []).flatMap(([name, start, last, value]) => {
    const end = last === Number.POSITIVE_INFINITY ? header.length : last;
    if (end <= start || end > header.length) return [];
    return [{ name, value: value(header), start: offset + start, end: offset + end }];
  });
}
