/**
 * One row of the repair decoder: what is known of a sum of packets that are not.
 *
 *   coefficients by number modulo 64: 64 bytes | length 2 | part, padded with zeros
 *
 * Everything is in one array, so that adding two rows is one loop.
 */
import { inverse, multiplyAdd, scale } from './gf256.ts';
import { SOURCE_LENGTH_BYTES } from './layout.ts';

/** Numbers that can be unknown at one time: four of the widest windows, for what comes late. */
export const SOURCES = 64;
/** A number's column. */
export const MASK: number = SOURCES - 1;
/** Where the part begins. */
export const PART_AT: number = SOURCES + SOURCE_LENGTH_BYTES;

export interface Row {
  /** At least `end` bytes; what is behind `end` means nothing. */
  bytes: Uint8Array;
  end: number;
  /** The oldest unknown number; its coefficient is 1. */
  pivot: number;
}

export function newRow(): Row {
  return { bytes: new Uint8Array(PART_AT), end: PART_AT, pivot: -1 };
}

/** Fills a row with zeros, so many bytes of them. */
export function clearRow(row: Row, end: number): void {
  row.end = PART_AT;
  row.bytes.fill(0, 0, PART_AT);
  grow(row, end);
}

/** Makes a number with a coefficient the pivot. */
export function normalise(row: Row, pivot: number): void {
  row.pivot = pivot;
  const factor = row.bytes[pivot & MASK] as number;
  if (factor !== 1) scale(row.bytes, row.end, inverse(factor));
}

/** Adds `factor · other` to a row. */
export function addRow(row: Row, other: Row, factor: number): void {
  if (factor === 0) return;
  grow(row, other.end);
  multiplyAdd(row.bytes, 0, other.bytes, 0, other.end, factor);
}

/** Makes a row at least so long, with zeros. */
function grow(row: Row, end: number): void {
  if (end <= row.end) return;
  if (row.bytes.length < end) {
    const grown = new Uint8Array(2 * end);
    grown.set(row.bytes.subarray(0, row.end));
    row.bytes = grown;
  } else row.bytes.fill(0, row.end, end);
  row.end = end;
}

export function isSolved(row: Row): boolean {
  const pivot = row.pivot & MASK;
  for (let column = 0; column < SOURCES; column++) {
    if (row.bytes[column] !== 0 && column !== pivot) return false;
  }
  return true;
}

/** Where the part of a solved row ends; −1 where its length is impossible, or bytes follow that should be 0. */
export function partEnd(row: Row): number {
  const length = ((row.bytes[SOURCES] as number) << 8) | (row.bytes[SOURCES + 1] as number);
  const end = PART_AT + length;
  return end <= row.end && isZero(row.bytes, end, row.end) ? end : -1;
}

export function isZero(bytes: Uint8Array, from: number, to: number): boolean {
  for (let index = from; index < to; index++) if (bytes[index] !== 0) return false;
  return true;
}
