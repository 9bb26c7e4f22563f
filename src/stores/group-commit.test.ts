import { expect, test } from 'vitest';
import { GroupCommit } from './group-commit.ts';

interface Harness {
  readonly commits: GroupCommit<number>;
  /** What each commit was given, and how to end it. */
  readonly running: { items: readonly number[]; resolve: () => void; reject: (error: Error) => void }[];
}

function harness(maxSize = 100, pipelineAt?: number): Harness {
  const running: Harness['running'] = [];
  const commits = new GroupCommit<number>({
    commit: items => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      running.push({ items, resolve, reject });
      return promise;
    },
    sizeOf: item => item,
    maxSize,
    ...(pipelineAt === undefined ? {} : { pipelineAt }),
  });
  return { commits, running };
}

/** The end of this turn of the event loop. */
const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

test('what comes in one turn of the event loop is one commit', async () => {
  const { commits, running } = harness();
  const added = [commits.add(1), commits.add(2), commits.add(3)];
  await turn();
  expect(running.map(({ items }) => items)).toEqual([[1, 2, 3]]);
  running[0]?.resolve();
  await Promise.all(added);
});

test('what comes while a commit runs is the next one, at once when it ends', async () => {
  const { commits, running } = harness();
  const first = commits.add(1);
  await turn();
  const others = [commits.add(2), commits.add(3)];
  await turn();
  expect(running).toHaveLength(1);
  running[0]?.resolve();
  await first;
  expect(running[1]?.items).toEqual([2, 3]);
  running[1]?.resolve();
  await Promise.all(others);
});

test('a commit takes at most its size, and one item that is larger', async () => {
  const { commits, running } = harness(10);
  const added = [6, 4, 1, 50, 2].map(size => commits.add(size));
  for (const expected of [[6, 4], [1], [50], [2]]) {
    await turn();
    expect(running.at(-1)?.items).toEqual(expected);
    running.at(-1)?.resolve();
  }
  await Promise.all(added);
});

test('a second commit is handed over early where enough waits', async () => {
  const { commits, running } = harness(10, 5);
  const added = [commits.add(1)];
  await turn();
  added.push(commits.add(4));
  await turn();
  expect(running).toHaveLength(1);
  added.push(commits.add(1), commits.add(6));
  await turn();
  expect(running.map(({ items }) => items)).toEqual([[1], [4, 1]]);
  running[0]?.resolve();
  await added[0];
  running[1]?.resolve();
  await turn();
  expect(running[2]?.items).toEqual([6]);
  running[2]?.resolve();
  await Promise.all(added);
});

test('a failed commit fails what waits behind it, and the next ones are tried again', async () => {
  const { commits, running } = harness();
  const first = commits.add(1);
  await turn();
  const second = commits.add(2);
  running[0]?.reject(new Error('disk'));
  await expect(first).rejects.toThrow('disk');
  await expect(second).rejects.toThrow('disk');
  expect(running).toHaveLength(1);
  const third = commits.add(3);
  await turn();
  running[1]?.resolve();
  await third;
});

test('close waits for what was added, failed or not, and takes no more', async () => {
  const { commits, running } = harness();
  const added = commits.add(1);
  const closed = commits.close();
  await expect(commits.add(2)).rejects.toMatchObject({ code: 'SW_CLOSED' });
  await turn();
  running[0]?.reject(new Error('disk'));
  await expect(added).rejects.toThrow('disk');
  await closed;
});
