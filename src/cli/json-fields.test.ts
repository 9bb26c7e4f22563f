import { expect, test } from 'vitest';
import { snakeCased } from './json-fields.ts';

test('names of fields are in snake case, and what is in the fields stays', () => {
  expect(snakeCased({ bytesIn: 1, peer: 'a', at2Ends: { innerName: 2 }, LISTEN: 3 })).toEqual({
    bytes_in: 1,
    peer: 'a',
    at2_ends: { innerName: 2 },
    LISTEN: 3,
  });
});
