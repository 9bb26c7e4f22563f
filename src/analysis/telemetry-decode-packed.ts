/**
 * `packed(n)` of docs/PROTOCOL.md section 1, with the bytes that each number stands in: `bytes/packed.ts` reads only numbers.
 */
import { readPacked } from '../bytes/packed.ts';
import type { ByteReader } from '../bytes/reader.ts';
import type { FieldTree } from './frame-detail-fields.ts';
import { addField } from './telemetry-decode-values.ts';
import { counted } from './words.ts';

/** Numbers of a group. */
const GROUP = 32;

export interface PackedNumbers {
  readonly numbers: Float64Array;
  /** Bytes that number i stands in; of a group without bits those of its base. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/** Reads `count` numbers, group by group. @throws FormatError */
export function walkPacked(reader: ByteReader, tree: FieldTree, count: number, label: string): PackedNumbers {
  const packed = {
    numbers: new Float64Array(count),
    starts: new Uint32Array(count),
    ends: new Uint32Array(count),
  };
  if (count === 0) return packed;
  tree.group(label, reader.position, () => {
    for (let at = 0; at < count; at += GROUP)
      walkGroup(reader, tree, packed, at, Math.min(GROUP, count - at));
    return { end: reader.position, value: `packed: ${counted(count, 'number')}` };
  });
  return packed;
}

function walkGroup(
  reader: ByteReader,
  tree: FieldTree,
  packed: PackedNumbers,
  at: number,
  count: number,
): void {
  const start = reader.position;
  const base = reader.svarint();
  const baseEnd = reader.position;
  const width = reader.u8();
  const bitsStart = reader.position;
  // The numbers themselves are read by the code that the collector uses.
  reader.moveTo(start, start + (bitsStart - start) + reader.remaining);
  readPacked(reader, packed.numbers, at, count);
  addField(tree, 'sensewire.packed.base', base, start, baseEnd);
  addField(tree, 'sensewire.packed.width', width, baseEnd, bitsStart);
  if (width > 0)
    addField(
      tree,
      'sensewire.packed.bits',
      `${counted(count, 'number')} of ${counted(width, 'bit')}`,
      bitsStart,
      reader.position,
    );
  for (let index = 0; index < count; index++) {
    const first = bitsStart + Math.floor((index * width) / 8);
    const last = bitsStart + Math.ceil(((index + 1) * width) / 8);
    packed.starts[at + index] = width === 0 ? start : first;
    packed.ends[at + index] = width === 0 ? baseEnd : last;
  }
}
