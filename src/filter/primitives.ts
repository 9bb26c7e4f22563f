/**
 * The words before an address or a number (`tcp src port`, `ip6 net`), and the primitives that have none.
 */
import { protocolOf } from './arithmetic-parser.ts';
import { quoted, type Span } from './problem.ts';
import type { Direction, Primitive, Protocol } from './syntax.ts';
import type { TokenStream } from './token-stream.ts';

/** The words before an address or number. */
export interface Qualifiers {
  readonly protocol: Protocol | undefined;
  readonly direction: Direction;
  /** Whether a direction was given: `proto` takes none. */
  readonly isDirected: boolean;
  readonly type: 'host' | 'net' | 'port' | 'portrange' | 'proto';
  readonly span: Span;
}

const TYPES = ['host', 'net', 'port', 'portrange', 'proto'] as const;
/** Which protocols may stand before a type of address; undefined is none. */
const ALLOWED: Readonly<Record<Qualifiers['type'], readonly (Protocol | undefined)[]>> = {
  host: [undefined, 'ip', 'ip6', 'arp', 'rarp', 'ether'],
  net: [undefined, 'ip', 'ip6', 'arp', 'rarp'],
  port: [undefined, 'tcp', 'udp', 'sctp'],
  portrange: [undefined, 'tcp', 'udp', 'sctp'],
  proto: [undefined, 'ip', 'ip6', 'ether'],
};
/** IEEE 802.1Q section 9.6: 12 bits. */
const MOST_VLAN = 4_095;

/** What needs no words before it: `less 100`, `vlan 5`, `broadcast`; undefined: something else stands here. */
export function parseOther(tokens: TokenStream): Primitive | undefined {
  const token = tokens.peek();
  if (token.kind !== 'word') return undefined;
  switch (token.text) {
    case 'less':
    case 'greater':
      tokens.next();
      return { kind: token.text, length: takeNumber(tokens, `a length in bytes after "${token.text}"`) };
    case 'inbound':
    case 'outbound':
      tokens.next();
      return { kind: token.text, span: token };
    case 'broadcast':
    case 'multicast':
      tokens.next();
      return { kind: token.text, protocol: 'ether', span: token };
    case 'vlan':
      tokens.next();
      return { kind: 'vlan', id: takeVlan(tokens), span: tokens.since(token) };
    default:
      return undefined;
  }
}

function takeVlan(tokens: TokenStream): number | undefined {
  const token = tokens.peek();
  if (token.kind !== 'number') return undefined;
  if (token.value > MOST_VLAN) throw tokens.problem(token, `a VLAN has a number up to ${MOST_VLAN}`);
  return tokens.next().value;
}

function takeNumber(tokens: TokenStream, what: string): number {
  if (tokens.peek().kind !== 'number') throw tokens.expected(what);
  return tokens.next().value;
}

/** The words before an address or number; or a protocol that stands alone, or with `multicast`. */
export function parseHead(tokens: TokenStream): Qualifiers | Primitive {
  const first = tokens.peek();
  const protocol = first.kind === 'word' ? protocolOf(first.text) : undefined;
  if (protocol !== undefined) tokens.next();
  const cast = parseCast(tokens, protocol, first);
  if (cast !== undefined) return cast;
  const direction = parseDirection(tokens);
  const type = TYPES.find(one => tokens.is(one));
  if (type !== undefined) tokens.next();
  if (direction === undefined && type === undefined) {
    if (protocol === undefined)
      throw tokens.expected('a protocol, "host", "net", "port" or another word of filters');
    if (protocol !== 'ether') return { kind: 'protocol', protocol };
    throw tokens.expected(`"host", "proto", "broadcast", "multicast" or "[" after "${first.text}"`);
  }
  const span = tokens.since(first);
  const qualifiers: Qualifiers = {
    protocol,
    direction: direction ?? 'either',
    isDirected: direction !== undefined,
    // Without a type it is a host: src 10.0.0.1.
    type: type ?? 'host',
    span,
  };
  check(tokens, qualifiers, type ?? (direction as string));
  return qualifiers;
}

function check(tokens: TokenStream, { protocol, isDirected, type, span }: Qualifiers, word: string): void {
  if (!ALLOWED[type].includes(protocol)) {
    throw tokens.problem(span, `"${protocol}" does not go with "${word}": write "${protocol} and ${word} …"`);
  }
  if (type === 'proto' && isDirected) throw tokens.problem(span, '"proto" has no "src" or "dst"');
}

function parseCast(tokens: TokenStream, protocol: Protocol | undefined, first: Span): Primitive | undefined {
  if (protocol === undefined || !tokens.is('broadcast', 'multicast')) return undefined;
  const { text } = tokens.next();
  const span = tokens.since(first);
  if (text === 'broadcast' && (protocol === 'ether' || protocol === 'ip'))
    return { kind: 'broadcast', protocol, span };
  if (text === 'multicast' && (protocol === 'ether' || protocol === 'ip' || protocol === 'ip6')) {
    return { kind: 'multicast', protocol, span };
  }
  throw tokens.problem(
    span,
    `there is no ${quoted(`${protocol} ${text}`)}: write "${protocol} and ip ${text}"`,
  );
}

function parseDirection(tokens: TokenStream): Direction | undefined {
  const first = tokens.peek();
  if (!tokens.accept('src', 'dst')) return undefined;
  const other = first.text === 'src' ? 'dst' : 'src';
  const after = tokens.peek(1);
  const isPair = after.kind === 'word' && after.text === other;
  if (isPair && tokens.accept('or', '||') && tokens.accept(other)) return 'either';
  if (isPair && tokens.accept('and', '&&') && tokens.accept(other)) return 'both';
  return first.text as 'src' | 'dst';
}
