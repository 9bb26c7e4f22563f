/**
 * Tests → a program. The graph is laid out from its end, so that every jump goes forward, as the kernel demands.
 */
import { BPF, type Instruction, type Program } from './bpf.ts';
import {
  ACCEPT,
  graphOf,
  type Node,
  type Outcome,
  REJECT,
  simplified,
  type TestNode,
  WHOLE,
} from './graph.ts';
import { NEVER, type Tree } from './tree.ts';

/** The farthest that a comparison jumps: its offsets are bytes. */
const MOST_JUMP = 255;

/** What a program returns for a packet that is wanted whole: longer than any (tcpdump's default, too). */
export const WHOLE_PACKET = 262_144;

/**
 * @param snapLength what the program returns for a packet that it selects: so many bytes of it are wanted
 * @param whole packets that are wanted whole, whatever `tree` says of them
 */
export function assemble(tree: Tree, snapLength: number, whole: Tree = NEVER): Program {
  const plain = graphOf(whole, WHOLE, graphOf(tree, ACCEPT, REJECT));
  const programs = [plain, simplified(plain)].map(root => new Assembler(snapLength).program(root));
  return programs.reduce((best, one) => (one.length <= best.length ? one : best));
}

class Assembler {
  readonly #snapLength: number;
  /** Last instruction first. */
  readonly #reversed: Instruction[] = [];
  /** Where a node starts, counted from the end: the length of `#reversed` after its first instruction was added. */
  readonly #starts = new Map<Node, number>();
  readonly #loadsBefore = new Map<Node, Set<string>>();

  constructor(snapLength: number) {
    this.#snapLength = snapLength;
  }

  program(root: Node): Program {
    const order = childrenFirst(root);
    this.#noteLoads(order, root);
    for (const node of order) {
      if (node.kind === 'test') this.#addTest(node);
      else
        this.#add({
          code: BPF.ret,
          k: this.#returned(node),
          whenTrue: 0,
          whenFalse: 0,
        });
      this.#starts.set(node, this.#reversed.length);
    }
    return this.#reversed.reverse();
  }

  #returned({ kind }: Outcome): number {
    return kind === 'accept' ? this.#snapLength : kind === 'whole' ? WHOLE_PACKET : 0;
  }

  /** A value that is in register A on every way to a node need not be loaded again. */
  #noteLoads(order: readonly Node[], root: Node): void {
    const note = (node: Node, key: string): void => {
      this.#loadsBefore.set(node, (this.#loadsBefore.get(node) ?? new Set()).add(key));
    };
    note(root, '');
    for (const node of order) {
      if (node.kind !== 'test') continue;
      note(node.whenTrue, node.load.key);
      note(node.whenFalse, node.load.key);
    }
  }

  #addTest(node: TestNode): void {
    const whenTrue = this.#within(node.whenTrue, 1);
    const whenFalse = this.#within(node.whenFalse, 0);
    // The second of two far jumps moves the first one's by an instruction.
    this.#add({
      code: node.jump,
      k: node.k,
      whenTrue: this.#reversed.length - whenTrue,
      whenFalse: this.#reversed.length - whenFalse,
    });
    const before = this.#loadsBefore.get(node);
    if (before?.size === 1 && before.has(node.load.key)) return;
    for (const { code, k } of node.load.statements.toReversed())
      this.#add({ code, k, whenTrue: 0, whenFalse: 0 });
  }

  /** The start of a node, or of a jump to it where it is too far away. @param more instructions that may still come between */
  #within(node: Node, more: number): number {
    const start = this.#starts.get(node) as number;
    const distance = this.#reversed.length - start;
    if (distance + more <= MOST_JUMP) return start;
    this.#add({ code: BPF.jmp | BPF.ja, k: distance, whenTrue: 0, whenFalse: 0 });
    return this.#reversed.length;
  }

  #add(instruction: Instruction): void {
    this.#reversed.push(instruction);
  }
}

/** Every node after those it leads to; what follows a test that holds is nearer to it. Without recursion: chains are long. */
function childrenFirst(root: Node): Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>([root]);
  const open: { node: Node; rest: Node[] }[] = [];
  const enter = (node: Node): void => {
    open.push({ node, rest: node.kind === 'test' ? [node.whenTrue, node.whenFalse] : [] });
  };
  enter(root);
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    // From the end of `rest`: what is laid out first comes last in the program.
    const next = top.rest.pop();
    if (next === undefined) order.push((open.pop() as { node: Node }).node);
    else if (!seen.has(next)) {
      seen.add(next);
      enter(next);
    }
  }
  return order;
}
