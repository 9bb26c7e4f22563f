/**
 * Which processes have which sockets, from the links in /proc/PID/fd (proc(5)).
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

/** Enough to recognise a program. */
const MOST_COMMAND_LETTERS = 80;

/** A process that has a socket, and under which descriptor. */
export interface SocketOwner {
  readonly pid: number;
  /** The kernel's short name of the program. */
  readonly name: string;
  /** The command as it was called, paths cut to their last part, at most 80 letters: the short name says little of interpreters. */
  readonly command: string;
  readonly fd: number;
}

export interface OwnerScan {
  /** By inode; a socket can have several owners. */
  readonly owners: ReadonlyMap<number, readonly SocketOwner[]>;
  /** Processes whose descriptors we may not see. */
  readonly hiddenProcesses: number;
}

export interface OwnerScanOptions {
  /** Where proc(5) is mounted. */
  readonly proc?: string;
  /** Look at these processes only. */
  readonly pids?: Iterable<number>;
}

/** Finds the owners of all these inodes in one pass over the processes. What cannot be read is passed over. */
export function findOwners(
  inodes: ReadonlySet<number>,
  { proc = '/proc', pids }: OwnerScanOptions = {},
): OwnerScan {
  const owners = new Map<number, SocketOwner[]>();
  let hiddenProcesses = 0;
  if (inodes.size === 0) return { owners, hiddenProcesses };
  for (const pid of pids ?? processesOf(proc)) {
    const folder = `${proc}/${pid}`;
    let names: Pick<SocketOwner, 'name' | 'command'> | undefined;
    let fds: string[];
    try {
      fds = readdirSync(`${folder}/fd`);
    } catch (error) {
      // Another user's process; anything else is one that has just ended.
      if ((error as NodeJS.ErrnoException).code === 'EACCES') hiddenProcesses++;
      continue;
    }
    for (const fd of fds) {
      const inode = socketInode(`${folder}/fd/${fd}`);
      if (inode === undefined || !inodes.has(inode)) continue;
      names ??= namesOf(folder);
      const owner = { pid, ...names, fd: Number(fd) };
      const others = owners.get(inode);
      if (others === undefined) owners.set(inode, [owner]);
      else others.push(owner);
    }
  }
  return { owners, hiddenProcesses };
}

function processesOf(proc: string): number[] {
  try {
    return readdirSync(proc)
      .filter(name => /^[0-9]+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

function socketInode(path: string): number | undefined {
  try {
    const target = readlinkSync(path);
    return target.startsWith('socket:[') ? Number(target.slice('socket:['.length, -1)) : undefined;
  } catch {
    // Closed in the meantime.
    return undefined;
  }
}

function namesOf(folder: string): Pick<SocketOwner, 'name' | 'command'> {
  const name = readText(`${folder}/comm`).trim() || '?';
  const called = readText(`${folder}/cmdline`)
    .split('\0')
    .map(word => (word.startsWith('/') ? basename(word) : word))
    .join(' ')
    .trim();
  const command = called || name;
  return {
    name,
    command:
      command.length <= MOST_COMMAND_LETTERS ? command : `${command.slice(0, MOST_COMMAND_LETTERS - 1)}…`,
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
