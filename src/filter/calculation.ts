/**
 * Byte expressions → statements that leave their value in register A.
 */
import { BPF, SCRATCH_WORDS } from './bpf.ts';
import type { Layout } from './layout.ts';
import type { Span } from './problem.ts';
import type { Arithmetic, ArithmeticOperator, Protocol } from './syntax.ts';
import { read, type Statement } from './tree.ts';

const OPERATIONS: Readonly<Record<ArithmeticOperator, number>> = {
  '+': BPF.add,
  '-': BPF.sub,
  '*': BPF.mul,
  '/': BPF.div,
  '%': BPF.mod,
  '&': BPF.and,
  '|': BPF.or,
  '^': BPF.xor,
  '<<': BPF.lsh,
  '>>': BPF.rsh,
};
/** An IPv6 header; its extension headers are not skipped, as in tcpdump. */
const IPV6_HEADER_BYTES = 40;
/** Offsets from here on would wrap, or mean something else to the kernel; no packet is that long. */
const MOST_OFFSET = 0xffff;

/** Where positions of a protocol count from. */
export function baseOf(protocol: Protocol, layout: Layout): { offset: number; isAfterIpv4Header: boolean } {
  if (protocol === 'ether') return { offset: 0, isAfterIpv4Header: false };
  if (protocol === 'icmp6') return { offset: layout.payload + IPV6_HEADER_BYTES, isAfterIpv4Header: false };
  const isNetwork = protocol === 'ip' || protocol === 'ip6' || protocol === 'arp' || protocol === 'rarp';
  return { offset: layout.payload, isAfterIpv4Header: !isNetwork };
}

/** Brings the length of the IPv4 header into register X. */
export function ipv4HeaderLength(layout: Layout): Statement {
  return { code: BPF.ldx | BPF.byte | BPF.headerLength, k: layout.payload };
}

export class Calculation {
  readonly #layout: Layout;
  readonly #problem: (span: Span, message: string) => Error;
  readonly statements: Statement[] = [];

  constructor(layout: Layout, problem: (span: Span, message: string) => Error) {
    this.#layout = layout;
    this.#problem = problem;
  }

  /** Both sides of a relation: the left one in A, the right one in X. */
  both(left: Arithmetic, right: Arithmetic): void {
    this.value(left, 0);
    this.#put(BPF.st, 0);
    this.value(right, 1);
    this.#put(BPF.misc | BPF.tax, 0);
    this.#put(BPF.ld | BPF.memory, 0);
  }

  /** @param slot the first scratch word that is free */
  value(node: Arithmetic, slot: number): void {
    switch (node.kind) {
      case 'number':
        this.#put(BPF.ld | BPF.immediate, node.value);
        break;
      case 'length':
        this.#put(BPF.ld | BPF.length, 0);
        break;
      case 'bytes':
        this.#bytes(node, slot);
        break;
      case 'operation':
        this.#operation(node, slot);
    }
  }

  #bytes({ protocol, index, size, span }: Arithmetic & { kind: 'bytes' }, slot: number): void {
    const { offset, isAfterIpv4Header } = baseOf(protocol, this.#layout);
    if (protocol === 'ether' && this.#layout.isHeadless) {
      throw this.#problem(
        span,
        `there are no bytes of the link layer when capturing from ${this.#layout.name}`,
      );
    }
    if (index.kind === 'number') {
      if (index.value > MOST_OFFSET)
        throw this.#problem(span, `no packet is longer than ${MOST_OFFSET + 1} bytes`);
      if (isAfterIpv4Header) this.statements.push(ipv4HeaderLength(this.#layout));
      this.statements.push(read(size, offset + index.value, isAfterIpv4Header ? BPF.indirect : BPF.absolute));
      return;
    }
    this.value(index, slot);
    if (isAfterIpv4Header) {
      this.statements.push(ipv4HeaderLength(this.#layout));
      this.#put(BPF.alu | BPF.add | BPF.x, 0);
    }
    this.#put(BPF.misc | BPF.tax, 0);
    this.statements.push(read(size, offset, BPF.indirect));
  }

  #operation({ operator, left, right, span }: Arithmetic & { kind: 'operation' }, slot: number): void {
    this.value(left, slot);
    if (right.kind === 'number') {
      this.#put(BPF.alu | OPERATIONS[operator] | BPF.constant, right.value);
      return;
    }
    if (slot >= SCRATCH_WORDS) {
      throw this.#problem(span, `too many values wait within each other: there is room for ${SCRATCH_WORDS}`);
    }
    this.#put(BPF.st, slot);
    this.value(right, slot + 1);
    this.#put(BPF.misc | BPF.tax, 0);
    this.#put(BPF.ld | BPF.memory, slot);
    this.#put(BPF.alu | OPERATIONS[operator] | BPF.x, 0);
  }

  #put(code: number, k: number): void {
    this.statements.push({ code, k });
  }
}
