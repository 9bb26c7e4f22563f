/**
 * Classic BPF: the instructions of the kernel's socket filters (Documentation/networking/filter.rst), as objects, as bytes
 * for setsockopt(2), and as text like that of `tcpdump -d`.
 */

/** The parts that operation codes are put together from. */
export const BPF = {
  ld: 0x00,
  ldx: 0x01,
  st: 0x02,
  stx: 0x03,
  alu: 0x04,
  jmp: 0x05,
  ret: 0x06,
  misc: 0x07,
  // Sizes of loads.
  word: 0x00,
  half: 0x08,
  byte: 0x10,
  // Modes of loads.
  immediate: 0x00,
  absolute: 0x20,
  indirect: 0x40,
  memory: 0x60,
  length: 0x80,
  /** Four times the lower half of a byte: the length of an IPv4 header. */
  headerLength: 0xa0,
  // Calculations.
  add: 0x00,
  sub: 0x10,
  mul: 0x20,
  div: 0x30,
  or: 0x40,
  and: 0x50,
  lsh: 0x60,
  rsh: 0x70,
  neg: 0x80,
  mod: 0x90,
  xor: 0xa0,
  // Jumps.
  ja: 0x00,
  jeq: 0x10,
  jgt: 0x20,
  jge: 0x30,
  jset: 0x40,
  /** The second operand is the constant, or register X. */
  constant: 0x00,
  x: 0x08,
  tax: 0x00,
  txa: 0x80,
} as const;

/** Scratch words (BPF_MEMWORDS). */
export const SCRATCH_WORDS = 16;
/** The longest program that the kernel takes (BPF_MAXINSNS). */
export const MOST_INSTRUCTIONS = 4_096;

/** Offsets at which the kernel gives what it knows of a packet, beside its bytes (SKF_AD_OFF and SKF_AD_…). */
export const ANCILLARY = {
  protocol: 0xffff_f000,
  packetType: 0xffff_f004,
  interfaceIndex: 0xffff_f008,
  vlanTag: 0xffff_f02c,
  vlanTagPresent: 0xffff_f030,
} as const;

/** One instruction (struct sock_filter). */
export interface Instruction {
  readonly code: number;
  /** Instructions to skip when a comparison holds, and when it does not: 0 to 255. */
  readonly whenTrue: number;
  readonly whenFalse: number;
  /** 0 to 2^32 - 1. */
  readonly k: number;
}

export type Program = readonly Instruction[];

export const INSTRUCTION_BYTES = 8;

/** The program as the kernel reads it, in the byte order of this machine. */
export function encodeProgram(program: Program, isLittleEndian: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(program.length * INSTRUCTION_BYTES));
  for (const [index, { code, whenTrue, whenFalse, k }] of program.entries()) {
    const at = index * INSTRUCTION_BYTES;
    view.setUint16(at, code, isLittleEndian);
    view.setUint8(at + 2, whenTrue);
    view.setUint8(at + 3, whenFalse);
    view.setUint32(at + 4, k, isLittleEndian);
  }
  return new Uint8Array(view.buffer);
}

/** One line an instruction, as `(000) ldh [12]`. */
export function describeProgram(program: Program): string {
  return program
    .map((instruction, index) => `(${String(index).padStart(3, '0')}) ${describe(instruction, index)}\n`)
    .join('');
}

const LOADS: ReadonlyMap<number, string> = new Map([
  [BPF.word, 'ld'],
  [BPF.half, 'ldh'],
  [BPF.byte, 'ldb'],
]);
const CALCULATIONS = ['add', 'sub', 'mul', 'div', 'or', 'and', 'lsh', 'rsh', 'neg', 'mod', 'xor'];
const JUMPS = ['ja', 'jeq', 'jgt', 'jge', 'jset'];

function describe({ code, whenTrue, whenFalse, k }: Instruction, index: number): string {
  const constant = `#0x${k.toString(16)}`;
  const named = (name: string, operand: string): string => `${name.padEnd(8)} ${operand}`.trimEnd();
  const operand = (code & BPF.x) !== 0 ? 'x' : constant;
  const operation = (code & 0xf0) >> 4;
  switch (code & 0x07) {
    case BPF.ld:
      return named(LOADS.get(code & 0x18) ?? 'ld', loadOperand(code, k));
    case BPF.ldx:
      return named((code & 0xe0) === BPF.headerLength ? 'ldxb' : 'ldx', loadOperand(code, k));
    case BPF.st:
      return named('st', `M[${k}]`);
    case BPF.stx:
      return named('stx', `M[${k}]`);
    case BPF.alu:
      return named(CALCULATIONS[operation] ?? '?', operation === BPF.neg >> 4 ? '' : operand);
    case BPF.jmp:
      if ((code & 0xf0) === BPF.ja) return named('ja', String(index + 1 + k));
      return `${named(JUMPS[operation] ?? '?', operand).padEnd(25)}jt ${index + 1 + whenTrue}\tjf ${index + 1 + whenFalse}`;
    case BPF.ret:
      return named('ret', `#${k}`);
    default:
      return (code & BPF.txa) !== 0 ? 'txa' : 'tax';
  }
}

function loadOperand(code: number, k: number): string {
  switch (code & 0xe0) {
    case BPF.immediate:
      return `#0x${k.toString(16)}`;
    case BPF.absolute:
      return `[${ancillaryName(k) ?? k}]`;
    case BPF.indirect:
      return `[x + ${k}]`;
    case BPF.memory:
      return `M[${k}]`;
    case BPF.length:
      return '#pktlen';
    default:
      return `4*([${k}]&0xf)`;
  }
}

function ancillaryName(k: number): string | undefined {
  return Object.entries(ANCILLARY).find(([, offset]) => offset === k)?.[0];
}
