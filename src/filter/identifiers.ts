/**
 * An address, number or name after its words: what `port 80`, `net 10.0.0.0/8` and `host example.org` become.
 */
import { maskOf, parseHardware, parseIpv4, parseIpv6 } from './addresses.ts';
import type { Token } from './lexer.ts';
import type { Qualifiers } from './primitives.ts';
import { quoted, type Span } from './problem.ts';
import type { Expression, PortProtocol } from './syntax.ts';
import type { TokenStream } from './token-stream.ts';
import { ETHER_TYPES, KEYWORDS, PROTOCOL_NUMBERS } from './words.ts';

const MOST_PORT = 65_535;
const ALL_ONES = 0xffff_ffff;

export function parseIdentifier(tokens: TokenStream, qualifiers: Qualifiers): Expression {
  switch (qualifiers.type) {
    case 'host':
    case 'net':
      return parseAddress(tokens, qualifiers);
    case 'port':
      return parsePort(tokens, qualifiers);
    case 'portrange':
      return parsePortRange(tokens, qualifiers);
    case 'proto':
      return parseProtocolNumber(tokens, qualifiers);
  }
}

function parseAddress(tokens: TokenStream, qualifiers: Qualifiers): Expression {
  const token = tokens.next();
  if (qualifiers.protocol === 'ether') return hardwareOf(tokens, qualifiers, token);
  switch (token.kind) {
    case 'number':
    case 'dotted':
      return parseIpv4Address(tokens, qualifiers, token);
    case 'ipv6':
      return parseIpv6Address(tokens, qualifiers, token);
    case 'hardware':
      throw tokens.problem(
        token,
        `${quoted(token.text)} is a hardware address: write "ether host ${token.text}"`,
      );
    default:
      if (isName(token)) return hostName(tokens, qualifiers, token);
      tokens.at--;
      throw tokens.expected(
        qualifiers.type === 'net' ? 'a network such as 10.0.0.0/8' : 'an address or a name',
      );
  }
}

function isName({ kind, text }: Token): boolean {
  return kind === 'escaped' || (kind === 'word' && !KEYWORDS.has(text));
}

function hardwareOf(tokens: TokenStream, { direction }: Qualifiers, token: Token): Expression {
  const address = token.kind === 'hardware' ? parseHardware(token.text) : undefined;
  if (address !== undefined) return { kind: 'hardware', direction, address, span: token };
  tokens.at--;
  throw tokens.expected('a hardware address such as 02:00:00:00:00:01');
}

function hostName(tokens: TokenStream, qualifiers: Qualifiers, token: Token): Expression {
  if (qualifiers.type === 'net') {
    throw tokens.problem(
      token,
      `${quoted(token.text)} is no network: write it like 10.0.0.0/8 or 2001:db8::/32`,
    );
  }
  const protocol = qualifiers.protocol as 'ip' | 'ip6' | 'arp' | 'rarp' | undefined;
  return { kind: 'hostName', protocol, direction: qualifiers.direction, name: token.text, span: token };
}

function parseIpv4Address(tokens: TokenStream, qualifiers: Qualifiers, token: Token): Expression {
  const { direction, type } = qualifiers;
  const protocol = qualifiers.protocol as 'ip' | 'ip6' | 'arp' | 'rarp' | undefined;
  if (protocol === 'ip6')
    throw tokens.problem(token, `"ip6" does not go with ${quoted(token.text)}, which is IPv4`);
  const prefix = parseIpv4(token.text);
  if (prefix === undefined) throw tokens.problem(token, `${quoted(token.text)} is no IPv4 address`);
  const mask = parseMask(tokens, type, 32) ?? maskOf(prefix.bits);
  const address = prefix.value;
  if ((address & ~mask) !== 0) throw hostBits(tokens, token);
  return { kind: 'ipv4', protocol, direction, address, mask };
}

/** `/8` or `mask 255.0.0.0` after the address of a network; undefined: there is neither. */
function parseMask(tokens: TokenStream, type: Qualifiers['type'], most: number): number | undefined {
  const sign = tokens.peek();
  if (tokens.accept('/')) {
    const bits = takePrefixLength(tokens, most);
    checkIsNet(tokens, type, sign, bits === most);
    return maskOf(bits);
  }
  if (!tokens.accept('mask')) return undefined;
  checkIsNet(tokens, type, sign, false);
  const token = tokens.next();
  const mask = token.kind === 'dotted' || token.kind === 'number' ? parseIpv4(token.text) : undefined;
  if (mask !== undefined) return mask.value;
  tokens.at--;
  throw tokens.expected('a mask such as 255.255.255.0');
}

function takePrefixLength(tokens: TokenStream, most: number): number {
  const token = tokens.peek();
  if (token.kind !== 'number' || token.value > most)
    throw tokens.expected(`a prefix length of 0 to ${most} after "/"`);
  return tokens.next().value;
}

/** A host may have the prefix length of its whole address. */
function checkIsNet(tokens: TokenStream, type: Qualifiers['type'], sign: Span, isWhole: boolean): void {
  if (type === 'net' || isWhole) return;
  throw tokens.problem(sign, 'only networks have a mask: write "net" instead of "host"');
}

function hostBits(tokens: TokenStream, token: Token): Error {
  return tokens.problem(tokens.since(token), 'bits of the address are set that the mask leaves out');
}

function parseIpv6Address(tokens: TokenStream, qualifiers: Qualifiers, token: Token): Expression {
  const { direction, protocol, type } = qualifiers;
  if (protocol !== undefined && protocol !== 'ip6') {
    throw tokens.problem(token, `"${protocol}" does not go with ${quoted(token.text)}, which is IPv6`);
  }
  const address = parseIpv6(token.text) as readonly number[];
  const sign = tokens.peek();
  const bits = tokens.accept('/') ? takePrefixLength(tokens, 128) : 128;
  checkIsNet(tokens, type, sign, bits === 128);
  const mask = [0, 32, 64, 96].map(start => maskOf(Math.max(0, Math.min(32, bits - start))));
  if (address.some((word, index) => (word & ~(mask[index] ?? ALL_ONES)) !== 0)) throw hostBits(tokens, token);
  return { kind: 'ipv6', direction, address, mask };
}

function parsePort(tokens: TokenStream, qualifiers: Qualifiers): Expression {
  const { direction } = qualifiers;
  const protocol = qualifiers.protocol as PortProtocol | undefined;
  const token = tokens.next();
  if (token.kind === 'number') {
    checkPort(tokens, token, token.value);
    return { kind: 'port', protocol, direction, first: token.value, last: token.value };
  }
  if (/^[0-9]+-[0-9]+$/.test(token.text)) {
    throw tokens.problem(token, `several ports are written "portrange ${token.text}"`);
  }
  if (isName(token)) {
    return { kind: 'portName', protocol, direction, name: token.text, span: token };
  }
  tokens.at--;
  throw tokens.expected('a port or the name of a service after "port"');
}

function parsePortRange(tokens: TokenStream, qualifiers: Qualifiers): Expression {
  const { direction } = qualifiers;
  const protocol = qualifiers.protocol as PortProtocol | undefined;
  const token = tokens.next();
  const match = /^([0-9]+)(?:-([0-9]+))?$/.exec(token.text);
  if (match === null) {
    tokens.at--;
    throw tokens.expected('ports such as 50000-50010 after "portrange"');
  }
  const ends = [Number(match[1]), Number(match[2] ?? match[1])] as const;
  for (const end of ends) checkPort(tokens, token, end);
  return { kind: 'port', protocol, direction, first: Math.min(...ends), last: Math.max(...ends) };
}

function checkPort(tokens: TokenStream, token: Token, port: number): void {
  if (port > MOST_PORT) throw tokens.problem(token, `ports end at ${MOST_PORT}`);
}

function parseProtocolNumber(tokens: TokenStream, qualifiers: Qualifiers): Expression {
  const protocol = qualifiers.protocol as 'ip' | 'ip6' | 'ether' | undefined;
  const names = protocol === 'ether' ? ETHER_TYPES : PROTOCOL_NUMBERS;
  const most = protocol === 'ether' ? 0xffff : 0xff;
  const token = tokens.next();
  const number = token.kind === 'number' ? token.value : names.get(token.text);
  if (number === undefined) {
    tokens.at--;
    throw tokens.expected(`a number or one of ${[...names.keys()].join(', ')} after "proto"`);
  }
  if (number > most) throw tokens.problem(token, `the number of a protocol is at most ${most} here`);
  return { kind: 'proto', protocol, number };
}
