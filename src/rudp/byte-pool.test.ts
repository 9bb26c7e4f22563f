import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Block, BytePool } from './byte-pool.ts';

describe('BytePool', () => {
  it('keeps copies that neither the source nor later copies change', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 1_472 }), { maxLength: 60 }), sources => {
        const pool = new BytePool();
        const expected = sources.map(source => [...source]);
        const copies = sources.map(source => pool.keep(source));
        for (const source of sources) source.fill(0xee);
        expect(copies.map(copy => [...copy])).toEqual(expected);
      }),
    );
  });

  it('uses blocks that grow with what goes through, up to 64 KiB', () => {
    const pool = new BytePool();
    const sizes = new Set<number>();
    for (let count = 0; count < 1_000; count++) {
      pool.put(new Uint8Array(100));
      sizes.add(pool.block.bytes.length);
    }
    expect([...sizes]).toEqual([1_024, 2_048, 4_096, 8_192, 16_384, 32_768, 65_536]);
  });

  it('writes the block again from its beginning when nothing of it is used', () => {
    const pool = new BytePool();
    pool.put(Uint8Array.of(1));
    const { block } = pool;
    pool.put(Uint8Array.of(2));
    pool.release(block);
    pool.put(Uint8Array.of(3));
    expect([pool.block, pool.start]).toEqual([block, 2]);
    pool.release(block);
    pool.release(block);
    pool.put(Uint8Array.of(4));
    expect([pool.block, pool.start, block.bytes[0]]).toEqual([block, 0, 4]);
  });

  it('uses blocks again that hold nothing any more, and only those', () => {
    const pool = new BytePool();
    const copies: { block: Block; start: number }[] = [];
    const seen = new Set<Uint8Array>();
    const put = (): void => {
      pool.put(new Uint8Array(1_000).fill(copies.length));
      copies.push({ block: pool.block, start: pool.start });
      seen.add(pool.block.bytes);
    };
    while (copies.length < 1_000) put();
    const before = seen.size;
    // As bulk: the oldest goes as a new one comes.
    for (let oldest = 0; oldest < 10_000; oldest++) {
      const { block, start } = copies[oldest]!;
      expect(block.bytes[start]).toBe(oldest & 0xff);
      pool.release(block);
      put();
    }
    expect(seen.size - before).toBeLessThan(4);
  });

  it('keeps few blocks that nothing is in, and none when it is told so', () => {
    const pool = new BytePool();
    const blocks: Block[] = [];
    for (let count = 0; count < 1_000; count++) {
      pool.put(new Uint8Array(65_536));
      blocks.push(pool.block);
    }
    const old = new Set(blocks.map(({ bytes }) => bytes));
    for (const block of blocks.slice(0, -1)) pool.release(block);
    const again = (): boolean => {
      pool.put(new Uint8Array(65_536));
      return old.has(pool.block.bytes);
    };
    expect(Array.from({ length: 6 }, again)).toEqual([true, true, true, true, false, false]);
    pool.release(blocks.at(-1)!);
    pool.trim();
    expect(again()).toBe(false);
  });
});
