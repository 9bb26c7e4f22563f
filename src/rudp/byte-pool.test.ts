import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BytePool } from './byte-pool.ts';

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
      sizes.add(pool.block.length);
    }
    expect([...sizes]).toEqual([1_024, 2_048, 4_096, 8_192, 16_384, 32_768, 65_536]);
  });

  it('writes the block again from its beginning when nothing of it is used', () => {
    const pool = new BytePool();
    pool.put(Uint8Array.of(1));
    const { block } = pool;
    pool.reuse();
    pool.put(Uint8Array.of(2));
    expect([pool.block, pool.start, block[0]]).toEqual([block, 0, 2]);
  });
});
