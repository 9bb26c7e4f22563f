import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FragmentTable, fragmentKey } from './fragments.ts';

const BYTES = Uint8Array.from({ length: 256 }, (_, index) => index);

interface Fragment {
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly isLast: boolean;
}

function addTo(
  table: FragmentTable,
  { offset, bytes, isLast }: Fragment,
  key = 'key',
): Uint8Array | undefined {
  return table.add(key, bytes, 0, bytes.length, offset, isLast);
}

describe('FragmentTable', () => {
  it('gives the packet with its last missing fragment, in whatever order they come and however often', () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 31 }), { maxLength: 8 });
    fc.assert(
      fc.property(cuts, fc.infiniteStream(fc.nat()), (ends, numbers) => {
        const edges = [...new Set([0, ...ends.map(end => end * 8), 256])].sort((a, b) => a - b);
        const fragments = edges.slice(1).map((end, index): Fragment => {
          const offset = edges[index] as number;
          return { offset, bytes: BYTES.subarray(offset, end), isLast: end === 256 };
        });
        const table = new FragmentTable();
        const missing = new Set(fragments);
        let whole: Uint8Array | undefined;
        while (whole === undefined) {
          const fragment = fragments[(numbers.next().value as number) % fragments.length] as Fragment;
          missing.delete(fragment);
          whole = addTo(table, fragment);
          expect(whole === undefined).toBe(missing.size > 0);
        }
        expect(whole).toEqual(BYTES);
        expect(table.pending).toBe(0);
      }),
    );
  });

  it('keeps the bytes with the lower offset, and of two with the same one those that came first', () => {
    const table = new FragmentTable();
    addTo(table, { offset: 8, bytes: new Uint8Array(8).fill(2), isLast: true });
    addTo(table, { offset: 8, bytes: new Uint8Array(8).fill(3), isLast: true });
    const whole = addTo(table, { offset: 0, bytes: new Uint8Array(12).fill(1), isLast: false });
    expect([...(whole as Uint8Array)]).toEqual([...new Array(12).fill(1), ...new Array(4).fill(2)]);
  });

  it('cuts off what lies beyond the first last fragment', () => {
    const table = new FragmentTable();
    addTo(table, { offset: 16, bytes: new Uint8Array(8).fill(9), isLast: false });
    addTo(table, { offset: 8, bytes: new Uint8Array(8).fill(2), isLast: true });
    const whole = addTo(table, { offset: 0, bytes: new Uint8Array(8).fill(1), isLast: false });
    expect(whole?.length).toBe(16);
  });

  it('gives up the oldest packets where there are too many, and counts them', () => {
    const table = new FragmentTable();
    for (let packet = 0; packet < 5_000; packet++) {
      addTo(table, { offset: 0, bytes: BYTES, isLast: false }, `packet ${packet}`);
    }
    expect([table.pending, table.abandoned]).toEqual([4_096, 904]);
    const last = { offset: 256, bytes: BYTES, isLast: true };
    expect(addTo(table, last, 'packet 4999')?.length).toBe(512);
    expect(addTo(table, last, 'packet 0')).toBeUndefined();
  });

  it('holds a bounded number of bytes, and of fragments of one packet', () => {
    const large = new FragmentTable();
    const bytes = new Uint8Array(65_528);
    for (let packet = 0; packet < 300; packet++)
      addTo(large, { offset: 0, bytes, isLast: false }, `packet ${packet}`);
    expect(large.pending).toBe(256);
    const repeated = new FragmentTable();
    for (let count = 0; count < 8_193; count++) addTo(repeated, { offset: 8, bytes: BYTES, isLast: false });
    expect([repeated.pending, repeated.abandoned]).toEqual([0, 1]);
  });

  it('has keys that tell addresses, directions, numbers and families apart', () => {
    const keys = [
      fragmentKey(BYTES, 0, 4, 4, 1),
      fragmentKey(BYTES, 4, 0, 4, 1),
      fragmentKey(BYTES, 0, 4, 4, 0x1_0001),
      fragmentKey(BYTES, 0, 8, 4, 1),
      fragmentKey(BYTES, 0, 16, 16, 1),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});
