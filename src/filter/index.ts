export { WHOLE_PACKET } from './assemble.ts';
export { describeProgram, encodeProgram, type Instruction, type Program } from './bpf.ts';
export { type CompileOptions, compileFilter, hostNamesIn } from './compile.ts';
export type { Names } from './lowering.ts';
export { BpfMachine } from './machine.ts';
