/**
 * Packets for comparing capture filters with tcpdump: frames of many kinds made up from a seed, and captures whose times are
 * the packets' numbers, so that a selection can be told by its times.
 */
import { CaptureDecoder } from '../../src/pcap/capture-decoder.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';

export interface SamplePacket {
  readonly bytes: Uint8Array;
  /** On the wire. */
  readonly length: number;
}

/** A pcap file; the time of packet number n is n seconds. */
export function numberedCapture(linkType: number, packets: readonly SamplePacket[]): Uint8Array {
  const size = packets.reduce((sum, { bytes }) => sum + 16 + bytes.length, 24);
  const file = new Uint8Array(size);
  const view = new DataView(file.buffer);
  for (const [index, value] of [0xa1b2c3d4, 0x00040002, 0, 0, 262_144, linkType].entries()) {
    view.setUint32(index * 4, value, true);
  }
  let at = 24;
  for (const [index, { bytes, length }] of packets.entries()) {
    view.setUint32(at, index, true);
    view.setUint32(at + 8, bytes.length, true);
    view.setUint32(at + 12, length, true);
    file.set(bytes, at + 16);
    at += 16 + bytes.length;
  }
  return file;
}

/** The packets of a capture, by link type. */
export function packetsOf(file: Uint8Array): Map<number, SamplePacket[]> {
  const found = new Map<number, SamplePacket[]>();
  const decoder = new CaptureDecoder({
    onPacket({ bytes, start, capturedLength, length, linkType }) {
      const packets = found.get(linkType) ?? [];
      found.set(linkType, packets);
      packets.push({ bytes: bytes.slice(start, start + capturedLength), length });
    },
  });
  decoder.push(file);
  decoder.end();
  return found;
}

/** The numbers of the packets that a program left of a numbered capture. */
export function numbersIn(file: Uint8Array): number[] {
  const numbers: number[] = [];
  const decoder = new CaptureDecoder({ onPacket: ({ seconds }) => numbers.push(seconds) });
  decoder.push(file);
  decoder.end();
  return numbers;
}

/** Few values for each field, so that filters with the same ones select something. */
export const IPV4_ADDRESSES = [
  '10.0.0.1',
  '10.0.1.2',
  '192.168.1.10',
  '224.0.0.251',
  '255.255.255.255',
] as const;
export const IPV6_ADDRESSES = ['::1', '2001:db8::1', '2001:db8:1::2', 'ff02::fb'] as const;
export const HARDWARE_ADDRESSES = [
  '02:00:00:00:00:01',
  '02:00:00:00:00:02',
  'ff:ff:ff:ff:ff:ff',
  '01:00:5e:00:00:fb',
] as const;
export const PORTS = [80, 443, 50_007, 53] as const;
const PROTOCOLS = [1, 2, 6, 6, 6, 17, 17, 17, 50, 51, 58, 103, 112, 132] as const;

export function samplePackets(linkType: number, count: number, seed: number): SamplePacket[] {
  const random = new SeededRandom(seed);
  return Array.from({ length: count }, () => new Sample(random).packet(linkType));
}

class Sample {
  readonly #random: SeededRandom;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  packet(linkType: number): SamplePacket {
    const whole = Uint8Array.from(this.#linkLayer(linkType));
    // Some are cut by a snap length, some padded.
    const captured = this.#random.chance(0.15) ? this.#random.int(0, whole.length) : whole.length;
    return { bytes: whole.subarray(0, captured), length: whole.length };
  }

  #pick<T>(values: readonly T[]): T {
    return values[this.#random.int(0, values.length - 1)] as T;
  }

  #bytes(count: number): number[] {
    return Array.from({ length: count }, () => this.#random.int(0, 255));
  }

  #linkLayer(linkType: number): number[] {
    const [etherType, payload] = this.#network();
    switch (linkType) {
      case 0:
        return [
          ...(etherType === 0x86dd
            ? [this.#pick([24, 28, 30]), 0, 0, 0]
            : etherType === 0x0800
              ? [2, 0, 0, 0]
              : [7, 0, 0, 0]),
          ...payload,
        ];
      case 113:
        return [0, this.#pick([0, 4]), 0, 1, 0, 6, ...this.#bytes(8), ...half(etherType), ...payload];
      case 276:
        return [
          ...half(etherType),
          0,
          0,
          0,
          0,
          0,
          1,
          0,
          1,
          this.#pick([0, 4]),
          6,
          ...this.#bytes(8),
          ...payload,
        ];
      case 101:
      case 228:
      case 229:
        return payload;
      default:
        return [
          ...hardware(this.#pick(HARDWARE_ADDRESSES)),
          ...hardware(this.#pick(HARDWARE_ADDRESSES)),
          ...this.#tags(),
          ...(this.#random.chance(0.05) ? [...half(payload.length), ...this.#bytes(3)] : half(etherType)),
          ...payload,
        ];
    }
  }

  #tags(): number[] {
    const count = this.#pick([0, 0, 0, 1, 1, 2]);
    return Array.from({ length: count }, () => [
      ...half(this.#pick([0x8100, 0x8100, 0x88a8, 0x9100])),
      ...half(this.#pick([5, 6, 0x2005])),
    ]).flat();
  }

  #network(): [number, number[]] {
    switch (this.#pick(['ip', 'ip', 'ip', 'ip6', 'ip6', 'arp', 'rarp', 'other'] as const)) {
      case 'ip':
        return [0x0800, this.#ipv4()];
      case 'ip6':
        return [0x86dd, this.#ipv6()];
      case 'arp':
        return [0x0806, this.#arp()];
      case 'rarp':
        return [0x8035, this.#arp()];
      default:
        return [this.#pick([0x88cc, 0x9000]), this.#bytes(this.#random.int(0, 60))];
    }
  }

  #ipv4(): number[] {
    const words = this.#pick([5, 5, 5, 6, 15]);
    const fragment = this.#pick([0, 0, 0, 0, 0x2000, 0x00b9]);
    const protocol = this.#pick(PROTOCOLS);
    const payload = this.#transport(protocol);
    return [
      ...[
        0x40 | words,
        0,
        ...half(words * 4 + payload.length),
        ...this.#bytes(2),
        ...half(fragment),
        64,
        protocol,
      ],
      ...[...this.#bytes(2), ...ipv4(this.#pick(IPV4_ADDRESSES)), ...ipv4(this.#pick(IPV4_ADDRESSES))],
      ...this.#bytes(words * 4 - 20),
      ...payload,
    ];
  }

  #ipv6(): number[] {
    const next = this.#pick([...PROTOCOLS, 44, 44, 0]);
    const protocol = next === 44 ? this.#pick(PROTOCOLS) : next;
    const payload = this.#transport(protocol);
    const extension = next === 44 ? [protocol, ...this.#bytes(7)] : [];
    return [
      ...[0x60, 0, 0, 0, ...half(extension.length + payload.length), next, 64],
      ...[...ipv6(this.#pick(IPV6_ADDRESSES)), ...ipv6(this.#pick(IPV6_ADDRESSES))],
      ...extension,
      ...payload,
    ];
  }

  #arp(): number[] {
    const sender = [...hardware(this.#pick(HARDWARE_ADDRESSES)), ...ipv4(this.#pick(IPV4_ADDRESSES))];
    const target = [...hardware(this.#pick(HARDWARE_ADDRESSES)), ...ipv4(this.#pick(IPV4_ADDRESSES))];
    return [0, 1, 8, 0, 6, 4, 0, this.#pick([1, 2]), ...sender, ...target];
  }

  /** Ports where TCP, UDP and SCTP have them; other bytes have few values, so that byte expressions find some. */
  #transport(protocol: number): number[] {
    const hasPorts = protocol === 6 || protocol === 17 || protocol === 132;
    const ports = hasPorts ? [...half(this.#pick(PORTS)), ...half(this.#pick(PORTS))] : [];
    const rest = Array.from({ length: this.#random.int(0, 40) }, () =>
      this.#pick([0, 1, 2, 3, 8, 0x10, 0x12, 0x50, 0x80, 0xff]),
    );
    return [...ports, ...rest];
  }
}

function half(value: number): number[] {
  return [value >> 8, value & 0xff];
}

function hardware(text: string): number[] {
  return text.split(':').map(part => Number.parseInt(part, 16));
}

function ipv4(text: string): number[] {
  return text.split('.').map(Number);
}

function ipv6(text: string): number[] {
  const [head = '', tail = ''] = text.split('::');
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const zeroes = new Array<string>(8 - groups(head).length - groups(tail).length).fill('0');
  return [...groups(head), ...zeroes, ...groups(tail)].flatMap(group => half(Number.parseInt(group, 16)));
}
