import { appendFile, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeFolder } from './contract-places.ts';
import { encodeRecord } from './journal.ts';
import { JournaledFile, type JournaledFileOptions, journalPath } from './journaled-file.ts';

let folder: string;
let path: string;
let notices: string[];
let opened: JournaledFile[];

beforeEach(async () => {
  folder = await makeFolder();
  path = join(folder, 'lines');
  notices = [];
  opened = [];
});

afterEach(async () => {
  await Promise.allSettled(opened.map(file => file.close()));
  await rm(folder, { recursive: true });
});

async function open(options: JournaledFileOptions = {}): Promise<JournaledFile> {
  const file = await JournaledFile.open(path, { onNotice: message => notices.push(message), ...options });
  opened.push(file);
  return file;
}

async function commit(file: JournaledFile, text: string, session = 's', position = 1): Promise<void> {
  await file.commit(Buffer.from(text), new Map([[session, position]]));
}

/** What is on the disk after two commits of a process that was killed: `one` and `two`. */
async function leaveCrashed(): Promise<void> {
  const file = await open();
  await commit(file, 'one\n', 's', 1);
  await commit(file, 'two\n', 's', 2);
}

test('a commit is in the file, with its positions, after a crash', async () => {
  await leaveCrashed();
  const again = await open();
  expect(again.positions.get('s')).toBe(2);
  expect(await readFile(path, 'utf8')).toBe('one\ntwo\n');
  expect(notices).toEqual([]);
});

test('bytes without a record are cut off, with a notice', async () => {
  await leaveCrashed();
  await appendFile(path, 'thr');
  const again = await open();
  expect(await readFile(path, 'utf8')).toBe('one\ntwo\n');
  expect(notices[0]).toContain('cut off the last 3 bytes');
  await commit(again, 'three\n');
  expect(await readFile(path, 'utf8')).toBe('one\ntwo\nthree\n');
});

test('a record whose bytes are not all there does not count', async () => {
  await leaveCrashed();
  await truncate(path, 6);
  const again = await open();
  expect(await readFile(path, 'utf8')).toBe('one\n');
  expect(again.positions.get('s')).toBe(1);
});

test('a record whose bytes were not written before the power went does not count', async () => {
  await leaveCrashed();
  await writeFile(path, 'one\n\0\0\0\0');
  const again = await open();
  expect(await readFile(path, 'utf8')).toBe('one\n');
  expect(again.positions.get('s')).toBe(1);
});

test('a record that is cut short does not count', async () => {
  await leaveCrashed();
  const journal = journalPath(path);
  await truncate(journal, (await stat(journal)).size - 3);
  const again = await open();
  expect(await readFile(path, 'utf8')).toBe('one\n');
  expect(again.positions.get('s')).toBe(1);
});

test('every cut of the journal leaves whole commits', async () => {
  await leaveCrashed();
  const journal = await readFile(journalPath(path));
  const base = journal.indexOf('\n') + 1;
  for (let cut = base; cut <= journal.length; cut++) {
    await writeFile(path, 'one\ntwo\n');
    await writeFile(journalPath(path), journal.subarray(0, cut));
    const again = await open();
    expect(['', 'one\n', 'one\ntwo\n']).toContain(await readFile(path, 'utf8'));
    expect(again.length).toBe(again.positions.get('s') * 4);
    await again.close();
  }
});

test('what somebody edits after a close stays', async () => {
  const file = await open();
  await commit(file, 'one\n', 's', 7);
  await file.close();
  await writeFile(path, '# mine\n');
  const again = await open();
  await commit(again, 'two\n', 't', 1);
  expect(await readFile(path, 'utf8')).toBe('# mine\ntwo\n');
  expect(again.positions.get('s')).toBe(7);
  expect(notices[0]).toContain('was changed since it was closed');
});

test('a file that was removed is begun anew', async () => {
  await leaveCrashed();
  await rm(path);
  const again = await open();
  expect(again.length).toBe(0);
  expect(again.positions.get('s')).toBe(0);
  expect(notices[0]).toContain('beginning anew');
});

test('a file without a journal is gone on with', async () => {
  await writeFile(path, 'old\n');
  await commit(await open(), 'new\n');
  expect(await readFile(path, 'utf8')).toBe('old\nnew\n');
});

test('a file shorter than its journal says is refused, with what to do', async () => {
  await leaveCrashed();
  await truncate(path, 2);
  await expect(open()).rejects.toMatchObject({ code: 'SW_STORE_DAMAGED' });
  await expect(open()).rejects.toThrow(`delete ${journalPath(path)}`);
});

test('a damaged journal is refused, with what to do', async () => {
  await leaveCrashed();
  await writeFile(journalPath(path), 'nonsense\n');
  await expect(open()).rejects.toMatchObject({ code: 'SW_STORE_DAMAGED' });
});

test('the journal is begun anew when it has grown, and keeps the sessions', async () => {
  const file = await open({ maxJournalBytes: 500 });
  for (let number = 1; number <= 100; number++) await commit(file, 'x\n', `s${number % 3}`, number);
  expect((await stat(journalPath(path))).size).toBeLessThan(1_000);
  const again = await open();
  expect([0, 1, 2].map(session => again.positions.get(`s${session}`))).toEqual([99, 100, 98]);
  expect(again.length).toBe(200);
  expect((await readdir(folder)).sort()).toEqual(['lines', 'lines.journal']);
});

test('the sessions silent for longest are forgotten', async () => {
  const file = await open({ maxSessions: 2 });
  for (const session of ['a', 'b', 'a', 'c']) await commit(file, 'x\n', session, 5);
  expect(['a', 'b', 'c'].map(session => file.positions.get(session))).toEqual([5, 0, 5]);
});

test('a crash between the two writes, either way, is whole commits', async () => {
  await leaveCrashed();
  const journal = await readFile(journalPath(path));
  const next = encodeRecord({ from: 8, to: 14, crc: crc32('three\n'), sessions: { s: 3 } });
  await appendFile(journalPath(path), next);
  expect((await open()).positions.get('s')).toBe(2);
  await writeFile(journalPath(path), Buffer.concat([journal, Buffer.from(next)]));
  await writeFile(path, 'one\ntwo\nthree\n');
  expect((await open()).positions.get('s')).toBe(3);
  expect(await readFile(path, 'utf8')).toBe('one\ntwo\nthree\n');
});
