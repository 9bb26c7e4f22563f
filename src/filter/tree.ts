/**
 * A filter as tests of a packet's bytes, joined by and, or and not: what layouts and lowering build, and assembling makes a
 * program of. Order counts: a read beyond the captured bytes ends the program, so nothing is read sooner than written.
 */
import { BPF } from './bpf.ts';

/** An instruction that does not jump. */
export interface Statement {
  readonly code: number;
  readonly k: number;
}

/** Statements that bring a value into register A. It depends on the packet only, so equal keys are equal values. */
export interface Load {
  readonly key: string;
  readonly statements: readonly Statement[];
}

export type Tree =
  | { readonly kind: 'always' | 'never' }
  /** `jump`: one of BPF's comparisons, with register X where it says so. */
  | { readonly kind: 'test'; readonly load: Load; readonly jump: number; readonly k: number }
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Tree[] }
  | { readonly kind: 'not'; readonly operand: Tree };

export const ALWAYS: Tree = { kind: 'always' };
export const NEVER: Tree = { kind: 'never' };
const ALL_ONES = 0xffff_ffff;

const SIZES = { 1: BPF.byte, 2: BPF.half, 4: BPF.word } as const;

export function load(statements: readonly Statement[]): Load {
  return { key: statements.map(({ code, k }) => `${code}:${k}`).join(' '), statements };
}

/** The statement that reads a big-endian number at a place, relative to register X where `mode` is BPF.indirect. */
export function read(size: 1 | 2 | 4, offset: number, mode: number = BPF.absolute): Statement {
  return { code: BPF.ld | SIZES[size] | mode, k: offset };
}

/** A number at a fixed place of the packet, under a mask. */
export function loadAt(offset: number, size: 1 | 2 | 4, mask: number = ALL_ONES): Load {
  const statement = read(size, offset);
  return load(
    mask === ALL_ONES ? [statement] : [statement, { code: BPF.alu | BPF.and | BPF.constant, k: mask }],
  );
}

export function test(value: Load, jump: number, k: number): Tree {
  return { kind: 'test', load: value, jump: BPF.jmp | jump, k };
}

export function equal(value: Load, k: number): Tree {
  return test(value, BPF.jeq, k);
}

export function byteIs(offset: number, value: number): Tree {
  return equal(loadAt(offset, 1), value);
}

/** These bytes at a place, read from their end in pieces of 4, 2 and 1. */
export function bytesAre(offset: number, bytes: readonly number[] | Uint8Array): Tree {
  const tests: Tree[] = [];
  for (let end = bytes.length; end > 0; ) {
    const size = end >= 4 ? 4 : end >= 2 ? 2 : 1;
    const start = end - size;
    let value = 0;
    for (let at = start; at < end; at++) value = value * 256 + (bytes[at] as number);
    tests.push(equal(loadAt(offset + start, size), value));
    end = start;
  }
  return and(...tests);
}

export function and(...operands: readonly Tree[]): Tree {
  const needed = operands.filter(({ kind }) => kind !== 'always');
  // What comes after a test that never holds is not read.
  const end = needed.findIndex(({ kind }) => kind === 'never');
  if (end === 0) return NEVER;
  const kept = end < 0 ? needed : needed.slice(0, end + 1);
  return kept.length === 0 ? ALWAYS : kept.length === 1 ? (kept[0] as Tree) : { kind: 'and', operands: kept };
}

export function or(...operands: readonly Tree[]): Tree {
  const needed = operands.filter(({ kind }) => kind !== 'never');
  const end = needed.findIndex(({ kind }) => kind === 'always');
  if (end === 0) return ALWAYS;
  const kept = end < 0 ? needed : needed.slice(0, end + 1);
  return kept.length === 0 ? NEVER : kept.length === 1 ? (kept[0] as Tree) : { kind: 'or', operands: kept };
}

export function not(operand: Tree): Tree {
  if (operand.kind === 'not') return operand.operand;
  return operand.kind === 'always' ? NEVER : operand.kind === 'never' ? ALWAYS : { kind: 'not', operand };
}
