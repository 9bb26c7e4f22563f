/**
 * Capture filters select what tcpdump selects: on packets made up for the purpose, with filters made up by chance, and on the
 * corpus of captures.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileFilter } from '../../src/filter/compile.ts';
import { BpfMachine } from '../../src/filter/machine.ts';
import {
  HARDWARE_ADDRESSES,
  IPV4_ADDRESSES,
  IPV6_ADDRESSES,
  numberedCapture,
  numbersIn,
  PORTS,
  packetsOf,
  type SamplePacket,
  samplePackets,
} from './filter-packets.ts';

const CORPUS = resolve(import.meta.dirname, '../../../shared/corpus/files');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sensewire-filter-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Packets of one link type, in a file for tcpdump. */
class Capture {
  readonly #linkType: number;
  readonly #packets: readonly SamplePacket[];
  readonly #path: string;

  constructor(linkType: number, packets: readonly SamplePacket[], name: string) {
    this.#linkType = linkType;
    this.#packets = packets;
    this.#path = join(folder, `${name}-${linkType}.pcap`);
    writeFileSync(this.#path, numberedCapture(linkType, packets));
  }

  /** Numbers of the packets that our program selects. */
  ours(filter: string): number[] {
    const machine = new BpfMachine(compileFilter(filter, { linkType: this.#linkType }));
    return this.#packets.flatMap(({ bytes, length }, index) =>
      machine.run(bytes, 0, bytes.length, length) > 0 ? [index] : [],
    );
  }

  /** Without its optimizer (-O), which moves reads of bytes so that packets cut short may be selected differently. */
  theirs(filter: string): number[] {
    const { status, stdout, stderr } = spawnSync(
      'tcpdump',
      ['-O', '-r', this.#path, '-w', '-', '--', filter],
      {
        maxBuffer: 64 * 1024 * 1024,
      },
    );
    // It takes no file for a filter that no packet can match.
    if (/expression rejects all packets/.test(String(stderr))) return [];
    expect([status, String(stderr)], filter).toEqual([0, expect.stringMatching(/^reading from/)]);
    return numbersIn(stdout);
  }
}

/** The first packets that only one of the two selects. */
function difference(capture: Capture, filter: string): number[] {
  const [ours, theirs] = [new Set(capture.ours(filter)), new Set(capture.theirs(filter))];
  const either = [...ours, ...theirs];
  return either.filter(number => ours.has(number) !== theirs.has(number)).slice(0, 5);
}

const EVERYWHERE = [
  'tcp',
  'udp',
  'sctp',
  'icmp',
  'icmp6',
  'igmp',
  'ah',
  'esp',
  'pim',
  'vrrp',
  'ip',
  'ip6',
  'arp',
  'rarp',
  'port 80',
  'tcp port 80 or 443',
  'udp port (53 or 50007)',
  'src port 80',
  'dst port 80 and not src port 443',
  'src and dst port 80',
  'portrange 50-500',
  'tcp dst portrange 80-443',
  'host 10.0.0.1',
  'src host 10.0.0.1 or 192.168.1.10',
  'src 10.0.0.1 and dst 10.0.1.2',
  'arp host 10.0.0.1',
  'net 10',
  'net 192.168.1',
  'dst net 10.0.0.0/16',
  'net 10.0.0.0 mask 255.255.254.0',
  'not net 10.0.0.0/8',
  'host 2001:db8::1',
  'ip6 net 2001:db8::/32',
  'src net ff00::/8 or dst net ff00::/8',
  'proto 17',
  'ip proto 6 or 17',
  'ip6 proto 6',
  'less 80',
  'greater 100 and tcp',
  'ip multicast',
  'ip6 multicast',
  'ip broadcast',
  'tcp[tcpflags] & (tcp-syn|tcp-fin) != 0',
  'tcp[13] = 2 or tcp[13] = 18',
  'ip[0] & 0xf != 5',
  'ip[6:2] & 0x1fff != 0',
  'udp[4:2] >= 8',
  'icmp[icmptype] = icmp-echo',
  'icmp6[icmp6type] = icmp6-echo',
  'ip6[6] = 44',
  'tcp[((tcp[12] & 0xf0) >> 2):1] = 0x80',
  'len > 60 and len <= 80',
  'ip[2:2] - ((ip[0]&0xf)<<2) > 20',
  'ip[2:2] = len',
  'not (tcp or udp)',
  '! ip && ! ip6',
  '(host 10.0.0.1 and port 80) or (udp and not port 53)',
  '',
] as const;
const ETHERNET_ONLY = [
  'ether host 02:00:00:00:00:01',
  'ether src 02:00:00:00:00:01 or 02:00:00:00:00:02',
  'ether broadcast',
  'broadcast and arp',
  'multicast',
  'ether proto 0x88cc',
  'ether proto 0x42',
  'ether[12:2] <= 1500',
  'vlan',
  'vlan 5',
  'vlan and tcp port 80',
  'vlan 5 and vlan 6',
  'vlan 5 and vlan and ip',
  'tcp or vlan and udp',
  'vlan and host 10.0.0.1',
  'not vlan',
] as const;

/** Only what these link types can say; every one is compared in both directions of `not`. */
const CAPTURES = [
  [1, [...EVERYWHERE, ...ETHERNET_ONLY]],
  [101, EVERYWHERE],
  [0, EVERYWHERE],
  [113, [...EVERYWHERE, 'inbound', 'outbound and tcp']],
  [276, [...EVERYWHERE, 'inbound', 'outbound and tcp']],
] as const;

describe('filters select what tcpdump selects', () => {
  test.each(CAPTURES)('of packets made up, of link type %i', (linkType, filters) => {
    const capture = new Capture(linkType, samplePackets(linkType, 3_000, linkType), 'sample');
    const wrong = filters.filter(filter => difference(capture, filter).length > 0);
    expect(wrong).toEqual([]);
    // Filters that select nothing would prove nothing; some ask for what this link type has not.
    const useful = filters.filter(filter => capture.ours(filter).length > 0);
    expect(useful.length).toBeGreaterThan(filters.length * 0.8);
  });

  test('whatever the filter is', () => {
    const capture = new Capture(1, samplePackets(1, 1_500, 5), 'random');
    fc.assert(
      fc.property(anyFilter, filter => {
        expect(difference(capture, filter), filter).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  describe.skipIf(!existsSync(CORPUS))('of the corpus', () => {
    const packets = new Map<number, SamplePacket[]>();
    beforeAll(() => {
      for (const name of readdirSync(CORPUS)) {
        for (const [linkType, some] of packetsOf(readFileSync(join(CORPUS, name)))) {
          packets.set(linkType, [...(packets.get(linkType) ?? []), ...some]);
        }
      }
    });

    test.each([...CAPTURES, [228, EVERYWHERE], [229, EVERYWHERE]] as const)(
      'link type %i',
      (linkType, filters) => {
        const capture = new Capture(linkType, packets.get(linkType) ?? [], 'corpus');
        const wrong = filters.filter(
          filter => String(capture.ours(filter)) !== String(capture.theirs(filter)),
        );
        expect(wrong).toEqual([]);
      },
    );
  });
});

const { anyFilter } = fc.letrec<{ anyFilter: string; term: string; number: string; index: string }>(tie => ({
  anyFilter: fc
    .tuple(
      tie('term'),
      fc.array(fc.tuple(fc.constantFrom('and', 'or', '&&', '||'), tie('term')), { maxLength: 3 }),
    )
    .map(([first, others]) => [first, ...others.map(([link, term]) => `${link} ${term}`)].join(' ')),
  term: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    primitive(),
    tie('term').map(term => `not ${term}`),
    tie('anyFilter').map(filter => `(${filter})`),
    fc
      .tuple(tie('number'), fc.constantFrom('=', '!=', '<', '<=', '>', '>='), tie('number'))
      .map(([left, sign, right]) => `${left} ${sign} ${right}`),
  ),
  index: fc.constantFrom('0', '9', 'ip[0] & 0xf', '(ip[0] & 0xf) << 2', 'ip[9] + ip[8]'),
  number: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(
      'len',
      'ip[0]',
      'ip[8:2]',
      'tcp[13]',
      'udp[0:2]',
      'ether[12:2]',
      'icmp[0]',
      'ip6[6]',
      'arp[6:2]',
    ),
    fc.integer({ min: 0, max: 300 }).map(String),
    fc
      .tuple(tie('number'), fc.constantFrom('+', '-', '*', '&', '|', '<<'), fc.integer({ min: 1, max: 30 }))
      .map(([left, sign, right]) => `(${left} ${sign} ${right})`),
    // tcpdump forgets what the second operand of a calculation needs of a packet; we do not.
    tie('index').map(index => `ip[${index}]`),
  ),
}));

function primitive(): fc.Arbitrary<string> {
  const direction = fc.constantFrom('', 'src ', 'dst ', 'src or dst ', 'src and dst ');
  const transport = fc.constantFrom('', 'tcp ', 'udp ', 'sctp ');
  const some = (values: readonly (string | number)[]): fc.Arbitrary<string> =>
    fc
      .array(fc.constantFrom(...values).map(String), { minLength: 1, maxLength: 2 })
      .map(list => list.join(' or '));
  return fc.oneof(
    fc.constantFrom(
      'tcp',
      'udp',
      'icmp',
      'icmp6',
      'ip',
      'ip6',
      'arp',
      'rarp',
      'sctp',
      'igmp',
      'vlan',
      'vlan 5',
      'multicast',
    ),
    fc
      .tuple(transport, direction, some(PORTS))
      .map(([protocol, way, ports]) => `${protocol}${way}port ${ports}`),
    fc.tuple(transport, direction).map(([protocol, way]) => `${protocol}${way}portrange 60-500`),
    fc.tuple(direction, some(IPV4_ADDRESSES)).map(([way, hosts]) => `${way}host ${hosts}`),
    fc.tuple(direction, some(IPV6_ADDRESSES)).map(([way, hosts]) => `${way}host ${hosts}`),
    fc.tuple(direction, some(HARDWARE_ADDRESSES)).map(([way, hosts]) => `ether ${way}host ${hosts}`),
    fc
      .tuple(direction, fc.constantFrom('10', '10.0.0.0/16', '192.168', '2001:db8::/32'))
      .map(([way, net]) => `${way}net ${net}`),
    fc.integer({ min: 0, max: 120 }).map(length => `greater ${length}`),
    fc.integer({ min: 0, max: 120 }).map(length => `less ${length}`),
    fc.constantFrom('proto 6', 'ip proto 17 or 132', 'ip6 proto 58', 'ether proto 0x86dd'),
  );
}
