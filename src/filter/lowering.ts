/**
 * A filter's tree → tests of bytes, for one link type. The tests are those of libpcap, in its order; docs/CAPTURE.md lists
 * where we differ on purpose.
 */
import { parseIpv4, parseIpv6 } from './addresses.ts';
import { ANCILLARY, BPF } from './bpf.ts';
import { Calculation, ipv4HeaderLength } from './calculation.ts';
import { ancillary, ethernetLayout, type Layout } from './layout.ts';
import { filterProblem, quoted, type Span } from './problem.ts';
import type { Arithmetic, Direction, Expression, PortProtocol, Primitive, Protocol } from './syntax.ts';
import {
  ALWAYS,
  and,
  byteIs,
  bytesAre,
  equal,
  type Load,
  load,
  loadAt,
  NEVER,
  not,
  or,
  read,
  type Tree,
  test,
} from './tree.ts';
import { ETHER_TYPES, PROTOCOL_NUMBERS } from './words.ts';

/** Looks names up that a filter has. */
export interface Names {
  /** IP addresses of a host; empty where it is not known. */
  addressesOf(host: string): readonly string[];
  /** The port of a service with a protocol; undefined where it has none. */
  portOf(service: string, protocol: 'tcp' | 'udp'): number | undefined;
}

export interface LoweringOptions {
  /** The filter's text, for messages. */
  readonly text: string;
  readonly layout: Layout;
  readonly names: Names | undefined;
  /** Of the interface, for `ip broadcast`; 0 where it is not known. */
  readonly netmask: number;
  /** The kernel has taken the outermost VLAN tag out of the frame, and tells it beside. */
  readonly isVlanApart: boolean;
}

const IP = 0x0800;
const ARP = 0x0806;
const RARP = 0x8035;
const IP6 = 0x86dd;
/** IEEE 802.1Q, 802.1ad, and what came before 802.1ad. */
const VLAN_TYPES = [0x8100, 0x88a8, 0x9100];
const VLAN_TAG_BYTES = 4;
const VLAN_ID_BITS = 0x0fff;
const FRAGMENT_OFFSET_BITS = 0x1fff;
/** Next header of an IPv6 fragment header. */
const IPV6_FRAGMENT = 44;
const TRANSPORTS = ['sctp', 'tcp', 'udp'] as const;
const SOURCE_PORT = 0;
const DESTINATION_PORT = 2;

export function lower(expression: Expression, options: LoweringOptions): Tree {
  return new Lowering(options).lower(expression);
}

/** Goes through the filter as it is written, because `vlan` moves everything that comes after it. */
class Lowering {
  readonly #options: LoweringOptions;
  #layout: Layout;
  #isTagApart: boolean;

  constructor(options: LoweringOptions) {
    this.#options = options;
    this.#layout = options.layout;
    this.#isTagApart = options.isVlanApart;
  }

  lower(expression: Expression): Tree {
    switch (expression.kind) {
      case 'and':
        return and(...expression.operands.map(operand => this.lower(operand)));
      case 'or':
        return or(...expression.operands.map(operand => this.lower(operand)));
      case 'not':
        return not(this.lower(expression.operand));
      default:
        return this.#primitive(expression);
    }
  }

  #primitive(primitive: Primitive): Tree {
    switch (primitive.kind) {
      case 'all':
        return ALWAYS;
      case 'protocol':
        return this.#protocol(primitive.protocol);
      case 'ipv4':
        return this.#ipv4(primitive);
      case 'ipv6':
        return this.#ipv6(primitive);
      case 'hostName':
        return this.#hostName(primitive);
      case 'hardware':
        return this.#hardware(primitive);
      case 'port':
        return this.#port(primitive);
      case 'portName':
        return this.#portName(primitive);
      case 'proto':
        return this.#proto(primitive.protocol, primitive.number);
      case 'less':
        return not(test(load([{ code: BPF.ld | BPF.length, k: 0 }]), BPF.jgt, primitive.length));
      case 'greater':
        return test(load([{ code: BPF.ld | BPF.length, k: 0 }]), BPF.jge, primitive.length);
      case 'broadcast':
        return this.#broadcast(primitive);
      case 'multicast':
        return this.#multicast(primitive);
      case 'vlan':
        return this.#vlan(primitive);
      case 'inbound':
      case 'outbound':
        return this.#direction(primitive);
      case 'relation':
        return this.#relation(primitive);
    }
  }

  #problem(span: Span, message: string): Error {
    return filterProblem(this.#options.text, span, message);
  }

  #protocol(protocol: Exclude<Protocol, 'ether'>): Tree {
    const etherType = ETHER_TYPES.get(protocol);
    if (etherType !== undefined) return this.#layout.carries(etherType);
    const number = PROTOCOL_NUMBERS.get(protocol) as number;
    const over = protocol === 'icmp6' ? 'ip6' : /^(icmp|igmp|vrrp)$/.test(protocol) ? 'ip' : undefined;
    return this.#proto(over as 'ip' | 'ip6' | undefined, number);
  }

  #proto(protocol: 'ip' | 'ip6' | 'ether' | undefined, number: number): Tree {
    const { payload } = this.#layout;
    switch (protocol) {
      case 'ether':
        return this.#layout.carries(number);
      case 'ip':
        return and(this.#layout.carries(IP), byteIs(payload + 9, number));
      case 'ip6':
        return and(
          this.#layout.carries(IP6),
          or(
            byteIs(payload + 6, number),
            // One fragment header is looked behind, other extension headers are not.
            and(byteIs(payload + 6, IPV6_FRAGMENT), byteIs(payload + 40, number)),
          ),
        );
      default:
        return or(this.#proto('ip', number), this.#proto('ip6', number));
    }
  }

  #ipv4({ protocol, direction, address, mask }: Primitive & { kind: 'ipv4' }): Tree {
    const within = (etherType: number, source: number, destination: number): Tree => {
      const at = (offset: number): Tree => equal(loadAt(this.#layout.payload + offset, 4, mask), address);
      return and(this.#layout.carries(etherType), directed(direction, at(source), at(destination)));
    };
    const isWanted = (word: string): boolean => (protocol ?? word) === word;
    return or(
      isWanted('ip') ? within(IP, 12, 16) : NEVER,
      isWanted('arp') ? within(ARP, 14, 24) : NEVER,
      isWanted('rarp') ? within(RARP, 14, 24) : NEVER,
    );
  }

  #ipv6({ direction, address, mask }: Primitive & { kind: 'ipv6' }): Tree {
    const at = (offset: number): Tree =>
      and(
        ...address.map((word, index) => {
          const value = loadAt(this.#layout.payload + offset + 4 * index, 4, mask[index]);
          return equal(value, word);
        }),
      );
    return and(this.#layout.carries(IP6), directed(direction, at(8), at(24)));
  }

  #hostName({ protocol, direction, name, span }: Primitive & { kind: 'hostName' }): Tree {
    const { names } = this.#options;
    if (names === undefined)
      throw this.#problem(span, `${quoted(name)} is no address, and names are not looked up here`);
    const addresses = names.addressesOf(name);
    const hosts = addresses.flatMap((text): Primitive[] => {
      const words = text.includes(':') ? parseIpv6(text) : undefined;
      const mask = [0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff];
      if (words !== undefined) {
        return (protocol ?? 'ip6') === 'ip6' ? [{ kind: 'ipv6', direction, address: words, mask }] : [];
      }
      const prefix = parseIpv4(text);
      if (prefix?.bits !== 32 || protocol === 'ip6') return [];
      return [{ kind: 'ipv4', protocol, direction, address: prefix.value, mask: 0xffff_ffff }];
    });
    if (hosts.length === 0) {
      throw this.#problem(span, `no ${protocol ?? 'IP'} address of ${quoted(name)} is known`);
    }
    return or(...hosts.map(host => this.#primitive(host)));
  }

  #hardware({ direction, address, span }: Primitive & { kind: 'hardware' }): Tree {
    const { hardware, name } = this.#layout;
    if (hardware === undefined)
      throw this.#problem(span, `frames of ${name} have no hardware addresses to compare`);
    return directed(direction, bytesAre(hardware.source, address), bytesAre(hardware.destination, address));
  }

  #port({ protocol, direction, first, last }: Primitive & { kind: 'port' }): Tree {
    const { payload } = this.#layout;
    const protocols: readonly PortProtocol[] = protocol === undefined ? TRANSPORTS : [protocol];
    const between = (value: Load): Tree =>
      first === last
        ? equal(value, first)
        : and(test(value, BPF.jge, first), not(test(value, BPF.jgt, last)));
    const ports = (at: (offset: number) => Load): Tree =>
      directed(direction, between(at(SOURCE_PORT)), between(at(DESTINATION_PORT)));
    const numbers = protocols.map(one => PROTOCOL_NUMBERS.get(one) as number);
    const inIpv6 = ports(offset => loadAt(payload + 40 + offset, 2));
    const inIpv4 = ports(offset =>
      load([ipv4HeaderLength(this.#layout), read(2, payload + offset, BPF.indirect)]),
    );
    return or(
      and(this.#layout.carries(IP6), or(...numbers.map(number => byteIs(payload + 6, number))), inIpv6),
      and(
        this.#layout.carries(IP),
        or(...numbers.map(number => byteIs(payload + 9, number))),
        this.#isFirstFragment(),
        inIpv4,
      ),
    );
  }

  /** Only the first fragment of a packet has the header above IP's. */
  #isFirstFragment(): Tree {
    return not(test(loadAt(this.#layout.payload + 6, 2), BPF.jset, FRAGMENT_OFFSET_BITS));
  }

  #portName({ protocol, direction, name, span }: Primitive & { kind: 'portName' }): Tree {
    const { names } = this.#options;
    if (names === undefined)
      throw this.#problem(span, `${quoted(name)} is no port, and names are not looked up here`);
    const tcp = protocol === 'udp' ? undefined : names.portOf(name, 'tcp');
    const udp = protocol === 'tcp' ? undefined : names.portOf(name, 'udp');
    const port = (only: PortProtocol | undefined, number: number): Tree =>
      this.#port({ kind: 'port', protocol: only, direction, first: number, last: number });
    if (tcp !== undefined && (udp === tcp || protocol === 'sctp')) return port(protocol, tcp);
    const found = or(
      tcp === undefined ? NEVER : port('tcp', tcp),
      udp === undefined ? NEVER : port('udp', udp),
    );
    if (found.kind === 'never')
      throw this.#problem(span, `${quoted(name)} is no service that this machine knows`);
    return found;
  }

  #broadcast({ protocol, span }: Primitive & { kind: 'broadcast' }): Tree {
    const { hardware, name, payload } = this.#layout;
    if (protocol === 'ether') {
      if (hardware === undefined)
        throw this.#problem(span, `${name} has no broadcasts: write "ip broadcast"`);
      return bytesAre(hardware.destination, [255, 255, 255, 255, 255, 255]);
    }
    const hostBits = ~this.#options.netmask >>> 0;
    const host = loadAt(payload + 16, 4, hostBits);
    return and(this.#layout.carries(IP), or(equal(host, 0), equal(host, hostBits)));
  }

  #multicast({ protocol, span }: Primitive & { kind: 'multicast' }): Tree {
    const { hardware, name, payload } = this.#layout;
    switch (protocol) {
      case 'ip':
        return and(this.#layout.carries(IP), test(loadAt(payload + 16, 1), BPF.jge, 224));
      case 'ip6':
        return and(this.#layout.carries(IP6), byteIs(payload + 24, 255));
      default:
        if (hardware === undefined)
          throw this.#problem(span, `${name} has no multicasts: write "ip multicast"`);
        return test(loadAt(hardware.destination, 1), BPF.jset, 1);
    }
  }

  #vlan({ id, span }: Primitive & { kind: 'vlan' }): Tree {
    const { name, payload, hardware, isHeadless } = this.#layout;
    if (hardware === undefined || isHeadless)
      throw this.#problem(span, `VLAN tags of ${name} are not looked for`);
    if (this.#isTagApart) {
      this.#isTagApart = false;
      if (id === undefined) return ALWAYS;
      const tag = ancillary(ANCILLARY.vlanTag);
      const bits = { code: BPF.alu | BPF.and | BPF.constant, k: VLAN_ID_BITS };
      return equal(load([...tag.statements, bits]), id);
    }
    const isTagged = or(...VLAN_TYPES.map(type => this.#layout.carries(type)));
    const hasId = id === undefined ? ALWAYS : equal(loadAt(payload, 2, VLAN_ID_BITS), id);
    const shifted = ethernetLayout(payload - ethernetLayout().payload + VLAN_TAG_BYTES);
    this.#layout = { ...this.#layout, payload: shifted.payload, carries: shifted.carries };
    return and(isTagged, hasId);
  }

  #direction({ kind, span }: Primitive & { kind: 'inbound' | 'outbound' }): Tree {
    const { isOutgoing, name } = this.#layout;
    if (isOutgoing === undefined)
      throw this.#problem(span, `frames of ${name} in a file do not say who sent them`);
    return kind === 'outbound' ? isOutgoing : not(isOutgoing);
  }

  #relation({ left, operator, right }: Primitive & { kind: 'relation' }): Tree {
    const calculation = new Calculation(this.#layout, (span, message) => this.#problem(span, message));
    if (right.kind === 'number') calculation.value(left, 0);
    else calculation.both(left, right);
    const value = load(calculation.statements);
    const compare = (jump: number): Tree =>
      right.kind === 'number' ? test(value, jump, right.value) : test(value, jump | BPF.x, 0);
    const relations = {
      '=': () => compare(BPF.jeq),
      '!=': () => not(compare(BPF.jeq)),
      '>': () => compare(BPF.jgt),
      '<=': () => not(compare(BPF.jgt)),
      '>=': () => compare(BPF.jge),
      '<': () => not(compare(BPF.jge)),
    };
    return and(this.#guard(left), this.#guard(right), relations[operator]());
  }

  /** The packet has the headers that an expression reads. */
  #guard(node: Arithmetic): Tree {
    switch (node.kind) {
      case 'operation':
        return and(this.#guard(node.left), this.#guard(node.right));
      case 'bytes':
        return and(this.#guard(node.index), this.#has(node.protocol));
      default:
        return ALWAYS;
    }
  }

  #has(protocol: Protocol): Tree {
    if (protocol === 'ether') return ALWAYS;
    const etherType = ETHER_TYPES.get(protocol);
    if (etherType !== undefined) return this.#layout.carries(etherType);
    const number = PROTOCOL_NUMBERS.get(protocol) as number;
    if (protocol === 'icmp6') return and(this.#layout.carries(IP6), byteIs(this.#layout.payload + 6, number));
    return and(this.#proto('ip', number), this.#isFirstFragment());
  }
}

function directed(direction: Direction, source: Tree, destination: Tree): Tree {
  switch (direction) {
    case 'src':
      return source;
    case 'dst':
      return destination;
    case 'both':
      return and(source, destination);
    case 'either':
      return or(source, destination);
  }
}
