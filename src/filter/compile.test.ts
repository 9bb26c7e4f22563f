import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SensewireError } from '../errors/errors.ts';
import { describeProgram, encodeProgram, MOST_INSTRUCTIONS, type Program } from './bpf.ts';
import { compileFilter, compileForKernel, hostNamesIn } from './compile.ts';
import type { Names } from './lowering.ts';
import { BpfMachine } from './machine.ts';
import { CONSTANTS, KEYWORDS } from './words.ts';

const ETHERNET = 1;
const compile = (filter: string, linkType = ETHERNET): Program => compileFilter(filter, { linkType });

/** An Ethernet frame with an EtherType and what follows it. */
function frame(etherType: number, ...payload: number[]): Uint8Array {
  return Uint8Array.of(2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, etherType >> 8, etherType & 0xff, ...payload);
}

/** TCP from 10.0.0.1:source to 10.0.0.2:destination. */
function tcpFrame(source: number, destination: number): Uint8Array {
  const ports = [source >> 8, source & 0xff, destination >> 8, destination & 0xff];
  return frame(
    0x0800,
    0x45,
    0,
    0,
    40,
    0,
    0,
    0,
    0,
    64,
    6,
    0,
    0,
    10,
    0,
    0,
    1,
    10,
    0,
    0,
    2,
    ...ports,
    ...new Array(16).fill(0),
  );
}

function selects(program: Program, bytes: Uint8Array, captured = bytes.length): boolean {
  return new BpfMachine(program).run(bytes, 0, captured, bytes.length) > 0;
}

describe('a program', () => {
  test('is as short as that of tcpdump', () => {
    expect(describeProgram(compile('tcp dst port 80'))).toBe(
      [
        '(000) ldh      [12]',
        '(001) jeq      #0x86dd         jt 2\tjf 6',
        '(002) ldb      [20]',
        '(003) jeq      #0x6            jt 4\tjf 15',
        '(004) ldh      [56]',
        '(005) jeq      #0x50           jt 14\tjf 15',
        '(006) jeq      #0x800          jt 7\tjf 15',
        '(007) ldb      [23]',
        '(008) jeq      #0x6            jt 9\tjf 15',
        '(009) ldh      [20]',
        '(010) jset     #0x1fff         jt 15\tjf 11',
        '(011) ldxb     4*([14]&0xf)',
        '(012) ldh      [x + 16]',
        '(013) jeq      #0x50           jt 14\tjf 15',
        '(014) ret      #262144',
        '(015) ret      #0',
        '',
      ].join('\n'),
    );
    // Every test asks for what is not known yet.
    expect(compile('tcp and tcp dst port 80 and not udp and not arp')).toHaveLength(16);
  });

  test('of an empty filter takes everything, up to the snap length', () => {
    const program = compileFilter(' \t', { linkType: ETHERNET, snapLength: 96 });
    expect(new BpfMachine(program).run(new Uint8Array(0), 0, 0, 0)).toBe(96);
  });

  test('is encoded as struct sock_filter', () => {
    const program = compile('greater 1000');
    expect([...encodeProgram(program, true)]).toEqual(
      [
        [0x80, 0, 0, 0, 0, 0, 0, 0],
        [0x35, 0, 0, 1, 0xe8, 3, 0, 0],
        [6, 0, 0, 0, 0, 0, 4, 0],
        [6, 0, 0, 0, 0, 0, 0, 0],
      ].flat(),
    );
    expect([...encodeProgram(program, false)].slice(8, 16)).toEqual([0, 0x35, 0, 1, 0, 0, 3, 0xe8]);
  });

  test('jumps as far as it has to', () => {
    const hosts = Array.from({ length: 300 }, (_, index) => `10.1.${index >> 8}.${index & 0xff}`);
    const program = compile(`src host ${hosts.join(' or ')} or tcp port 50007`);
    expect(program.length).toBeGreaterThan(600);
    expect(program.every(({ whenTrue, whenFalse }) => whenTrue < 256 && whenFalse < 256)).toBe(true);
    const from = (...address: number[]): Uint8Array =>
      frame(0x0800, 0x45, 0, 0, 20, 0, 0, 0, 0, 64, 17, 0, 0, ...address, 10, 0, 0, 2);
    for (const last of [0, 1, 127, 255]) expect(selects(program, from(10, 1, 0, last))).toBe(true);
    expect(selects(program, from(10, 1, 1, 43))).toBe(true);
    expect(selects(program, from(10, 1, 1, 44))).toBe(false);
    expect(selects(program, tcpFrame(1, 50_007))).toBe(true);
  });

  test('ends where the captured bytes end', () => {
    const whole = tcpFrame(1_000, 80);
    expect(selects(compile('dst port 80'), whole)).toBe(true);
    expect(selects(compile('dst port 80'), whole, 36)).toBe(false);
    // A read that is not there ends the program, whatever is asked.
    expect(selects(compile('not dst port 80'), whole, 36)).toBe(false);
    expect(selects(compile('ip or dst port 80'), whole, 14)).toBe(true);
    expect(selects(compile('ip[0] / (ip[1]) = 1'), whole)).toBe(false);
  });

  test('of IPv6 over BSD loopback knows the numbers of every system, in both byte orders', () => {
    const program = compile('ip6', 0);
    for (const family of [10, 24, 28, 30]) {
      expect(selects(program, Uint8Array.of(family, 0, 0, 0, 0x60))).toBe(true);
      expect(selects(program, Uint8Array.of(0, 0, 0, family, 0x60))).toBe(true);
    }
    expect(selects(program, Uint8Array.of(2, 0, 0, 0, 0x45))).toBe(false);
  });
});

describe('words', () => {
  test.each([
    ['tcp port 80 or 443', 'tcp port 80 or tcp port 443'],
    ['tcp port (80 or 443)', 'tcp port 80 or 443'],
    ['host not 10.0.0.1', 'not host 10.0.0.1'],
    ['src or dst port 80', 'port 80'],
    ['src 10.0.0.1', 'src host 10.0.0.1'],
    ['net 10', 'net 10.0.0.0/8'],
    ['net 10.1.2.0 mask 255.255.255.0', 'net 10.1.2'],
    ['portrange 443-80', 'portrange 80-443'],
    ['port 0x50', 'port 80'],
    ['port 0120', 'port 80'],
    ['ip proto tcp', 'ip proto \\tcp'],
    ['tcp && ! (udp || icmp)', 'tcp and not (udp or icmp)'],
    ['link[12:2] = 0x800', 'ether[12:2] == 2048'],
    ['tcp[tcpflags] & tcp-syn != 0', '(tcp[13] & 2) != 0'],
    ['1 + 2 * 3 = 7 and tcp', '7 = 7 and tcp'],
    ['host ::ffff:1.2.3.4', 'host ::ffff:102:304'],
    ['ether host 02-00-00-00-00-01', 'ether host 0200.0000.0001'],
    ['not not tcp', 'tcp'],
  ])('%s means %s', (one, other) => {
    expect(describeProgram(compile(one))).toBe(describeProgram(compile(other)));
  });

  const names: Names = {
    addressesOf: host => (host === 'twin' ? ['10.0.0.1', '2001:db8::1'] : []),
    portOf: (service, protocol) =>
      service === 'web'
        ? 80
        : service === 'both'
          ? 53
          : protocol === 'udp' && service === 'time'
            ? 37
            : undefined,
  };
  const named = (filter: string): string =>
    describeProgram(compileFilter(filter, { linkType: ETHERNET, names }));

  test.each([
    ['host twin', 'host 10.0.0.1 or host 2001:db8::1'],
    ['ip6 host twin', 'host 2001:db8::1'],
    ['tcp port web', 'tcp port 80'],
    ['port both', 'port 53'],
    ['port time', 'udp port 37'],
  ])('names: %s means %s', (one, other) => {
    expect(named(one)).toBe(describeProgram(compile(other)));
  });

  test('the names of hosts are told, each once', () => {
    expect(hostNamesIn('host a.example or (src host b or not host a.example) and port http')).toEqual([
      'a.example',
      'b',
    ]);
  });

  test('names that nobody knows are shown', () => {
    expect(() => named('tcp and host nobody')).toThrow(/no IP address of "nobody" is known\n.*\n {15}\^{6}$/);
    expect(() => named('tcp port time')).toThrow(/"time" is no service/);
    expect(() => compile('host somebody')).toThrow(/names are not looked up here/);
  });
});

describe('a mistake is shown at its place', () => {
  test.each([
    ['tcp prot 80', '"and", "or" or the end', 4, 4],
    ['upd port 53', '"upd" is no word of filters', 0, 3],
    ['tcp and', 'the filter ends', 7, 1],
    ['tcp port and udp', 'a port or the name of a service', 9, 3],
    ['port 80 or TCP', 'written in small letters: "tcp"', 11, 3],
    ['1.2.3.4', '"host 1.2.3.4"', 0, 7],
    ['80', '"port 80"', 0, 2],
    ['tcp host 1.2.3.4', 'write "tcp and host', 0, 8],
    ['host 1.2.3.4/8', 'only networks have a mask', 12, 1],
    ['net 10.0.0.1/8', 'bits of the address', 4, 10],
    ['net 10.0.0.0/33', 'prefix length of 0 to 32', 13, 2],
    ['host 1.2.3.400', 'no IPv4 address', 5, 9],
    ['host 1::2::3', 'neither an IPv6 nor a hardware address', 5, 7],
    ['ip6 host 1.2.3.4', 'which is IPv4', 9, 7],
    ['ip host ::1', 'which is IPv6', 8, 3],
    ['host 2:0:0:0:0:1', 'write "ether host', 5, 11],
    ['port 65536', 'ports end at 65535', 5, 5],
    ['port 5-9', 'portrange 5-9', 5, 3],
    ['ip[2:3] = 1', '1, 2 or 4 bytes', 5, 1],
    ['tcp[13]', 'a comparison', 7, 1],
    ['tcp[13] & = 2', 'a number, "len", or bytes', 10, 1],
    ['ip[1/0] = 1', 'divides by zero', 3, 3],
    ['ip[0] << 32 = 1', 'shift them by 31', 0, 11],
    ['(tcp or udp', '"and", "or" or ")"', 11, 1],
    ['port (80 or', 'the filter ends', 11, 1],
    ['tcp $ udp', 'means nothing', 4, 1],
    ['vlan 4096', 'up to 4095', 5, 4],
    ['ether', '"host", "proto"', 5, 1],
    ['src proto 6', 'no "src" or "dst"', 0, 9],
    ['ip proto 256', 'at most 255', 9, 3],
    ['less tcp', 'a length in bytes', 5, 3],
    ['tcp multicast', 'there is no "tcp multicast"', 0, 13],
    ['inbound', 'do not say who sent them', 0, 7],
    ['port 99999999999', 'does not fit 32 bits', 5, 11],
  ])('%s', (filter, message, at, length) => {
    let problem: unknown;
    try {
      compile(filter);
    } catch (error) {
      problem = error;
    }
    expect(problem).toMatchObject({ code: 'SW_BAD_FILTER', message: expect.stringContaining(message) });
    const [, shown, caret] = (problem as Error).message.split('\n');
    expect([shown, caret]).toEqual([`  ${filter}`, `  ${' '.repeat(at)}${'^'.repeat(length)}`]);
  });

  test('of a long filter only what is around it', () => {
    const filter = `${'tcp or '.repeat(100)}upd${' or tcp'.repeat(100)}`;
    expect(() => compile(filter)).toThrow(/\n {2}….{32}upd.{32}…\n {35}\^\^\^$/);
  });

  test('control characters stay out of the message', () => {
    expect(() => compile('tcp \u001b[2J')).toThrow(/means nothing in a filter\n {2}tcp {2}\[2J\n/);
  });

  test('what a link type has not', () => {
    expect(() => compile('ether host 2:0:0:0:0:1', 101)).toThrow(/raw IP have no hardware addresses/);
    expect(() => compile('vlan', 113)).toThrow(/VLAN tags of Linux cooked/);
    expect(() => compile('tcp', 105)).toThrow(/do not know link type 105/);
  });

  test.each([
    ['parentheses', `${'('.repeat(70)}tcp${')'.repeat(70)}`],
    ['brackets', `${'ip['.repeat(70)}0${']'.repeat(70)} = 1`],
    ['not', `${'not '.repeat(70)}tcp`],
    ['words', 'tcp or '.repeat(10_000)],
    ['values', `${'ip[0] + ('.repeat(20)}ip[0]${')'.repeat(20)} = 1`],
  ])('too many %s', (_what, filter) => {
    expect(() => compile(filter)).toThrow(/more than 64|too long|room for 16/);
  });
});

describe('for the kernel', () => {
  const kernel = { linkType: ETHERNET, isHeadless: false };

  test('a sentinel passes whatever the filter says', () => {
    const start = Uint8Array.of(1, 2, 3, 4, 5, 6, 7);
    const program = compileForKernel('tcp port 80', { ...kernel, pass: { etherType: 0x88b5, start } });
    expect(selects(program, frame(0x88b5, ...start, 9))).toBe(true);
    expect(selects(program, frame(0x88b5, 1, 2, 3, 4, 5, 6, 8, 9))).toBe(false);
    expect(selects(program, tcpFrame(80, 1))).toBe(true);
    expect(selects(program, tcpFrame(81, 1))).toBe(false);
  });

  test('what the kernel keeps beside the frame is asked of it', () => {
    const text = (filter: string, more = {}): string =>
      describeProgram(compileForKernel(filter, { ...kernel, ...more }));
    expect(text('vlan 5')).toContain('vlanTagPresent');
    expect(text('outbound')).toContain('packetType');
    expect(text('tcp', { isHeadless: true, linkType: 276 })).toContain('protocol');
    expect(text('', { notOutgoingFrom: 1 })).toContain('interfaceIndex');
  });

  test('what it would refuse is said', () => {
    const hosts = Array.from({ length: 1_500 }, (_, index) => `10.1.${index >> 8}.${index & 0xff}`);
    expect(() => compileForKernel(`host ${hosts.join(' or ')}`, kernel)).toThrow(
      new RegExp(`instructions long, and the kernel takes ${MOST_INSTRUCTIONS}`),
    );
    expect(() => compileForKernel('ether[0] = 1', { ...kernel, isHeadless: true })).toThrow(
      /every interface/,
    );
  });
});

describe('whatever it is', () => {
  const word = fc.oneof(
    fc.constantFrom(
      ...KEYWORDS,
      ...CONSTANTS.keys(),
      ...'()[]+-*/%&|^<>=!:'.split(''),
      '&&',
      '||',
      '==',
      '!=',
    ),
    fc.constantFrom('10.0.0.1', '::1', '2:0:0:0:0:1', '10', '80', '0x10', '1-2', 'name', '\\tcp', '/', '8'),
    fc.string({ maxLength: 3 }),
  );

  test('a text gives a program or a mistake', () => {
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 12 }),
        fc.constantFrom(0, 1, 101, 113, 276),
        (words, linkType) => {
          try {
            const program = compileFilter(words.join(' '), { linkType });
            expect(program.at(-1)?.code).toBe(6);
          } catch (error) {
            expect(error).toBeInstanceOf(SensewireError);
            expect((error as SensewireError).code).toBe('SW_BAD_FILTER');
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('a packet is selected or not', () => {
    const programs = [
      'tcp port 80',
      'host ::1',
      'vlan and tcp',
      'tcp[tcp[12] >> 2] = 1',
      'not ip[ip[0]:4] = 5',
    ].map(filter => compile(filter));
    fc.assert(
      fc.property(
        fc.constantFrom(...programs),
        fc.uint8Array({ maxLength: 80 }),
        fc.nat(100),
        (program, bytes, length) => {
          expect([0, 262_144]).toContain(new BpfMachine(program).run(bytes, 0, bytes.length, length));
        },
      ),
    );
  });
});
