/**
 * Runs classic BPF programs on packets, as the kernel does: for files, and where the kernel's own machine is out of reach.
 */
import { BPF, type Program, SCRATCH_WORDS } from './bpf.ts';

/** A program made ready to run. Keeps scratch memory of its own: one packet at a time. */
export class BpfMachine {
  readonly #codes: Uint16Array;
  readonly #whenTrue: Uint8Array;
  readonly #whenFalse: Uint8Array;
  readonly #constants: Uint32Array;
  readonly #scratch: Uint32Array = new Uint32Array(SCRATCH_WORDS);

  /** @param program one of ours: every path ends in `ret`, and jumps go forward */
  constructor(program: Program) {
    this.#codes = Uint16Array.from(program, ({ code }) => code);
    this.#whenTrue = Uint8Array.from(program, ({ whenTrue }) => whenTrue);
    this.#whenFalse = Uint8Array.from(program, ({ whenFalse }) => whenFalse);
    this.#constants = Uint32Array.from(program, ({ k }) => k);
  }

  /**
   * How many bytes of the packet the program wants: 0 is none, the packet is not selected.
   * A read beyond what was captured, or a division by zero, ends the program with 0.
   * @param capturedLength bytes from `start` on
   * @param length of the packet on the wire
   */
  run(bytes: Uint8Array, start: number, capturedLength: number, length: number): number {
    const scratch = this.#scratch;
    let a = 0;
    let x = 0;
    for (let at = 0; at < this.#codes.length; at++) {
      const code = this.#codes[at] as number;
      const k = this.#constants[at] as number;
      switch (code & 0x07) {
        case BPF.ld:
          switch (code & 0xe0) {
            case BPF.absolute:
            case BPF.indirect: {
              const offset = (code & 0xe0) === BPF.absolute ? k : (x + k) >>> 0;
              const size = (code & 0x18) === BPF.word ? 4 : (code & 0x18) === BPF.half ? 2 : 1;
              if (offset + size > capturedLength) return 0;
              a = bytes[start + offset] as number;
              for (let next = 1; next < size; next++)
                a = ((a << 8) | (bytes[start + offset + next] as number)) >>> 0;
              break;
            }
            case BPF.length:
              a = length;
              break;
            case BPF.memory:
              a = scratch[k] as number;
              break;
            default:
              a = k;
          }
          break;
        case BPF.ldx:
          switch (code & 0xe0) {
            case BPF.headerLength:
              if (k >= capturedLength) return 0;
              x = ((bytes[start + k] as number) & 0x0f) << 2;
              break;
            case BPF.length:
              x = length;
              break;
            case BPF.memory:
              x = scratch[k] as number;
              break;
            default:
              x = k;
          }
          break;
        case BPF.st:
          scratch[k] = a;
          break;
        case BPF.stx:
          scratch[k] = x;
          break;
        case BPF.alu: {
          const operand = (code & BPF.x) !== 0 ? x : k;
          if (operand === 0 && ((code & 0xf0) === BPF.div || (code & 0xf0) === BPF.mod)) return 0;
          a = calculated(code & 0xf0, a, operand);
          break;
        }
        case BPF.jmp: {
          const operand = (code & BPF.x) !== 0 ? x : k;
          if ((code & 0xf0) === BPF.ja) at += k;
          else at += (holds(code & 0xf0, a, operand) ? this.#whenTrue[at] : this.#whenFalse[at]) as number;
          break;
        }
        case BPF.ret:
          return k;
        default:
          if ((code & BPF.txa) !== 0) a = x;
          else x = a;
      }
    }
    return 0;
  }
}

function holds(jump: number, a: number, operand: number): boolean {
  switch (jump) {
    case BPF.jeq:
      return a === operand;
    case BPF.jgt:
      return a > operand;
    case BPF.jge:
      return a >= operand;
    default:
      return (a & operand) !== 0;
  }
}

function calculated(operation: number, a: number, operand: number): number {
  switch (operation) {
    case BPF.add:
      return (a + operand) >>> 0;
    case BPF.sub:
      return (a - operand) >>> 0;
    case BPF.mul:
      return Math.imul(a, operand) >>> 0;
    case BPF.div:
      return Math.floor(a / operand);
    case BPF.mod:
      return a % operand;
    case BPF.or:
      return (a | operand) >>> 0;
    case BPF.and:
      return (a & operand) >>> 0;
    case BPF.xor:
      return (a ^ operand) >>> 0;
    case BPF.lsh:
      return operand < 32 ? (a << operand) >>> 0 : 0;
    case BPF.rsh:
      return operand < 32 ? a >>> operand : 0;
    default:
      return -a >>> 0;
  }
}
