/**
 * A filter as text → a classic BPF program, for packets of a file or for the kernel.
 */
import { UsageError } from '../errors/errors.ts';
import { assemble, WHOLE_PACKET } from './assemble.ts';
import { ANCILLARY, MOST_INSTRUCTIONS, type Program } from './bpf.ts';
import { ancillary, HEADLESS, type Layout, LINK_TYPES_WITH_FILTERS, layoutOf, withKernel } from './layout.ts';
import { lower, type Names } from './lowering.ts';
import { parseFilter } from './parser.ts';
import type { Expression } from './syntax.ts';
import { and, bytesAre, equal, NEVER, not, or, type Tree } from './tree.ts';

export interface CompileOptions {
  /** LINKTYPE of the packets. */
  readonly linkType: number;
  /** Bytes of a packet that are wanted: what the program returns. */
  readonly snapLength?: number;
  /** Default: names of hosts and services are errors. */
  readonly names?: Names;
  /** Netmask of the interface, for `ip broadcast`; default 0, as for files. */
  readonly netmask?: number;
}

/**
 * The program for packets as they are in a file.
 * @throws UsageError SW_BAD_FILTER, with the place in the filter
 */
export function compileFilter(text: string, options: CompileOptions): Program {
  const { linkType, snapLength = WHOLE_PACKET } = options;
  const layout = layoutOf(linkType);
  if (layout === undefined) {
    throw new UsageError(
      'SW_BAD_FILTER',
      `filters do not know link type ${linkType}, only ${LINK_TYPES_WITH_FILTERS.join(', ')}: read these packets without one`,
    );
  }
  return assemble(treeOf(parseFilter(text), text, layout, options, false), snapLength);
}

export interface KernelOptions extends CompileOptions {
  /** The socket gives packets without their link layer (SOCK_DGRAM of packet(7)). */
  readonly isHeadless: boolean;
  /** Frames that are let pass whole, whatever the filter says: with this EtherType and these first bytes behind it. */
  readonly pass?: { readonly etherType: number; readonly start: Uint8Array };
  /** Index of an interface whose outgoing packets are left out: the loopback one's come in as well. */
  readonly notOutgoingFrom?: number;
}

/**
 * The program for a packet socket: what is not in the frame's bytes there (VLAN tag, direction) is asked of the kernel.
 * @throws UsageError SW_BAD_FILTER, also where the kernel would find the program too long
 */
export function compileForKernel(text: string, options: KernelOptions): Program {
  const { linkType, isHeadless, pass, notOutgoingFrom, snapLength = WHOLE_PACKET } = options;
  const known = layoutOf(linkType);
  if (!isHeadless && known === undefined) {
    throw new UsageError('SW_BAD_FILTER', `filters do not know link type ${linkType}`);
  }
  const layout = isHeadless ? HEADLESS : withKernel(known as Layout);
  const expression = parseFilter(text);
  const wanted =
    layout.hardware !== undefined && hasVlan(expression)
      ? eitherTagged(isVlanApart => treeOf(expression, text, layout, options, isVlanApart))
      : treeOf(expression, text, layout, options, false);
  // A program that wants everything needs no exception.
  const hasException = pass !== undefined && (wanted.kind !== 'always' || snapLength < WHOLE_PACKET);
  const exception = hasException
    ? and(layout.carries(pass.etherType), bytesAre(layout.payload, pass.start))
    : NEVER;
  const twice = notOutgoingFrom === undefined ? NEVER : isOutgoingFrom(layout, notOutgoingFrom);
  const program = assemble(and(not(twice), wanted), snapLength, and(not(twice), exception));
  if (program.length > MOST_INSTRUCTIONS) {
    throw new UsageError(
      'SW_BAD_FILTER',
      `this filter is ${program.length} instructions long, and the kernel takes ${MOST_INSTRUCTIONS}: capture more, and filter when you read the file`,
    );
  }
  return program;
}

function treeOf(
  expression: Expression,
  text: string,
  layout: Layout,
  { names, netmask = 0 }: CompileOptions,
  isVlanApart: boolean,
): Tree {
  return lower(expression, { text, layout, names, netmask, isVlanApart });
}

/** The kernel takes the outermost VLAN tag out of a frame, mostly: the filter for the one case, and for the other. */
function eitherTagged(filter: (isVlanApart: boolean) => Tree): Tree {
  const isApart = equal(ancillary(ANCILLARY.vlanTagPresent), 1);
  return or(and(isApart, filter(true)), and(not(isApart), filter(false)));
}

function isOutgoingFrom({ isOutgoing }: Layout, interfaceIndex: number): Tree {
  return and(equal(ancillary(ANCILLARY.interfaceIndex), interfaceIndex), isOutgoing as Tree);
}

function hasVlan(expression: Expression): boolean {
  switch (expression.kind) {
    case 'vlan':
      return true;
    case 'and':
    case 'or':
      return expression.operands.some(hasVlan);
    case 'not':
      return hasVlan(expression.operand);
    default:
      return false;
  }
}

/** Names of hosts that a filter asks for, each once: to be looked up before it is compiled. */
export function hostNamesIn(text: string): string[] {
  const names = new Set<string>();
  const visit = (expression: Expression): void => {
    if (expression.kind === 'and' || expression.kind === 'or') expression.operands.forEach(visit);
    else if (expression.kind === 'not') visit(expression.operand);
    else if (expression.kind === 'hostName') names.add(expression.name);
  };
  visit(parseFilter(text));
  return [...names];
}
