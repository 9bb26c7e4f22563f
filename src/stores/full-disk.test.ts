/**
 * A store that runs out of room: the limit on the size of a file stands for the disk, in a process of its own.
 */
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { makeFolder, readAll } from './contract-places.ts';

const STORES = new URL('./index.ts', import.meta.url).href;

/** Appends 10 readings at a time until that fails, and tells of it; then reads `position`. */
const CHILD = `
  const { openStore } = await import('${STORES}');
  const store = await openStore(process.argv[1]);
  const sensor = { name: 'n', unit: '', type: 'int', scale: 1, offset: 0, rateHz: 0 };
  const session = 'a'.repeat(32);
  let number = 0;
  let failure;
  while (failure === undefined) {
    const values = Float64Array.from({ length: 10 }, (_, at) => number + at);
    const batch = { session, source: 'pi', sensor, number, overtaken: false, times: values, values };
    await store.append([batch]).then(() => { number += 10; }, error => { failure = error; });
  }
  const { code, retryable, message } = failure;
  console.log(JSON.stringify({ number, position: await store.position(session), code, retryable, message }));
  await store.close();
`;

test.for(['sqlite', 'csv', 'jsonl'])('%s keeps what it acknowledged and can be told again', async kind => {
  const folder = await makeFolder();
  try {
    const spec = `${kind}:${join(folder, 'readings')}`;
    const command = 'ulimit -f 256; exec "$0" --input-type=module -e "$1" "$2"';
    const { stdout } = await promisify(execFile)('bash', ['-c', command, process.execPath, CHILD, spec]);
    const told = JSON.parse(stdout);
    expect(told).toMatchObject({ retryable: true, position: told.number });
    expect(told.number).toBeGreaterThan(0);
    expect(told.message).toContain('df');
    expect(await readAll(spec)).toHaveLength(told.number);
  } finally {
    await rm(folder, { recursive: true });
  }
});
