/**
 * Tests as a graph: each knows where it goes on when it holds and when it does not. Tests whose result is known from those
 * before them on every way are left out.
 */
import { BPF } from './bpf.ts';
import type { Load, Tree } from './tree.ts';

export type Node = TestNode | Outcome;

export interface TestNode {
  readonly kind: 'test';
  readonly load: Load;
  readonly jump: number;
  readonly k: number;
  readonly whenTrue: Node;
  readonly whenFalse: Node;
}

/** `accept`: as much of the packet as is wanted; `whole`: all of it. */
export interface Outcome {
  readonly kind: 'accept' | 'whole' | 'reject';
}

/** One of each, so that nodes can be compared by identity. */
export const ACCEPT: Outcome = { kind: 'accept' };
export const WHOLE: Outcome = { kind: 'whole' };
export const REJECT: Outcome = { kind: 'reject' };

export function graphOf(tree: Tree, whenTrue: Node = ACCEPT, whenFalse: Node = REJECT): Node {
  switch (tree.kind) {
    case 'always':
      return whenTrue;
    case 'never':
      return whenFalse;
    case 'test':
      return { kind: 'test', load: tree.load, jump: tree.jump, k: tree.k, whenTrue, whenFalse };
    case 'not':
      return graphOf(tree.operand, whenFalse, whenTrue);
    case 'and':
      return tree.operands.reduceRight((next, operand) => graphOf(operand, next, whenFalse), whenTrue);
    case 'or':
      return tree.operands.reduceRight((next, operand) => graphOf(operand, whenTrue, next), whenFalse);
  }
}

/**
 * What the tests on the way to a node said: by the key of a value what it is, or what it is not; by the key of another
 * test whether it holds, 1 or 0.
 */
type Facts = ReadonlyMap<string, { readonly is: number } | { readonly isNot: ReadonlySet<number> }>;

/** Ways through a graph may be many more than its nodes: beyond these it stays as it is. */
const MOST_VISITS = 2_000;

/** The same graph with fewer tests, or as it is where that would take long. */
export function simplified(root: Node): Node {
  const simplifier = new Simplifier();
  return simplifier.visit(root, new Map()) ?? root;
}

class Simplifier {
  readonly #ids = new Map<Node, number>();
  readonly #known = new Map<string, Node>();
  readonly #made = new Map<string, Node>();
  #visits = 0;

  /** undefined: given up. */
  visit(node: Node, facts: Facts): Node | undefined {
    let at = node;
    while (at.kind === 'test') {
      const next = decided(at, facts);
      if (next === undefined) break;
      at = next;
    }
    if (at.kind !== 'test') return at;
    const key = `${this.#idOf(at)} ${keyOf(facts)}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (++this.#visits > MOST_VISITS) return undefined;
    const whenTrue = this.visit(at.whenTrue, learned(facts, at, true));
    const whenFalse = whenTrue && this.visit(at.whenFalse, learned(facts, at, false));
    if (whenTrue === undefined || whenFalse === undefined) return undefined;
    const made = this.#shared(at, whenTrue, whenFalse);
    this.#known.set(key, made);
    return made;
  }

  /** Nodes that test the same and go on alike are one node. */
  #shared(node: TestNode, whenTrue: Node, whenFalse: Node): Node {
    // A read beyond the captured bytes rejects as well: nothing is lost with it.
    if (whenTrue === REJECT && whenFalse === REJECT) return REJECT;
    const key = `${node.jump} ${node.k} ${this.#idOf(whenTrue)} ${this.#idOf(whenFalse)} ${node.load.key}`;
    const same = this.#made.get(key);
    if (same !== undefined) return same;
    const made = { ...node, whenTrue, whenFalse };
    this.#made.set(key, made);
    return made;
  }

  #idOf(node: Node): number {
    const id = this.#ids.get(node) ?? this.#ids.size;
    this.#ids.set(node, id);
    return id;
  }
}

/** Where a test leads whose result is known; undefined: it has to be made. */
function decided(node: TestNode, facts: Facts): Node | undefined {
  const said = facts.get(testKey(node));
  if (said !== undefined && 'is' in said) return said.is === 1 ? node.whenTrue : node.whenFalse;
  const fact = facts.get(node.load.key);
  if (fact === undefined || (node.jump & BPF.x) !== 0) return undefined;
  if ('isNot' in fact) return isEquality(node) && fact.isNot.has(node.k) ? node.whenFalse : undefined;
  return holdsFor(node, fact.is) ? node.whenTrue : node.whenFalse;
}

function holdsFor({ jump, k }: TestNode, value: number): boolean {
  switch (jump & 0xf0) {
    case BPF.jeq:
      return value === k;
    case BPF.jgt:
      return value > k;
    case BPF.jge:
      return value >= k;
    default:
      return (value & k) !== 0;
  }
}

function learned(facts: Facts, node: TestNode, holds: boolean): Facts {
  if (!isEquality(node)) return new Map(facts).set(testKey(node), { is: holds ? 1 : 0 });
  const { load, k } = node;
  const before = facts.get(load.key);
  const isNot = before !== undefined && 'isNot' in before ? before.isNot : [];
  return new Map(facts).set(load.key, holds ? { is: k } : { isNot: new Set([...isNot, k]) });
}

function isEquality({ jump }: TestNode): boolean {
  return jump === (BPF.jmp | BPF.jeq);
}

function testKey({ load, jump, k }: TestNode): string {
  return `${load.key}?${jump}:${k}`;
}

function keyOf(facts: Facts): string {
  return [...facts]
    .map(([key, fact]) => `${key}${'is' in fact ? `=${fact.is}` : `!${[...fact.isNot].sort().join(',')}`}`)
    .sort()
    .join(';');
}
