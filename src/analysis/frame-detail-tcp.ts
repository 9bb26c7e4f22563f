/** Fields of TCP with its options, and of UDP. */

import { hexNumber, hexText } from './frame-detail-fields.ts';
import { bitNames, type HeaderReader } from './frame-detail-header.ts';
import { SERVICE_NAMES } from './frame-detail-services.ts';
import { counted } from './words.ts';

/** What the header alone does not say. */
export interface TransportFacts {
  /** Sequence numbers that this direction, and the other, began with; undefined: not known. */
  readonly base?: number | undefined;
  readonly peerBase?: number | undefined;
  /** In bytes, scaled. */
  readonly window?: number | undefined;
  readonly payloadLength: number;
  /** Where all bytes were captured: what is right, and what the system writes where the network card does the rest. */
  readonly checksum?: { readonly right: number; readonly begun: number } | undefined;
}

const FLAGS: readonly (readonly [bit: number, name: string, field: string, meaning: string])[] = [
  [0x100, 'AE', 'ae', 'accurate congestion notification (RFC 9768)'],
  [0x080, 'CWR', 'cwr', 'the sender has slowed down, as it was asked to'],
  [0x040, 'ECE', 'ece', 'the network was about to drop: slow down'],
  [0x020, 'URG', 'urg', 'the urgent pointer counts'],
  [0x010, 'ACK', 'ack', 'the acknowledgment number counts'],
  [0x008, 'PSH', 'push', 'give the data to the program now: the sender has no more to add'],
  [0x004, 'RST', 'reset', 'the connection is broken off'],
  [0x002, 'SYN', 'syn', 'begins a connection, and says the first sequence number'],
  [0x001, 'FIN', 'fin', 'this side will send no more'],
];

export const TCP_FLAG_NAMES: readonly (readonly [number, string])[] = FLAGS.map(
  ([bit, name]) => [bit, name] as const,
);

const SYN = 2;
const ACK = 16;

export function tcpFields(header: HeaderReader, facts: TransportFacts): void {
  const { tree, start, base: origin } = header;
  const flags = header.u16(12) & 0xfff;
  port(header, 'tcp.srcport', 'Source port', 0);
  port(header, 'tcp.dstport', 'Destination port', 2);
  const sequence = header.u32(4);
  const relative = (value: number, from: number | undefined): string =>
    from === undefined ? String(value) : `${(value - from) >>> 0} (${value} on the wire)`;
  const takes = facts.payloadLength + ((flags & SYN) === 0 ? 0 : 1) + (flags & 1);
  header.add(
    'tcp.seq',
    'Sequence number',
    4,
    4,
    () => relative(sequence, facts.base),
    `of the first of ${counted(facts.payloadLength, 'byte')}; ${takes === 0 ? 'the next segment begins there, too' : `the next segment begins at ${facts.base === undefined ? (sequence + takes) >>> 0 : (sequence - facts.base + takes) >>> 0}`}`,
  );
  header.add(
    'tcp.ack',
    'Acknowledgment number',
    8,
    4,
    () =>
      (flags & ACK) === 0 ? `${header.u32(8)} (does not count)` : relative(header.u32(8), facts.peerBase),
    (flags & ACK) === 0 ? null : 'everything before it has arrived; this byte is expected next',
  );
  header.add(
    'tcp.hdr_len',
    'Header length',
    12,
    1,
    () => `${(header.u8(12) >>> 4) * 4} bytes`,
    'in words of 4 bytes on the wire',
  );
  if (header.has(12, 2)) {
    tree.group(
      'Flags',
      start + 12 - origin,
      () => {
        for (const [bit, name, field, meaning] of FLAGS) {
          if ((flags & bit) === 0) continue;
          const at = start + (bit > 0xff ? 12 : 13) - origin;
          tree.add(`tcp.flags.${field}`, name, 'set', at, at + 1, meaning);
        }
        return {
          end: start + 14 - origin,
          value: `${bitNames(flags, TCP_FLAG_NAMES)} (${hexNumber(flags, 3)})`,
        };
      },
      'tcp.flags',
    );
  }
  const window = header.u16(14);
  const isScaled = facts.window !== undefined && facts.window !== window;
  header.add(
    'tcp.window_size_value',
    'Window',
    14,
    2,
    () => (isScaled ? `${window}, scaled ${facts.window as number} bytes` : `${window} bytes`),
    'how much more this side can take',
  );
  header.add(
    'tcp.checksum',
    'Checksum',
    16,
    2,
    () => hexNumber(header.u16(16), 4),
    checksumText(header.u16(16), facts),
  );
  header.number(
    'tcp.urgent_pointer',
    'Urgent pointer',
    18,
    2,
    (flags & 0x20) === 0 ? 'does not count' : null,
  );
  const end = (header.u8(12) >>> 4) * 4;
  if (end > 20 && header.has(20, 1)) tcpOptions(header, end);
}

export function udpFields(header: HeaderReader, facts: TransportFacts): void {
  port(header, 'udp.srcport', 'Source port', 0);
  port(header, 'udp.dstport', 'Destination port', 2);
  header.number('udp.length', 'Length', 4, 2, 'this header of 8 bytes and the payload', ' bytes');
  const told = header.u16(6);
  header.add(
    'udp.checksum',
    'Checksum',
    6,
    2,
    () => hexNumber(told, 4),
    told === 0 ? 'not used' : checksumText(told, facts),
  );
}

function port(header: HeaderReader, name: string, label: string, offset: number): void {
  const number = header.u16(offset);
  const service = SERVICE_NAMES[number];
  header.add(
    name,
    label,
    offset,
    2,
    () => String(number),
    service === undefined ? null : `usually ${service}`,
  );
}

function checksumText(told: number, { checksum }: TransportFacts): string | null {
  if (checksum === undefined) return null;
  const { right, begun } = checksum;
  if (told === right || (told === 0xffff && right === 0)) return 'right';
  if (told === begun) return 'not finished when this was captured: left to the network card';
  return `wrong: ${hexNumber(right, 4)} would be right`;
}

const OPTION_NAMES: Readonly<Record<number, readonly [label: string, field: string, meaning: string]>> = {
  0: ['End of options', 'eol', 'the rest is padding'],
  1: ['No operation', 'nop', 'fills up, so that what follows stands at a multiple of 4'],
  2: ['Maximum segment size', 'mss_val', 'the most payload that this side takes in one segment'],
  3: ['Window scale', 'wscale.shift', 'windows of this side are multiplied by 2 to this power'],
  4: ['SACK permitted', 'sack_perm', 'this side understands selective acknowledgements'],
  5: ['Selective acknowledgement', 'sack', 'what has arrived behind a gap'],
  8: ['Timestamps', 'timestamp', 'measures the round trip, and tells old segments from new ones'],
  19: ['MD5 signature', 'md5', 'authenticates the segment (RFC 2385)'],
  28: ['User timeout', 'user_to', 'how long unacknowledged data may wait'],
  29: ['Authentication', 'ao', 'authenticates the segment (RFC 5925)'],
  30: ['Multipath TCP', 'mptcp', 'one connection over several paths (RFC 8684)'],
  34: ['Fast Open', 'tfo', 'data with the SYN (RFC 7413)'],
};

function tcpOptions(header: HeaderReader, end: number): void {
  const { tree, start, base } = header;
  tree.group(
    'Options',
    start + 20 - base,
    () => {
      let at = 20;
      while (at < end && header.has(at, 1)) {
        const kind = header.u8(at);
        const length = kind < 2 ? 1 : header.u8(at + 1);
        if (kind >= 2 && (length < 2 || at + length > end || !header.has(at, length))) {
          header.add(
            'tcp.options',
            'Malformed option',
            at,
            Math.max(Math.min(header.end - header.start, end) - at, 1),
            () => hexText(header.slice(at, end - at)),
          );
          break;
        }
        const [label, field, meaning] = OPTION_NAMES[kind] ?? [`Option ${kind}`, 'unknown', null];
        header.add(
          `tcp.options.${field}`,
          label,
          at,
          length,
          () => optionText(header, kind, at, length),
          meaning,
        );
        at += length;
        if (kind === 0) break;
      }
      return { end: start + Math.min(end, header.length) - base, value: counted(end - 20, 'byte') };
    },
    'tcp.options',
  );
}

function optionText(header: HeaderReader, kind: number, at: number, length: number): string {
  switch (kind) {
    case 0:
    case 1:
    case 4:
      return '';
    case 2:
      return `${header.u16(at + 2)} bytes`;
    case 3:
      return `${header.u8(at + 2)} (times ${2 ** Math.min(header.u8(at + 2), 14)})`;
    case 5: {
      const blocks: string[] = [];
      for (let edge = at + 2; edge + 8 <= at + length; edge += 8)
        blocks.push(`${header.u32(edge)} to ${header.u32(edge + 4)}`);
      return blocks.join(', ');
    }
    case 8:
      return `now ${header.u32(at + 2)}, echo of ${header.u32(at + 6)}`;
    default:
      return hexText(header.slice(at + 2, length - 2));
  }
}
