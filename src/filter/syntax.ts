/**
 * A filter as a tree: what the parser gives and the compiler takes. Spans point into the filter's text, for messages.
 */
import type { Span } from './problem.ts';

/** Protocols that stand alone, or before `host`, `port`, `proto` and `[`. */
export const PROTOCOLS = [
  'ether',
  'ip',
  'ip6',
  'arp',
  'rarp',
  'tcp',
  'udp',
  'sctp',
  'icmp',
  'icmp6',
  'igmp',
  'pim',
  'vrrp',
  'ah',
  'esp',
] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** `either`: where no direction is given, and for `src or dst`. */
export type Direction = 'src' | 'dst' | 'either' | 'both';

export type Expression =
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Expression[] }
  | { readonly kind: 'not'; readonly operand: Expression }
  | Primitive;

export type Primitive =
  /** The empty filter. */
  | { readonly kind: 'all' }
  | { readonly kind: 'protocol'; readonly protocol: Exclude<Protocol, 'ether'> }
  | {
      readonly kind: 'ipv4';
      /** Without one: also in ARP and RARP. */
      readonly protocol: 'ip' | 'arp' | 'rarp' | undefined;
      readonly direction: Direction;
      readonly address: number;
      readonly mask: number;
    }
  | {
      readonly kind: 'ipv6';
      readonly direction: Direction;
      /** Four words each. */
      readonly address: readonly number[];
      readonly mask: readonly number[];
    }
  | {
      readonly kind: 'hostName';
      readonly protocol: 'ip' | 'ip6' | 'arp' | 'rarp' | undefined;
      readonly direction: Direction;
      readonly name: string;
      readonly span: Span;
    }
  | {
      readonly kind: 'hardware';
      readonly direction: Direction;
      readonly address: readonly number[];
      readonly span: Span;
    }
  | {
      readonly kind: 'port';
      /** Without one: TCP, UDP and SCTP. */
      readonly protocol: PortProtocol | undefined;
      readonly direction: Direction;
      readonly first: number;
      readonly last: number;
    }
  | {
      readonly kind: 'portName';
      readonly protocol: PortProtocol | undefined;
      readonly direction: Direction;
      readonly name: string;
      readonly span: Span;
    }
  /** Without a protocol: IPv4's and IPv6's. */
  | { readonly kind: 'proto'; readonly protocol: 'ip' | 'ip6' | 'ether' | undefined; readonly number: number }
  /** `less` includes the length, `greater` too. */
  | { readonly kind: 'less' | 'greater'; readonly length: number }
  | { readonly kind: 'broadcast'; readonly protocol: 'ether' | 'ip'; readonly span: Span }
  | { readonly kind: 'multicast'; readonly protocol: 'ether' | 'ip' | 'ip6'; readonly span: Span }
  | { readonly kind: 'vlan'; readonly id: number | undefined; readonly span: Span }
  | { readonly kind: 'inbound' | 'outbound'; readonly span: Span }
  | {
      readonly kind: 'relation';
      readonly left: Arithmetic;
      readonly operator: Relation;
      readonly right: Arithmetic;
    };

export type PortProtocol = 'tcp' | 'udp' | 'sctp';
export type Relation = '=' | '!=' | '<' | '<=' | '>' | '>=';
export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '&' | '|' | '^' | '<<' | '>>';

export type Arithmetic =
  | { readonly kind: 'number'; readonly value: number }
  /** The length of the packet on the wire. */
  | { readonly kind: 'length' }
  | {
      readonly kind: 'bytes';
      readonly protocol: Protocol;
      readonly index: Arithmetic;
      readonly size: 1 | 2 | 4;
      readonly span: Span;
    }
  | {
      readonly kind: 'operation';
      readonly operator: ArithmeticOperator;
      readonly left: Arithmetic;
      readonly right: Arithmetic;
      readonly span: Span;
    };
