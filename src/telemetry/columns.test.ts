import { describe, expect, it } from 'vitest';
import { GrowingColumns } from './columns.ts';

describe('GrowingColumns', () => {
  it('grow, forget a part, and give out copies', () => {
    const columns = new GrowingColumns();
    const at = columns.extend(200);
    for (let index = at; index < 200; index++) columns.times[index] = columns.numbers[index] = index;
    columns.extend(5);
    columns.truncate(200);
    const batch = columns.take('int', 198);
    columns.times[columns.extend(1)] = -1;
    expect(batch).toEqual({ times: Float64Array.of(198, 199), values: Float64Array.of(198, 199) });
  });

  it('hold texts and byte arrays', () => {
    const columns = new GrowingColumns();
    columns.extend(2);
    columns.texts.push('a', 'b');
    columns.truncate(1);
    expect(columns.take('text').values).toEqual(['a']);
    columns.extend(1);
    columns.blobs.push(Uint8Array.of(1));
    expect(columns.take('bytes').values).toEqual([Uint8Array.of(1)]);
    expect(columns.length).toBe(0);
  });
});
