import { readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { batchOf, SESSION_A } from './contract.ts';
import { makeFolder } from './contract-places.ts';
import { openReader, openStore, openStores, parseStoreSpec } from './open.ts';

let folder: string;

beforeEach(async () => {
  folder = await makeFolder();
});

afterEach(() => rm(folder, { recursive: true }));

test.for([
  ['text:a.txt', { kind: 'text', path: 'a.txt' }],
  ['csv:a', { kind: 'csv', path: 'a' }],
  ['jsonl:/x/y z', { kind: 'jsonl', path: '/x/y z' }],
  ['sqlite:C:\\a.db', { kind: 'sqlite', path: 'C:\\a.db' }],
  ['none', { kind: 'none' }],
  ['a.db', { kind: 'sqlite', path: 'a.db' }],
  ['x/a.sqlite', { kind: 'sqlite', path: 'x/a.sqlite' }],
  ['a.csv', { kind: 'csv', path: 'a.csv' }],
  ['a.jsonl', { kind: 'jsonl', path: 'a.jsonl' }],
  ['a.txt', { kind: 'text', path: 'a.txt' }],
] as const)('%s is a store', ([spec, parsed]) => {
  expect(parseStoreSpec(spec)).toEqual(parsed);
});

test.for(['', 'text:', 'sqlite', 'mysql:x', 'a', 'a.exe', 'none:x'])('"%s" is not', spec => {
  expect(() => parseStoreSpec(spec)).toThrowError(expect.objectContaining({ code: 'SW_BAD_STORE' }));
  expect(() => parseStoreSpec(spec)).toThrow('text:FILE, csv:FILE, jsonl:FILE, sqlite:FILE or none');
});

test('a text store cannot be read back, and says why', async () => {
  await expect(openReader('text:x')).rejects.toThrow('holds values only');
  await expect(openReader('none')).rejects.toThrow('keeps nothing');
});

test("a text store is the lab's file: a value a line", async () => {
  const path = join(folder, 'readings.txt');
  await using store = await openStore(`text:${path}`);
  await store.append([batchOf(0, [713, 500, 503])]);
  expect(await readFile(path, 'utf8')).toBe('21.3\n0\n0.3\n');
  await store.close();
  expect((await readdir(folder)).sort()).toEqual(['readings.txt', 'readings.txt.journal']);
});

test('a csv store begins with its header, once', async () => {
  const path = join(folder, 'readings.csv');
  for (const number of [0, 1]) {
    await using store = await openStore(path);
    await store.append([batchOf(number, [500])]);
  }
  expect((await readFile(path, 'utf8')).split('\n')).toEqual([
    'source,sensor,unit,time,value',
    'pi,tmp36,°C,2026-01-02T03:04:05.000000Z,0',
    'pi,tmp36,°C,2026-01-02T03:04:05.001000Z,0',
    '',
  ]);
});

test('a csv file of something else is refused', async () => {
  const path = join(folder, 'other.csv');
  await writeFile(path, 'name,age\n');
  await expect(openStore(path)).rejects.toMatchObject({ code: 'SW_BAD_STORE' });
  expect(await readFile(path, 'utf8')).toBe('name,age\n');
});

test('a last line that somebody left open is ended first', async () => {
  const path = join(folder, 'readings.txt');
  await writeFile(path, 'my note');
  await using store = await openStore(path);
  await store.append([batchOf(0, [500])]);
  expect(await readFile(path, 'utf8')).toBe('my note\n0\n');
});

test('two names of one file have one lock', async () => {
  const path = join(folder, 'readings.txt');
  await using store = await openStore(path);
  await store.append([batchOf(0, [1])]);
  await symlink(path, join(folder, 'link.txt'));
  await expect(openStore(join(folder, 'link.txt'))).rejects.toThrow('already written by');
});

test('what is no plain file is refused', async () => {
  await symlink('/dev/null', join(folder, 'null.txt'));
  await expect(openStore(join(folder, 'null.txt'))).rejects.toMatchObject({ code: 'SW_BAD_STORE' });
});

test('several stores are one that has what all have', async () => {
  const paths = ['a.txt', 'b.txt'].map(name => join(folder, name));
  {
    await using first = await openStore(paths[0]!);
    await first.append([batchOf(0, [500, 510])]);
  }
  await using store = await openStores(paths);
  expect(await store.position(SESSION_A)).toBe(0);
  await store.append([batchOf(0, [500, 510, 520])]);
  expect(await store.position(SESSION_A)).toBe(3);
  for (const path of paths) expect(await readFile(path, 'utf8')).toBe('0\n1\n2\n');
});

test('where one of several cannot be opened the others are let go', async () => {
  const path = join(folder, 'a.txt');
  await expect(openStores([path, join(folder, 'no/b.txt')])).rejects.toMatchObject({
    code: 'SW_STORE_FAILED',
  });
  await (await openStore(path)).close();
});
