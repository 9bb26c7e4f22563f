import { expect, it } from 'vitest';
import type { OwnerScanOptions, SocketOwner } from '../../sockettable/owners.ts';
import type { SocketEntry } from '../../sockettable/socket-entry.ts';
import { ManualClock } from '../../time/manual-clock.ts';
import { OwnerMemory } from './sockets-owners.ts';

const PASS_US = 1_000;

const unix = (inode: number): SocketEntry => ({
  protocol: 'unix',
  type: 'stream',
  state: 'ESTABLISHED',
  path: '',
  waiting: undefined,
  inode,
});

/** A machine on which process N has the sockets N, N + 10, N + 20, …; a pass over all takes a millisecond. */
function machine(): {
  memory: OwnerMemory;
  clock: ManualClock;
  passes: string[];
  pids: (inode: number) => number[];
} {
  const clock = new ManualClock();
  const passes: string[] = [];
  const find = (inodes: ReadonlySet<number>, { pids }: OwnerScanOptions = {}) => {
    passes.push(`${pids === undefined ? 'all' : [...pids].join()}: ${[...inodes].join()}`);
    if (pids === undefined) clock.advance(PASS_US);
    const owners = new Map<number, SocketOwner[]>();
    for (const inode of inodes) {
      const pid = inode % 10;
      if (pid !== 0 && (pids === undefined || [...pids].includes(pid))) {
        owners.set(inode, [{ pid, name: 'x', command: 'x', fd: 3 }]);
      }
    }
    return { owners, hiddenProcesses: 0 };
  };
  const memory = new OwnerMemory(clock, find);
  return { memory, clock, passes, pids: inode => memory.of(unix(inode)).map(({ pid }) => pid) };
}

it('owners are asked for once, first at processes that are known', () => {
  const { memory, passes, pids } = machine();
  memory.update([unix(1), unix(10)]);
  memory.update([unix(1), unix(10)]);
  memory.update([unix(1), unix(10), unix(11)]);
  expect(passes).toEqual([': 1,10', 'all: 1,10', '1: 11']);
  expect([pids(1), pids(10), pids(11)]).toEqual([[1], [], [1]]);
});

it('passes over all processes take a tenth of the time at most', () => {
  const { memory, clock, passes, pids } = machine();
  memory.update([unix(1)]);
  memory.update([unix(1), unix(2)]);
  expect(pids(2)).toEqual([]);
  clock.advance(9 * PASS_US);
  memory.update([unix(1), unix(2)]);
  expect(pids(2)).toEqual([2]);
  expect(passes.filter(pass => pass.startsWith('all'))).toEqual(['all: 1', 'all: 2']);
});

it('what is gone is forgotten', () => {
  const { memory, clock, passes, pids } = machine();
  memory.update([unix(1)]);
  memory.forget(unix(1));
  expect(pids(1)).toEqual([]);
  clock.advance(9 * PASS_US);
  memory.update([unix(1)]);
  expect(pids(1)).toEqual([1]);
  expect(passes.at(-1)).toBe('all: 1');
});
